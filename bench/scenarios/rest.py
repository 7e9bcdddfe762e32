"""How long do the calls of everyday take, by the clock, with 100,000 people in the store?"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping

from bench.errors import EXIT_BROKEN_PROMISE, EXIT_OK
from bench.limits import CALL_RATE_MAX, CALLS_MAX, SECONDS_MAX, SEED_PART_USERS
from bench.load.calls import Calls, Figure, Passed
from bench.measure import BYTES_PER_MB, Usage, usage
from bench.report import Figures, publish, warn_of_generator
from bench.scenarios.scenario import Scenario, within
from bench.targets import deployed
from bench.town import by_turns, settled

USERS = 100_000
GROUPS = 1_000
MESSAGES = 50
# More than are ever on their way from a code to a token.
PHONES = 400
RATE = 200
SECONDS = 30
WARM_UP_S = 3
US_PER_S = 1e6


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--users", type=int, default=USERS, help=f"accounts, default {USERS}")
    parser.add_argument("--groups", type=int, default=GROUPS, help=f"default {GROUPS}")
    parser.add_argument("--rate", type=int, default=RATE, help=f"calls/s, default {RATE}")
    parser.add_argument("--seconds", type=int, default=SECONDS, help=f"default {SECONDS}")
    parser.add_argument("--together", action="store_true", help="all roles in one process")
    parser.add_argument("--url", help="a server started by GLIMPSE_ENV=bench, not one of our own")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(arguments: Namespace) -> int:
    users = within("--users", arguments.users, 2, SEED_PART_USERS)
    groups = within("--groups", arguments.groups, 1, users // 2)
    rate = within("--rate", arguments.rate, 1, CALL_RATE_MAX)
    seconds = within("--seconds", arguments.seconds, 1, SECONDS_MAX)
    within("calls (--rate × --seconds)", rate * seconds, 1, CALLS_MAX)
    with deployed(arguments.url, together=arguments.together) as target:
        town = settled(
            target.url,
            users=users,
            groups=groups,
            messages=MESSAGES,
            phones=PHONES,
        )
        ask = by_turns(
            (town.send_code, town.sign_in, town.groups, town.members, town.like, town.messages)
        )
        with Calls(*target.urls) as calls:
            calls.run(ask, rate=rate, seconds=WARM_UP_S)
            before = usage(*target.pids)
            passed = calls.run(ask, rate=rate, seconds=seconds)
            after = usage(*target.pids)
    figures: Figures = {
        "scenario": "rest",
        "users": users,
        "groups": groups,
        "rate": rate,
        **_figures(calls, passed, before, after),
    }
    publish(figures, as_json=arguments.json)
    warn_of_generator(passed.generator_share)
    if calls.tally.troubles:
        print("BROKEN:", *calls.tally.told, sep="\n  ", file=sys.stderr)
        return EXIT_BROKEN_PROMISE
    return EXIT_OK


def _figures(calls: Calls, passed: Passed, before: Usage, after: Usage) -> Figures:
    count = calls.all.count
    own_s = after.server_cpu_s - before.server_cpu_s
    store_s = after.store_cpu_s - before.store_cpu_s
    return {
        "calls": count,
        "seconds": round(passed.seconds, 3),
        "requests_per_second": round(count / passed.seconds, 1),
        **spread(calls.all),
        "errors": calls.tally.troubles,
        "by_call": {kind: spread(figure) for kind, figure in sorted(calls.figures.items())},
        "cpu_us_per_call": round(own_s * US_PER_S / count, 1),
        "store_cpu_us_per_call": round(store_s * US_PER_S / count, 1),
        "rss_mb": round(after.rss_bytes / BYTES_PER_MB, 1),
        "store_rss_mb": round(after.store_rss_bytes / BYTES_PER_MB, 1),
        "behind_schedule_ms_max": round(passed.late_ms_max, 3),
        "generator_share": round(passed.generator_share, 3),
    }


def spread(figure: Figure) -> Mapping[str, float]:
    """Return how long most of the calls took."""
    latencies = figure.latencies
    return {
        f"p{round(share * 100)}_ms": round(latencies.percentile_ms(share), 3)
        for share in (0.50, 0.95, 0.99)
    }


REST = Scenario(
    "rest",
    "sign-in, groups, members, likes and messages by the clock: how long does each take?",
    add_arguments,
    run,
)
