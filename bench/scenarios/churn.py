"""How late is a message while people lose their connections and come back, and is any lost?"""

from __future__ import annotations

import random
import secrets
import sys
from argparse import ArgumentParser, Namespace

from bench.errors import EXIT_BROKEN_PROMISE, EXIT_OK, UnusableError
from bench.limits import (
    BODY_CHARS_MAX,
    BODY_CHARS_MIN,
    CLIENTS_MAX,
    MESSAGES_MAX,
    RATE_MAX,
    SECONDS_MAX,
    UNACKED_MAX,
)
from bench.load.churn import Churn, Pace
from bench.load.crowd import Crowd
from bench.load.glimpse import GlimpseDialect
from bench.measure import Usage, usage
from bench.report import Figures, publish, warn_of_generator
from bench.scenarios.scenario import BODY_CHARS, Scenario, within
from bench.sides import our_side

CLIENTS = 10_000
RATE = 1_000
SECONDS = 60
# Of all sessions, in a minute.
RECONNECT_PERCENT = 10
PERCENT = 100
MINUTE_S = 60.0
PAIR = 2
US_PER_S = 1e6
BYTES_PER_MB = 1e6


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--clients", type=int, default=CLIENTS, help=f"default {CLIENTS}")
    parser.add_argument("--rate", type=int, default=RATE, help=f"messages/s, default {RATE}")
    parser.add_argument("--seconds", type=int, default=SECONDS, help=f"default {SECONDS}")
    parser.add_argument(
        "--reconnect-percent",
        type=int,
        default=RECONNECT_PERCENT,
        help=f"of the sessions each minute, default {RECONNECT_PERCENT}",
    )
    parser.add_argument("--body-chars", type=int, default=BODY_CHARS, help=f"default {BODY_CHARS}")
    parser.add_argument("--codec", choices=("json", "msgpack"), default="json")
    parser.add_argument("--url", help="a server started by GLIMPSE_ENV=bench, not one of our own")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(arguments: Namespace) -> int:
    clients = within("--clients", arguments.clients, PAIR, CLIENTS_MAX)
    if clients % PAIR:
        raise UnusableError("--clients must be even: they talk two by two")
    rate = within("--rate", arguments.rate, 1, RATE_MAX)
    seconds = within("--seconds", arguments.seconds, 1, SECONDS_MAX)
    within("messages (--rate × --seconds)", rate * seconds, 1, MESSAGES_MAX)
    percent = within("--reconnect-percent", arguments.reconnect_percent, 0, PERCENT * PERCENT)
    chars = within("--body-chars", arguments.body_chars, BODY_CHARS_MIN, BODY_CHARS_MAX)
    pace = Pace(rate, clients * percent / PERCENT / MINUTE_S, seconds, UNACKED_MAX)
    with our_side(clients, PAIR, codec=arguments.codec, url=arguments.url) as side:
        dialect = side.dialect
        assert isinstance(dialect, GlimpseDialect)
        with Crowd(dialect, side.host, side.port) as crowd:
            crowd.join(side.seats)
            crowd.settle()
            churn = Churn(crowd, dialect, body_chars=chars, tag=f"{secrets.token_hex(4)}-")
            before = usage(side.pid)
            passage = churn.pass_by(pace, random.Random())
            after = usage(side.pid)
    tally = churn.tally
    faults = tally.reordered + tally.troubles + churn.unacked
    figures: Figures = {
        "scenario": "churn",
        "clients": clients,
        "rate": rate,
        "messages": passage.messages,
        "deliveries": passage.messages * PAIR,
        "messages_per_second": round(passage.messages / passage.seconds, 1),
        "seconds": round(passage.seconds, 3),
        "reconnects": passage.reconnects,
        "resent": passage.resent,
        "p50_ms": round(churn.latencies.percentile_ms(0.50), 3),
        "p95_ms": round(churn.latencies.percentile_ms(0.95), 3),
        "p99_ms": round(churn.latencies.percentile_ms(0.99), 3),
        "live": sum(churn.latencies.slots),
        "resumed": sum(churn.resumed.slots),
        "behind_schedule_ms_max": round(passage.late_ms_max, 3),
        "codec": arguments.codec,
        "body_chars": chars,
        **_cost(before, after, passage.messages * PAIR),
        "generator_share": round(passage.generator_share, 3),
        "lost": churn.lost,
        "doubled": tally.doubled,
        "faults": faults,
    }
    publish(figures, as_json=arguments.json)
    warn_of_generator(passage.generator_share)
    if churn.lost or tally.doubled or faults:
        print("BROKEN:", *tally.told, sep="\n  ", file=sys.stderr)
        return EXIT_BROKEN_PROMISE
    return EXIT_OK


def _cost(before: Usage, after: Usage, deliveries: int) -> Figures:
    own_s = after.server_cpu_s - before.server_cpu_s
    store_s = after.store_cpu_s - before.store_cpu_s
    return {
        "cpu_us_per_delivery": round(own_s * US_PER_S / deliveries, 3),
        "store_cpu_us_per_delivery": round(store_s * US_PER_S / deliveries, 3),
        "rss_mb": round(after.rss_bytes / BYTES_PER_MB, 1),
        "store_rss_mb": round(after.store_rss_bytes / BYTES_PER_MB, 1),
    }


CHURN = Scenario(
    "churn",
    "messages by the clock while people come and go: how late are they, is one lost?",
    add_arguments,
    run,
)
