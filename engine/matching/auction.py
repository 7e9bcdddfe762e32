"""The auction: tickets bid for each other until nobody would rather have somebody else, compiled.

Bertsekas, "The auction algorithm: a distributed relaxation method for the assignment problem"
(Annals of Operations Research 14, 1988), with prices that begin at zero, so that bidders and those
bid for may differ in number and anybody may stay alone. What comes out is at most `step` for each
bidder below the optimum of the graph.

In a pool of one side, everybody bids for everybody: that is the assignment on two copies of the
pool, and half its value is a bound for all pairings. Whom each has won is an arrow, arrows form
paths and cycles, and every other edge of those is a pairing; only cycles of odd length lose
something (Balinski, "Integer programming: methods, uses, computation", Management Science 1965).
"""

from __future__ import annotations

import numpy as np

from engine.matching.compiled import compiled
from engine.matching.graph import Graph, Numbers, Whole


@compiled
def bid(graph: Graph, bidders: Whole, step: int, bids_max: int) -> tuple[Whole, Numbers]:
    """Return whom each ticket has won (-1: nobody), and the prices."""
    tickets = len(graph.begins) - 1
    prices = np.zeros(tickets, np.int64)
    owner = np.full(tickets, np.int32(-1), np.int32)
    won = np.full(tickets, np.int32(-1), np.int32)
    waiting = bidders.copy()
    top = len(waiting)
    bids = 0
    while top > 0 and bids < bids_max:
        top -= 1
        i = waiting[top]
        best, second, target = np.int64(0), np.int64(0), np.int32(-1)
        for edge in range(graph.begins[i], graph.begins[i + 1]):
            gain = graph.scores[edge] - prices[graph.ends[edge]]
            if gain > best:
                second, best, target = best, gain, graph.ends[edge]
            elif gain > second:
                second = gain
        if target < 0:
            continue
        bids += 1
        prices[target] += best - second + step
        if owner[target] >= 0:
            won[owner[target]] = -1
            waiting[top] = owner[target]
            top += 1
        owner[target], won[i] = i, target
    return won, prices


@compiled
def _walk(won: Whole, start: int, seen: Whole, way: Whole) -> tuple[int, bool]:
    """Follow the arrows to the end of the path or round the cycle; return its length, and which."""
    length = 0
    i = np.int32(start)
    while i >= 0 and not seen[i]:
        seen[i] = 1
        way[length] = i
        length += 1
        i = won[i]
    return length, i == start


@compiled
def _scores_along(graph: Graph, won: Whole, way: Whole, length: int, scores: Numbers) -> None:
    for place in range(length):
        i = way[place]
        scores[place] = 0
        for edge in range(graph.begins[i], graph.begins[i + 1]):
            if graph.ends[edge] == won[i]:
                scores[place] = graph.scores[edge]
                break


@compiled
def _cut(scores: Numbers, length: int) -> int:
    """Return where to cut a cycle open so that every other edge from there on is worth most."""
    # What edges place, place + 2, ... are worth, for a beginning at 0; then move on by two.
    odd = length % 2
    total = np.int64(0)
    for place in range(0, length - 1, 2):
        total += scores[place]
    best, cut = total, 0
    if not odd:
        other = np.int64(0)
        for place in range(1, length, 2):
            other += scores[place]
        return int(other > total)
    # An odd cycle leaves one vertex out: going round twice, each vertex is that one once.
    begin = 0
    for _ in range(length - 1):
        total += scores[(begin + length - 1) % length] - scores[begin]
        begin = (begin + 2) % length
        if total > best:
            best, cut = total, begin
    return cut


@compiled
def arrows_to_pairs(graph: Graph, won: Whole) -> tuple[Whole, Whole]:
    """Return for each ticket its mate (-1: none) and the score, from whom each has won."""
    tickets = len(won)
    mate = np.full(tickets, np.int32(-1), np.int32)
    worth = np.zeros(tickets, np.int32)
    seen = np.zeros(tickets, np.int32)
    way = np.empty(tickets, np.int32)
    scores = np.zeros(tickets, np.int64)
    is_won = np.zeros(tickets, np.uint8)
    for i in range(tickets):
        if won[i] >= 0:
            is_won[won[i]] = 1
    # Paths first, from their beginnings: what is left then is cycles.
    for turn in range(2):
        for start in range(tickets):
            if seen[start] or (turn == 0 and is_won[start]):
                continue
            length, closed = _walk(won, start, seen, way)
            _scores_along(graph, won, way, length, scores)
            begin = _cut(scores, length) if closed and length > 1 else 0
            place = 0
            while place < length - 1:
                here, after = (begin + place) % length, (begin + place + 1) % length
                i, j = way[here], way[after]
                mate[i], mate[j] = j, i
                worth[i] = worth[j] = scores[here]
                place += 2
    return mate, worth
