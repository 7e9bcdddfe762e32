"""Better pairings by alternating paths: Lin and Kernighan's walk for matchings, compiled.

From a ticket the walk takes a better partner for it, goes on from the one that was left, and so
forth, and keeps the best point on its way: there it stops, or closes the circle with the partner
that the first one left. Lin and Kernighan, "An effective heuristic algorithm for the
traveling-salesman problem" (Operations Research 1973). That short paths alone come near the optimum
is shown by Pettie and Sanders, "A simpler linear time 2/3 - ε approximation for maximum weight
matching" (Information Processing Letters 2004).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.matching.compiled import compiled
from engine.matching.graph import Flags, Graph, Numbers, Whole

# A round that changes fewer than one in so many tickets is the last; there are rarely six.
QUIET = 1_000
ROUNDS_MAX = 50


class State(NamedTuple):
    """A pairing under improvement, and what the walk notes."""

    mate: Whole
    worth: Whole
    fresh: Flags  # 1: something changed around this ticket since it was looked at
    passed: Numbers  # the walk that touched a ticket last
    closing: Numbers  # the start for which `closing_score` holds
    closing_score: Whole
    new: Whole  # along the walk: the new partner
    old: Whole  # the one who takes it
    scores: Whole


@compiled
def _first_steps(graph: Graph, state: State, start: int, steps: Numbers, gains: Numbers) -> int:
    """List the edges that gain most for `start` at once, best first; return how many."""
    found = 0
    for edge in range(graph.begins[start], graph.begins[start + 1]):
        other = graph.ends[edge]
        if other == state.mate[start]:
            continue
        gain = graph.scores[edge] - state.worth[other]
        if found < len(steps):
            place = found
            found += 1
        elif gain > gains[-1]:
            place = len(steps) - 1
        else:
            continue
        while place > 0 and gains[place - 1] < gain:
            gains[place], steps[place] = gains[place - 1], steps[place - 1]
            place -= 1
        gains[place], steps[place] = gain, edge
    return found


@compiled
def _next_step(graph: Graph, state: State, here: int, walk: int) -> int:
    best, chosen = -(2**40), -1
    for edge in range(graph.begins[here], graph.begins[here + 1]):
        other = graph.ends[edge]
        gain = graph.scores[edge] - state.worth[other]
        if gain > best and state.passed[other] != walk:
            best, chosen = gain, edge
    return chosen


@compiled
def _walk(
    graph: Graph, state: State, start: int, edge: int, walk: int, walks_of: int
) -> tuple[int, int]:
    """Walk from `start` over `edge`; return how many steps pay, and how to close."""
    left = state.mate[start]
    state.passed[start] = walk
    if left >= 0:
        state.passed[left] = walk
    gain = -np.int64(state.worth[start])
    best, keep, close = np.int64(0), 0, 0
    here = start
    length = 0
    while edge >= 0 and length < len(state.new):
        other = graph.ends[edge]
        state.new[length], state.old[length] = other, here
        state.scores[length] = graph.scores[edge]
        length += 1
        gain += graph.scores[edge] - np.int64(state.worth[other])
        state.passed[other] = walk
        if gain > best:
            best, keep, close = gain, length, 0
        here = state.mate[other]
        if here < 0:
            break
        state.passed[here] = walk
        if left >= 0 and state.closing[here] == walks_of:
            closed = gain + state.closing_score[here]
            if closed > best:
                best, keep, close = closed, length, state.closing_score[here]
        edge = _next_step(graph, state, here, walk)
        if edge >= 0 and gain + graph.scores[edge] <= best:
            break
    return keep, close


@compiled
def _touch(graph: Graph, state: State, ticket: int) -> None:
    if ticket >= 0:
        state.fresh[ticket] = 1
        for edge in range(graph.begins[ticket], graph.begins[ticket + 1]):
            state.fresh[graph.ends[edge]] = 1


@compiled
def _take(graph: Graph, state: State, start: int, keep: int, close: int) -> None:
    """Make the first `keep` steps of the walk true."""
    left = state.mate[start]
    last = state.mate[state.new[keep - 1]]
    for end in (left, last):
        if end >= 0:
            state.mate[end], state.worth[end] = -1, 0
    for step in range(keep):
        new, old = state.new[step], state.old[step]
        state.mate[new], state.mate[old] = old, new
        state.worth[new] = state.worth[old] = state.scores[step]
    if close:
        state.mate[left], state.mate[last] = last, left
        state.worth[left] = state.worth[last] = close
    for step in range(keep):
        _touch(graph, state, state.new[step])
        state.fresh[state.old[step]] = 1
    _touch(graph, state, left)
    _touch(graph, state, last)


@compiled
def improve(graph: Graph, mate: Whole, worth: Whole, depth: int, breadth: int) -> None:
    """Improve a pairing in place, by walks of up to `depth` steps, until hardly any helps."""
    tickets = len(mate)
    state = State(
        mate,
        worth,
        np.ones(tickets, np.uint8),
        np.zeros(tickets, np.int64),
        np.zeros(tickets, np.int64),
        np.zeros(tickets, np.int32),
        np.empty(depth, np.int32),
        np.empty(depth, np.int32),
        np.empty(depth, np.int32),
    )
    steps, gains = np.empty(breadth, np.int64), np.empty(breadth, np.int64)
    walk, walks_of = 0, 0
    for _ in range(ROUNDS_MAX):
        changes = 0
        for start in range(tickets):
            if not state.fresh[start]:
                continue
            state.fresh[start] = 0
            walks_of += 1
            left = mate[start]
            if left >= 0:
                for edge in range(graph.begins[left], graph.begins[left + 1]):
                    state.closing[graph.ends[edge]] = walks_of
                    state.closing_score[graph.ends[edge]] = graph.scores[edge]
            for choice in range(_first_steps(graph, state, start, steps, gains)):
                walk += 1
                keep, close = _walk(graph, state, start, steps[choice], walk, walks_of)
                if keep:
                    _take(graph, state, start, keep, close)
                    changes += 1
                    break
        if changes * QUIET < tickets:
            break
