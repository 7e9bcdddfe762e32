"""The exact solver: the oracle of tests and bench, and what small pools are solved by.

Two sides: the assignment problem, by scipy's shortest augmenting paths (Crouse, "On implementing 2D
rectangular assignment algorithms", IEEE Transactions on Aerospace and Electronic Systems 2016).
One side: Edmonds' blossoms, by rustworkx (Galil, "Efficient algorithms for finding maximum
matching in graphs", ACM Computing Surveys 1986), in whole numbers.
"""

from __future__ import annotations

import numpy as np
import rustworkx
from scipy.optimize import linear_sum_assignment

from engine.matching.graph import Flags, Whole
from engine.matching.problem import smaller_side
from engine.matching.search import Ground, Law, Numbers, all_scores


def pair(ground: Ground, law: Law, taken: Flags) -> tuple[Whole, Whole]:
    """Return for each ticket its mate (-1: none) and the score; nothing is better in sum."""
    free = np.flatnonzero(taken == 0)
    side = smaller_side(ground, free)
    if side is None:
        scores, first, second = _one_side(ground, law, free)
    else:
        scores, first, second = _two_sides(ground, law, free, side)
    mate = np.full(len(taken), -1, np.int32)
    worth = np.zeros(len(taken), np.int32)
    mate[first], mate[second] = second, first
    worth[first] = worth[second] = scores
    return mate, worth


def _two_sides(
    ground: Ground, law: Law, free: Numbers, side: Numbers
) -> tuple[Whole, Numbers, Numbers]:
    others = np.setdiff1d(free, side, assume_unique=True)
    scores = all_scores(ground, law, side)[:, others]
    rows, columns = linear_sum_assignment(scores, maximize=True)
    chosen: Whole = scores[rows, columns]
    good = chosen > 0
    return chosen[good], side[rows[good]], others[columns[good]]


def _one_side(ground: Ground, law: Law, free: Numbers) -> tuple[Whole, Numbers, Numbers]:
    scores = np.triu(all_scores(ground, law, free)[:, free])
    rows, columns = np.nonzero(scores)
    graph: rustworkx.PyGraph[int, int] = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(free)))
    edges = zip(rows.tolist(), columns.tolist(), scores[rows, columns].tolist(), strict=True)
    graph.add_edges_from(list(edges))
    found = rustworkx.max_weight_matching(graph, weight_fn=int)
    pairs = np.array(sorted((min(pair), max(pair)) for pair in found), np.int64).reshape(-1, 2)
    chosen: Whole = scores[pairs[:, 0], pairs[:, 1]]
    return chosen, free[pairs[:, 0]], free[pairs[:, 1]]
