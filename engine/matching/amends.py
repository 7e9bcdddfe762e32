"""Who was promised somebody that has left meanwhile is served again, before anybody else gains.

*What holds.* For each overdue ticket that is left alone and each ticket it could have met, both
still here: that one is in a pair with an overdue ticket senior to the first. `solve` gives it at
the beginning of a tick, since it serves the overdue in turn. People who leave break pairs, and
`Amends` restores it among those who are still here:

* whoever is freed is offered to the most senior overdue ticket that is alone and could meet them;
* an overdue ticket that lost its partner takes the best of all that are free or in a pair without
  an overdue ticket senior to it; that pair is broken, and who is bereaved is freed in turn.

A broken pair gives way to one of more senior rank, so this comes to an end.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence

import numpy as np

from engine.limits import POOL_SLICE_READS
from engine.matching import search as rows
from engine.matching.pairs import scores_with
from engine.matching.problem import Pairing, Problem
from engine.matching.search import Numbers, Truths
from engine.matching.slices import Slices

# The rank of a pair without an overdue ticket; below the seniority of everybody.
_NO_RANK = np.iinfo(np.int64).max
_ALONE = -1


class Amends:
    """The pairs of a tick while those are amended whose partner has left."""

    def __init__(
        self,
        problem: Problem,
        here: Truths,
        apart: Collection[tuple[int, int]],
        pairs: Pairing,
    ) -> None:
        """`here`: who is still here; `apart`: who may not meet, either way; `pairs` still hold."""
        self._problem = problem
        self._here = here
        self._apart = {*apart, *((other, one) for one, other in apart)}
        overdue = problem.table[rows.OVERDUE] != 0
        self._turn: Numbers = np.where(overdue, problem.seniority, _NO_RANK)
        self._rank = np.full(problem.tickets, _NO_RANK, np.int64)  # of a ticket's pair
        self._widows: list[tuple[int, int]] = []
        self._mate, self._score = pairs.by_ticket(problem.tickets)
        first, second = pairs.first, pairs.second
        self._rank[first] = self._rank[second] = np.minimum(self._turn[first], self._turn[second])

    def making(self, widows: Sequence[int]) -> Slices[Pairing]:
        """Serve those who have lost their partner; return all pairs."""
        looks = 0
        looks_each = max(1, POOL_SLICE_READS // self._problem.tickets)
        for one in widows:
            if self._mate[one] == _ALONE:  # else an earlier one was offered to it
                self._free(one)
                looks += 1
                if looks % looks_each == 0:
                    yield
        while self._widows:
            turn, one = heapq.heappop(self._widows)
            if self._mate[one] == _ALONE:
                self._serve(one, turn)
                looks += 1
                if looks % looks_each == 0:
                    yield
        first = np.flatnonzero(self._mate > np.arange(len(self._mate)))
        return Pairing(first, self._mate[first], self._score[first].astype(np.int32))

    def _serve(self, one: int, turn: int) -> None:
        others = np.flatnonzero(self._here & (self._rank > turn))
        best, score = self._best(one, others)
        if best == _ALONE:
            return
        bereaved = int(self._mate[best])
        if bereaved != _ALONE:
            self._mate[bereaved] = _ALONE
            self._rank[bereaved] = _NO_RANK
        self._join(one, best, score)
        if bereaved != _ALONE:
            self._free(bereaved)

    def _free(self, one: int) -> None:
        """Offer one that is alone to whoever has waited longest for such a one."""
        alone = np.flatnonzero(self._here & (self._mate == _ALONE) & (self._turn != _NO_RANK))
        scores = self._scores(one, alone)
        may = np.flatnonzero(scores >= 0)
        if len(may):
            place = may[np.argmin(self._turn[alone[may]])]
            self._join(int(alone[place]), one, int(scores[place]))
        elif self._turn[one] != _NO_RANK:
            heapq.heappush(self._widows, (int(self._turn[one]), one))

    def _best(self, one: int, others: Numbers) -> tuple[int, int]:
        scores = self._scores(one, others)
        if not len(scores) or scores.max() < 0:
            return _ALONE, 0
        place = int(np.argmax(scores))
        return int(others[place]), int(scores[place])

    def _scores(self, one: int, others: Numbers) -> Numbers:
        scores = scores_with(self._problem.table, self._problem.law, one, others)
        if self._apart:
            for place in np.flatnonzero(scores >= 0):
                if (one, int(others[place])) in self._apart:
                    scores[place] = -1
        return scores

    def _join(self, one: int, other: int, score: int) -> None:
        self._mate[one], self._mate[other] = other, one
        self._score[one] = self._score[other] = score
        self._rank[one] = self._rank[other] = min(self._turn[one], self._turn[other])
