"""The graph of candidates: who might be paired with whom; and greedy pairing, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.matching.compiled import compiled

Whole = NDArray[np.int32]
Numbers = NDArray[np.int64]
Flags = NDArray[np.uint8]

# Edges are sorted into so many classes of score; within one, greedy does not care.
CLASSES = 4_096


class Graph(NamedTuple):
    """Edges of each ticket, both ways, one after the other (compressed sparse rows)."""

    begins: Numbers  # where the edges of each ticket begin; one more than there are tickets
    ends: Whole  # the other end of each edge
    scores: Whole


@compiled
def _lists(ids: Whole, one: int, other: int) -> bool:
    for place in range(ids.shape[1]):
        if ids[one, place] == other:
            return True
        if ids[one, place] < 0:
            return False
    return False


@compiled
def join_lists(ids: Whole, scores: Whole) -> Graph:
    """Make one graph of everybody's list of candidates."""
    tickets, keep = ids.shape
    begins = np.zeros(tickets + 1, np.int64)
    mutual = np.zeros((tickets, keep), np.uint8)
    for i in range(tickets):
        for place in range(keep):
            j = ids[i, place]
            if j < 0:
                break
            begins[i + 1] += 1
            mutual[i, place] = _lists(ids, j, i)
            if not mutual[i, place]:
                begins[j + 1] += 1
    begins = np.cumsum(begins)
    free = begins[:-1].copy()
    ends = np.empty(begins[-1], np.int32)
    weights = np.empty(begins[-1], np.int32)
    for i in range(tickets):
        for place in range(keep):
            j = ids[i, place]
            if j < 0:
                break
            ends[free[i]], weights[free[i]] = j, scores[i, place]
            free[i] += 1
            if not mutual[i, place]:
                ends[free[j]], weights[free[j]] = i, scores[i, place]
                free[j] += 1
    return Graph(begins, ends, weights)


@compiled
def greedy(graph: Graph) -> tuple[Whole, Whole]:
    """Pair the best edges first; return for each ticket its mate (-1: none) and the score.

    At least half of the optimum: Avis, "A survey of heuristics for the weighted matching
    problem" (Networks 1983). In practice nine tenths, and a good beginning.
    """
    tickets = len(graph.begins) - 1
    mate = np.full(tickets, np.int32(-1), np.int32)
    worth = np.zeros(tickets, np.int32)
    best = np.int64(0)
    for edge in range(len(graph.ends)):
        best = max(best, graph.scores[edge])
    counts = np.zeros(CLASSES + 1, np.int64)
    for edge in range(len(graph.ends)):
        counts[CLASSES - graph.scores[edge] * (CLASSES - 1) // (best + 1)] += 1
    counts = np.cumsum(counts)
    order = np.empty(len(graph.ends), np.int64)
    start = np.empty(len(graph.ends), np.int32)
    for i in range(tickets):
        for edge in range(graph.begins[i], graph.begins[i + 1]):
            cls = CLASSES - graph.scores[edge] * (CLASSES - 1) // (best + 1) - 1
            order[counts[cls]], start[counts[cls]] = edge, i
            counts[cls] += 1
    for place in range(len(order)):
        i, j = start[place], graph.ends[order[place]]
        if mate[i] < 0 and mate[j] < 0:
            mate[i], mate[j] = j, i
            worth[i] = worth[j] = graph.scores[order[place]]
    return mate, worth
