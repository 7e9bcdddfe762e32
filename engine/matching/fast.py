"""The solver of ticks: good candidates for everybody, an auction or greedy, then walks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.matching.auction import arrows_to_pairs, bid
from engine.matching.graph import Flags, Whole, greedy, join_lists
from engine.matching.improve import improve
from engine.matching.problem import smaller_side
from engine.matching.search import Ground, Law, candidates


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is done for a pool of some size: what a tick has time for (docs/adr)."""

    tickets_max: int
    keep: int  # candidates of each ticket
    budget: int  # tickets read to find them
    step: int  # of a bid
    bids: int  # of each ticket, in a pool of one side
    depth: int
    breadth: int


EFFORTS = (
    Effort(5_000, keep=16, budget=4_096, step=20, bids=30, depth=20, breadth=6),
    Effort(30_000, keep=16, budget=3_072, step=50, bids=20, depth=12, breadth=4),
    Effort(200_000, keep=10, budget=256, step=100, bids=0, depth=10, breadth=3),
    Effort(2_000_000, keep=8, budget=128, step=100, bids=0, depth=10, breadth=3),
)


def effort_for(tickets: int) -> Effort:
    """Return what there is time for."""
    return next((one for one in EFFORTS if tickets <= one.tickets_max), EFFORTS[-1])


def pair(ground: Ground, law: Law, taken: Flags) -> tuple[Whole, Whole]:
    """Return for each ticket its mate (-1: none) and the score; near the optimum."""
    free = np.flatnonzero(taken == 0)
    effort = effort_for(len(free))
    graph = join_lists(*candidates(ground, law, taken, effort.keep, effort.budget))
    bidders = smaller_side(ground, free)
    if bidders is not None:
        won, _ = bid(graph, bidders.astype(np.int32), effort.step, 100 * len(free))
        return arrows_to_pairs(graph, won)
    if effort.bids:
        won, _ = bid(graph, free.astype(np.int32), effort.step, effort.bids * len(free))
        mate, worth = arrows_to_pairs(graph, won)
    else:
        mate, worth = greedy(graph)
    improve(graph, mate, worth, effort.depth, effort.breadth)
    return mate, worth
