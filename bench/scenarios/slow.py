"""What do those who stop reading cost the others in their room?"""

from __future__ import annotations

import random
import secrets
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from bench.errors import EXIT_BROKEN_PROMISE, EXIT_OK
from bench.limits import (
    BODY_CHARS_MAX,
    BODY_CHARS_MIN,
    RATE_MAX,
    ROOM_MEMBERS_MAX,
    RUNS_MAX,
    SECONDS_MAX,
    UNACKED_MAX,
)
from bench.load.churn import Churn, Pace
from bench.load.crowd import Crowd
from bench.load.glimpse import GlimpseDialect
from bench.load.stopped import RECEIVE_BYTES, count_cut
from bench.measure import forget_peak, peak_rss_bytes, usage
from bench.report import Figures, publish
from bench.scenarios.scenario import Scenario, within
from bench.sides import Side, our_side

CLIENTS = 50
SLOW = 50
RATE = 200
SECONDS = 20
RUNS = 3
BYTES_PER_MB = 1e6
NEVER_CUT = 0


@dataclass(frozen=True, slots=True)
class Half:
    """The same room for the same time, with or without people who do not read."""

    p50_ms: float
    p99_ms: float
    rss_growth_mb: float
    cut: int
    lost: int
    doubled: int
    faults: int
    told: tuple[str, ...]


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--clients", type=int, default=CLIENTS, help=f"who read, {CLIENTS}")
    parser.add_argument("--slow", type=int, default=SLOW, help=f"who do not, default {SLOW}")
    parser.add_argument("--rate", type=int, default=RATE, help=f"messages/s, default {RATE}")
    parser.add_argument("--seconds", type=int, default=SECONDS, help=f"a half, default {SECONDS}")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"median of these (default {RUNS})")
    parser.add_argument("--body-chars", type=int, default=BODY_CHARS_MAX, help="the largest")
    parser.add_argument("--url", help="a server started by GLIMPSE_ENV=bench, not one of our own")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(arguments: Namespace) -> int:
    clients = within("--clients", arguments.clients, 2, ROOM_MEMBERS_MAX)
    slow = within("--slow", arguments.slow, 1, ROOM_MEMBERS_MAX - clients)
    rate = within("--rate", arguments.rate, 1, RATE_MAX)
    seconds = within("--seconds", arguments.seconds, 1, SECONDS_MAX)
    runs = within("--runs", arguments.runs, 1, RUNS_MAX)
    chars = within("--body-chars", arguments.body_chars, BODY_CHARS_MIN, BODY_CHARS_MAX)
    pace = Pace(rate, NEVER_CUT, seconds, UNACKED_MAX)
    alone: list[Half] = []
    beside: list[Half] = []
    with our_side(clients + slow, clients + slow, codec="json", url=arguments.url) as side:
        _half(side, clients, 0, Pace(rate, NEVER_CUT, 1, UNACKED_MAX), chars)  # warms up
        for _ in range(runs):
            alone.append(_half(side, clients, 0, pace, chars))
            beside.append(_half(side, clients, slow, pace, chars))
    ratios = [
        one.p99_ms / other.p99_ms if other.p99_ms else 0.0
        for one, other in zip(beside, alone, strict=True)
    ]
    halves = [*alone, *beside]
    figures: Figures = {
        "scenario": "slow",
        "clients": clients,
        "slow": slow,
        "rate": rate,
        "seconds": seconds,
        "messages": rate * seconds,
        "body_chars": chars,
        "runs": runs,
        "p50_ms": _median(beside, "p50_ms"),
        "p50_ms_without": _median(alone, "p50_ms"),
        "p99_ms": _median(beside, "p99_ms"),
        "p99_ms_without": _median(alone, "p99_ms"),
        "ratio_p99": round(median(ratios), 3),
        "ratio_p99_runs": [round(one, 3) for one in ratios],
        "rss_growth_mb": max(one.rss_growth_mb for one in beside),
        "rss_growth_mb_without": max(one.rss_growth_mb for one in alone),
        "cut": min(one.cut for one in beside),
        "lost": sum(one.lost for one in halves),
        "doubled": sum(one.doubled for one in halves),
        "faults": sum(one.faults for one in halves),
    }
    publish(figures, as_json=arguments.json)
    return _verdict(halves)


def _half(side: Side, clients: int, slow: int, pace: Pace, chars: int) -> Half:
    """Let a room talk; those who are slow come in first, and are looked at when it is over."""
    dialect = side.dialect
    assert isinstance(dialect, GlimpseDialect)
    with ExitStack() as stack:
        stopped = stack.enter_context(
            Crowd(dialect, side.host, side.port, receive_bytes=RECEIVE_BYTES)
        )
        stopped.join(side.seats[clients : clients + slow])
        crowd = stack.enter_context(Crowd(dialect, side.host, side.port))
        crowd.join(side.seats[:clients])
        crowd.settle()
        churn = Churn(crowd, dialect, body_chars=chars, tag=f"{secrets.token_hex(4)}-")
        before = usage(side.pid)
        forget_peak(side.pid)
        churn.pass_by(pace, random.Random())
        grown = max(peak_rss_bytes(side.pid) - before.rss_bytes, 0)
        cut = count_cut(stopped)
    tally = churn.tally
    return Half(
        p50_ms=churn.latencies.percentile_ms(0.50),
        p99_ms=churn.latencies.percentile_ms(0.99),
        rss_growth_mb=round(grown / BYTES_PER_MB, 1),
        cut=cut,
        lost=churn.lost,
        doubled=tally.doubled,
        faults=tally.reordered + tally.troubles + churn.unacked,
        told=tuple(tally.told),
    )


def _median(halves: Sequence[Half], name: str) -> float:
    figures: list[float] = [getattr(one, name) for one in halves]
    return round(median(figures), 3)


def _verdict(halves: Sequence[Half]) -> int:
    told = [line for one in halves for line in one.told]
    if any(one.lost or one.doubled or one.faults for one in halves):
        print("BROKEN:", *told, sep="\n  ", file=sys.stderr)
        return EXIT_BROKEN_PROMISE
    return EXIT_OK


SLOW_SCENARIO = Scenario(
    "slow",
    "people who stop reading in a busy room: what do they cost the others?",
    add_arguments,
    run,
)
