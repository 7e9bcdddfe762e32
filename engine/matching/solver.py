"""One tick: who waited too long is served in turn, everybody else as well as possible."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.matching import exact, fast
from engine.matching.auction import bid
from engine.matching.graph import Flags, Whole, join_lists
from engine.matching.problem import Pairing, Problem, lay_out, overdue_in_turn, smaller_side
from engine.matching.search import (
    Ground,
    Law,
    Numbers,
    candidates,
    gains_beyond,
    serve_in_turn,
)

Solver = Callable[[Ground, Law, Flags], tuple[Whole, Whole]]

# Up to here the exact solver takes a few milliseconds (docs/adr).
EXACT_TICKETS_MAX = 100


def solve(problem: Problem) -> Pairing:
    """Pair a pool as a tick does."""
    return _solve(problem, exact.pair if problem.tickets <= EXACT_TICKETS_MAX else fast.pair)


def optimum(problem: Problem) -> Pairing:
    """Return the best pairing of all: nobody is served first, and time does not matter."""
    order, ground = lay_out(problem)
    mate, worth = exact.pair(ground, problem.law, np.zeros(problem.tickets, np.uint8))
    return _pairing(order, mate, worth)


def bound(problem: Problem) -> int:
    """Return a sum that no pairing can exceed, near the optimum, where that is out of reach.

    Prices of an auction are a feasible dual of the linear program without the odd sets (Edmonds,
    1965): the prices, and what each could gain at them from anybody, are no less than any pairing.
    """
    _, ground = lay_out(problem)
    everybody = np.arange(problem.tickets)
    graph = join_lists(
        *candidates(ground, problem.law, np.zeros(problem.tickets, np.uint8), 24, 2_048)
    )
    side = smaller_side(ground, everybody)
    bidders = everybody if side is None else side
    _, prices = bid(graph, bidders.astype(np.int32), 20, 100 * problem.tickets)
    total = int(gains_beyond(ground, problem.law, prices, bidders).sum() + prices.sum())
    return total // 2 if side is None else total


def _solve(problem: Problem, solver: Solver) -> Pairing:
    order, ground = lay_out(problem)
    taken = np.zeros(problem.tickets, np.uint8)
    turns = overdue_in_turn(problem, order)
    budget = fast.effort_for(problem.tickets).budget
    partner, score = serve_in_turn(ground, problem.law, turns, taken, budget)
    mate, worth = solver(ground, problem.law, taken)
    served = partner >= 0
    first, second = turns[served], partner[served]
    mate[first], mate[second] = second, first
    worth[first] = worth[second] = score[served]
    return _pairing(order, mate, worth)


def _pairing(order: Numbers, mate: Whole, worth: Whole) -> Pairing:
    first = np.flatnonzero(mate > np.arange(len(mate)))
    return Pairing(order[first], order[mate[first]], worth[first])
