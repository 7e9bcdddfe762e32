"""How near the optimum is one tick of a live pool, and how long does it take?"""

from __future__ import annotations

import resource
import sys
from argparse import ArgumentParser, Namespace
from statistics import median
from time import perf_counter, process_time

from bench.errors import EXIT_BROKEN_PROMISE, EXIT_OK
from bench.limits import POOL_EXACT_TICKETS_MAX, POOL_TICKETS_MAX, RUNS_MAX
from bench.report import Figures, publish
from bench.scenarios.scenario import Scenario, within
from bench.tickets import Kind, drawn
from engine.matching.problem import Pairing, Problem
from engine.matching.solver import bound, optimum, solve

TICKETS = 1_000
RUNS = 5
# The first run compiles what is not kept compiled; a pool of this size passes by everything.
WARMING_TICKETS = 300
# What the issue of the matching core asks for.
RATIO_MIN, RATIO_OF_BOUND_MIN = 0.98, 0.95
KB_PER_MB = 1_000


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--tickets", type=int, default=TICKETS, help=f"default {TICKETS}")
    parser.add_argument("--kind", choices=[kind.value for kind in Kind], default=Kind.ROMANTIC)
    parser.add_argument("--seed", type=int, default=1, help="of the pool that is drawn")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"median of these (default {RUNS})")
    parser.add_argument(
        "--bound", action="store_true", help="a bound where the optimum is out of reach; slow"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(arguments: Namespace) -> int:
    tickets = within("--tickets", arguments.tickets, 0, POOL_TICKETS_MAX)
    runs = within("--runs", arguments.runs, 1, RUNS_MAX)
    kind = Kind(arguments.kind)
    solve(drawn(WARMING_TICKETS, kind, arguments.seed))
    problem = drawn(tickets, kind, arguments.seed)
    took_s, cpu_s = [], []
    for _ in range(runs):
        started, cpu = perf_counter(), process_time()
        found = solve(problem)
        took_s.append(perf_counter() - started)
        cpu_s.append(process_time() - cpu)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures: Figures = {
        "scenario": "pool",
        "kind": kind.value,
        "tickets": tickets,
        "seconds": round(median(took_s), 5),
        "cpu_seconds": round(median(cpu_s), 5),
        "pairs": len(found),
        "score": found.score,
        **_compared(problem, found, wants_bound=arguments.bound),
        "rss_mb": round(used / KB_PER_MB, 1),
    }
    publish(figures, as_json=arguments.json)
    return _verdict(figures)


def _compared(problem: Problem, found: Pairing, *, wants_bound: bool) -> Figures:
    """Compare with the exact optimum, or with a bound of it where that takes too long."""
    figures: Figures = {"optimum": None, "ratio": None}
    if problem.tickets <= POOL_EXACT_TICKETS_MAX:
        best = optimum(problem).score
        figures |= {"optimum": best, "ratio": round(found.score / best, 5) if best else 1.0}
    if wants_bound:
        most = bound(problem)
        figures |= {"bound": most, "bound_ratio": round(found.score / most, 5) if most else 1.0}
    return figures


def _verdict(figures: Figures) -> int:
    for name, least in (("ratio", RATIO_MIN), ("bound_ratio", RATIO_OF_BOUND_MIN)):
        value = figures.get(name)
        if isinstance(value, float) and value < least:
            print(f"BROKEN: {name} is {value}, below {least}", file=sys.stderr)
            return EXIT_BROKEN_PROMISE
    return EXIT_OK


POOL = Scenario(
    "pool",
    "one tick of a live pool: how near the optimum, and how long?",
    add_arguments,
    run,
)
