"""Does a storm of sign-ins slow down those who chat?"""

from __future__ import annotations

import multiprocessing
import os
import random
import secrets
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import median

from bench.errors import EXIT_BROKEN_PROMISE, EXIT_OK, UnusableError
from bench.limits import (
    CALL_RATE_MAX,
    CLIENTS_MAX,
    RATE_MAX,
    RUNS_MAX,
    SECONDS_MAX,
    UNACKED_MAX,
)
from bench.load.churn import Churn, Pace
from bench.load.crowd import Crowd
from bench.load.glimpse import GlimpseDialect
from bench.load.storm import Stormed, storm
from bench.load.tally import Latencies
from bench.report import Figures, publish, warn_of_generator
from bench.scenarios.scenario import BODY_CHARS, Scenario, within
from bench.sides import seated
from bench.targets import deployed
from bench.town import signed_up

CLIENTS = 400
RATE = 200
SIGN_IN_RATE = 200
SECONDS = 10
RUNS = 3
PHONES = 400
PAIR = 2
# Whoever storms comes from elsewhere: here they must not take the time of those who measure.
STORM_NICENESS = 10
NEVER_CUT = 0


@dataclass(frozen=True, slots=True)
class Half:
    """The same people who chat for the same time, in calm or in a storm."""

    messages: int
    p50_ms: float
    p99_ms: float
    generator_share: float
    storm: Stormed | None


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--clients", type=int, default=CLIENTS, help=f"who chat, default {CLIENTS}")
    parser.add_argument("--rate", type=int, default=RATE, help=f"messages/s, default {RATE}")
    parser.add_argument(
        "--sign-in-rate", type=int, default=SIGN_IN_RATE, help=f"calls/s, default {SIGN_IN_RATE}"
    )
    parser.add_argument("--seconds", type=int, default=SECONDS, help=f"a half, default {SECONDS}")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"median of these (default {RUNS})")
    parser.add_argument("--together", action="store_true", help="all roles in one process")
    parser.add_argument("--url", help="a server started by GLIMPSE_ENV=bench, not one of our own")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(arguments: Namespace) -> int:
    clients = within("--clients", arguments.clients, PAIR, CLIENTS_MAX)
    if clients % PAIR:
        raise UnusableError("--clients must be even: they talk two by two")
    rate = within("--rate", arguments.rate, 1, RATE_MAX)
    sign_ins = within("--sign-in-rate", arguments.sign_in_rate, 1, CALL_RATE_MAX)
    seconds = within("--seconds", arguments.seconds, 1, SECONDS_MAX)
    runs = within("--runs", arguments.runs, 1, RUNS_MAX)
    pace = Pace(rate, NEVER_CUT, seconds, UNACKED_MAX)
    calm: list[Half] = []
    stormy: list[Half] = []
    spawning = multiprocessing.get_context("spawn")
    with (
        deployed(arguments.url, together=arguments.together) as target,
        ProcessPoolExecutor(1, spawning, os.nice, (STORM_NICENESS,)) as beside,
    ):
        phones = signed_up(target.url, PHONES)
        side = seated(target, clients, PAIR, codec="json")
        dialect = side.dialect
        assert isinstance(dialect, GlimpseDialect)
        with Crowd(dialect, side.host, side.port) as crowd:
            crowd.join(side.seats)
            crowd.settle()
            # Both warm up: the server, and the process of the storm.
            beside.submit(storm, target.urls, phones, rate=sign_ins, seconds=1).result()
            churn = Churn(crowd, dialect, body_chars=BODY_CHARS, tag=f"{secrets.token_hex(4)}-")
            _half(churn, Pace(rate, NEVER_CUT, 1, UNACKED_MAX))
            for _ in range(runs):
                calm.append(_half(churn, pace))
                coming = beside.submit(storm, target.urls, phones, rate=sign_ins, seconds=seconds)
                stormy.append(_half(churn, pace, coming.result))
    return _told(arguments, calm, stormy, churn)


def _half(churn: Churn, pace: Pace, ended: Callable[[], Stormed] | None = None) -> Half:
    """Let the crowd chat; a storm that has begun is waited for."""
    churn.latencies = Latencies()
    passage = churn.pass_by(pace, random.Random())
    return Half(
        messages=passage.messages,
        p50_ms=churn.latencies.percentile_ms(0.50),
        p99_ms=churn.latencies.percentile_ms(0.99),
        generator_share=passage.generator_share,
        storm=ended() if ended else None,
    )


def _told(arguments: Namespace, calm: Sequence[Half], stormy: Sequence[Half], churn: Churn) -> int:
    storms = [half.storm for half in stormy if half.storm]
    ratios = [one.p99_ms / other.p99_ms for one, other in zip(stormy, calm, strict=True)]
    tally = churn.tally
    figures: Figures = {
        "scenario": "mixed",
        "clients": arguments.clients,
        "rate": arguments.rate,
        "sign_in_rate": arguments.sign_in_rate,
        "seconds": arguments.seconds,
        "runs": arguments.runs,
        "messages": sum(half.messages for half in stormy),
        "sign_in_calls": sum(one.calls for one in storms),
        "p50_ms": _median(half.p50_ms for half in stormy),
        "p50_ms_without": _median(half.p50_ms for half in calm),
        "p99_ms": _median(half.p99_ms for half in stormy),
        "p99_ms_without": _median(half.p99_ms for half in calm),
        "ratio_p99": _median(ratios),
        "sign_in_p99_ms": _median(one.p99_ms for one in storms),
        "errors": sum(one.errors for one in storms),
        "faults": churn.lost + tally.doubled + tally.reordered + tally.troubles,
    }
    publish(figures, as_json=arguments.json)
    warn_of_generator(max(half.generator_share for half in (*calm, *stormy)))
    if figures["errors"] or figures["faults"]:
        told = [*tally.told, *(line for one in storms for line in one.told)]
        print("BROKEN:", *told, sep="\n  ", file=sys.stderr)
        return EXIT_BROKEN_PROMISE
    return EXIT_OK


def _median(values: Iterable[float]) -> float:
    return round(median(values), 3)


MIXED = Scenario(
    "mixed",
    "people who chat while others storm in: what do all the sign-ins cost them?",
    add_arguments,
    run,
)
