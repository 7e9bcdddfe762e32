"""`python -m bench arrivals`: a large pool that people keep joining and leaving."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from itertools import islice
from time import perf_counter
from typing import TypeVar

from api.serve import calm_garbage_collector
from bench.errors import EXIT_BROKEN_PROMISE, EXIT_OK
from bench.limits import POOL_TICKETS_MAX, RUNS_MAX
from bench.report import Figures, publish
from bench.scenarios.scenario import Scenario, within
from bench.streams import arrivals, besieged
from bench.tickets import Kind
from engine.matching.pool import Pool
from engine.matching.slices import Slices
from engine.matching.solver import solve
from engine.matching.warm import warm
from engine.model.pool_policy import PoolPolicy

TICKETS, CHANGES, TICKS = 100_000, 10_000, 3
RIVALS = 10
# What the issue of the matching core asks for.
TICK_S_MAX, CHANGES_PER_SECOND_MIN = 2.0, 10_000
MS_PER_S = 1_000

T = TypeVar("T")


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
    calm_garbage_collector()
    warm()
    policy = PoolPolicy()
    people = arrivals(Kind(arguments.kind), arguments.seed, policy)
    pool = Pool(policy)
    changed_s: list[float] = []
    tick_s: list[float] = []
    held_s: list[float] = []
    pairs = 0
    for tick in range(ticks):
        now_ms = tick * 1_000
        for ticket in list(islice(people, tickets - len(pool))):
            pool.join(ticket, now_ms=now_ms)
        coming, going = list(islice(people, changes)), pool.tickets()[::2][:changes]
        started = perf_counter()
        (begun,) = _watched(pool.beginning(now_ms=now_ms), held_s)
        result = solve(begun.problem)
        solved = perf_counter()
        for ticket in coming:
            pool.join(ticket, now_ms=now_ms)
        for ticket in going:
            pool.leave(ticket.ticket, now_ms=now_ms)
        changed = perf_counter()
        made = _watched(pool.ending(begun, result, now_ms=now_ms), held_s)
        ended = perf_counter()
        for pair in made:
            pool.introduced(pair, now_ms=now_ms)
        pairs += len(made)
        changed_s.append(changed - solved)
        tick_s.append(ended - started - (changed - solved))
    waited, most = besieged(RIVALS, arguments.seed, policy)
    figures: Figures = {
        "scenario": "arrivals",
        "kind": arguments.kind,
        "tickets": tickets,
        "changes_per_second": round(2 * changes * ticks / sum(changed_s)),
        "tick_seconds_max": round(max(tick_s), 3),
        "loop_held_ms_max": round(max(held_s) * MS_PER_S, 1),
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


def _watched(work: Slices[T], held_s: list[float]) -> T:
    """Do what an actor does in slices, and note how long each slice holds the event loop."""
    while True:
        started = perf_counter()
        try:
            next(work)
        except StopIteration as done:
            result: T = done.value
            return result
        finally:
            held_s.append(perf_counter() - started)


ARRIVALS = Scenario(
    "arrivals",
    "people who join and leave a large live pool: how long is a tick, and does anybody starve?",
    add_arguments,
    run,
)
