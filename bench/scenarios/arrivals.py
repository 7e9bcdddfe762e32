"""`python -m bench arrivals`: a large pool that people keep joining and leaving."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from itertools import islice
from time import perf_counter

from bench.errors import EXIT_BROKEN_PROMISE, EXIT_OK
from bench.limits import POOL_TICKETS_MAX, RUNS_MAX
from bench.report import Figures, publish
from bench.scenarios.scenario import Scenario, within
from bench.streams import arrivals, besieged
from bench.tickets import Kind
from engine.matching.pool import Pool
from engine.matching.solver import solve
from engine.matching.warm import warm
from engine.model.pool_policy import PoolPolicy

TICKETS, CHANGES, TICKS = 100_000, 10_000, 3
RIVALS = 10
# What the issue of the matching core asks for.
TICK_S_MAX, CHANGES_PER_SECOND_MIN = 2.0, 10_000


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--tickets", type=int, default=TICKETS, help=f"default {TICKETS}")
    parser.add_argument("--changes", type=int, default=CHANGES, help="joins, and leaves, per tick")
    parser.add_argument("--ticks", type=int, default=TICKS, help=f"default {TICKS}")
    parser.add_argument("--kind", choices=[kind.value for kind in Kind], default=Kind.ROMANTIC)
    parser.add_argument("--seed", type=int, default=1, help="of the people who come")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(arguments: Namespace) -> int:
    tickets = within("--tickets", arguments.tickets, 100, POOL_TICKETS_MAX)
    changes = within("--changes", arguments.changes, 1, tickets)
    ticks = within("--ticks", arguments.ticks, 1, RUNS_MAX)
    warm()
    policy = PoolPolicy()
    people = arrivals(Kind(arguments.kind), arguments.seed, policy)
    pool = Pool(policy)
    changed_s, tick_s, held_s, pairs = [], [], [], 0
    for tick in range(ticks):
        now_ms = tick * 1_000
        for ticket in list(islice(people, tickets - len(pool))):
            pool.join(ticket, now_ms=now_ms)
        coming, going = list(islice(people, changes)), pool.tickets()[::2][:changes]
        started = perf_counter()
        (begun,) = pool.begin(now_ms=now_ms)
        began = perf_counter()
        result = solve(begun.problem)
        solved = perf_counter()
        for ticket in coming:
            pool.join(ticket, now_ms=now_ms)
        for ticket in going:
            pool.leave(ticket.ticket, now_ms=now_ms)
        changed = perf_counter()
        made = pool.end(begun, result, now_ms=now_ms)
        ended = perf_counter()
        for pair in made:
            pool.introduced(pair, now_ms=now_ms)
        pairs += len(made)
        changed_s.append(changed - solved)
        held_s += [began - started, ended - changed]
        tick_s.append(ended - started - (changed - solved))
    waited, most = besieged(RIVALS, arguments.seed, policy)
    figures: Figures = {
        "scenario": "arrivals",
        "kind": arguments.kind,
        "tickets": tickets,
        "changes_per_second": round(2 * changes * ticks / sum(changed_s)),
        "tick_seconds_max": round(max(tick_s), 3),
        "held_seconds_max": round(max(held_s), 4),
        "pairs": pairs,
        "starved_ticks": waited,
        "starved_ticks_bound": most,
    }
    publish(figures, as_json=arguments.json)
    broken = max(tick_s) > TICK_S_MAX or waited > most
    if broken or 2 * changes * ticks / sum(changed_s) < CHANGES_PER_SECOND_MIN:
        print("BROKEN: a tick, the changes or the wait of the besieged", file=sys.stderr)
        return EXIT_BROKEN_PROMISE
    return EXIT_OK


ARRIVALS = Scenario(
    "arrivals",
    "people who join and leave a large live pool: how long is a tick, and does anybody starve?",
    add_arguments,
    run,
)
