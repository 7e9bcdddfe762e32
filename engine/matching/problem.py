"""What a tick has to solve, and the answer: who is paired with whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.matching.search import (
    AGE,
    CELL,
    CELLS_ACROSS,
    INTERESTS,
    OVERDUE,
    SIDE,
    SIDES,
    WANTS,
    Ground,
    Law,
    Numbers,
    Table,
    Truths,
)

# A group that is read together should be worth finding, and leave the budget for more than the
# first few: 64 takes twice as long for 100,000, 1,024 loses a hundredth of the sum (ADR 0012).
GROUP_TICKETS = 256


@dataclass(frozen=True, slots=True)
class Problem:
    """A pool as it is at a tick: a copy, so that the pool may change while it is solved."""

    table: Table  # engine.matching.search: a column for each ticket
    law: Law
    forbidden: Numbers  # two columns: the tickets of pairs that may not meet
    seniority: Numbers  # who is served first among those overdue: the lowest

    @property
    def tickets(self) -> int:
        """How many are waiting."""
        return int(self.table.shape[1])


@dataclass(frozen=True, slots=True)
class Pairing:
    """Whom a solver would introduce, each pair once."""

    first: Numbers
    second: Numbers
    scores: Table

    @property
    def score(self) -> int:
        """The sum over all pairs."""
        return int(self.scores.sum(dtype=np.int64))

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, which: slice[int, int, None] | Truths) -> Pairing:
        """Return some of the pairs."""
        return Pairing(self.first[which], self.second[which], self.scores[which])

    def by_ticket(self, tickets: int) -> tuple[Numbers, Numbers]:
        """Return for each ticket its mate (-1: none) and the score."""
        mate, worth = np.full(tickets, -1, np.int64), np.zeros(tickets, np.int64)
        mate[self.first], mate[self.second] = self.second, self.first
        worth[self.first] = worth[self.second] = self.scores
        return mate, worth


def lay_out(problem: Problem) -> tuple[Numbers, Ground]:
    """Sort the tickets so that those who look for each other lie together; return how, and that."""
    table = problem.table
    tickets = problem.tickets
    interests = _rarest_highest(table[INTERESTS])
    present, cells = np.unique(table[CELL], return_inverse=True)
    youngest = int(table[AGE].min(initial=127))
    years = max(1, int(table[AGE].max(initial=0)) - youngest + 1)
    sides_present = max(1, len(np.unique(table[SIDE])))
    wanted = tickets // (sides_present * max(1, len(present)) * GROUP_TICKETS)
    band_years = -(-years // min(max(1, wanted), years))
    bands = -(-years // band_years)
    side = np.log2(np.maximum(table[SIDE], 1)).astype(np.int64)
    group = (side * len(present) + cells) * bands + (table[AGE] - youngest) // band_years
    order = np.argsort(group << 32 | interests, kind="stable")
    offsets = np.searchsorted(group[order], np.arange(SIDES * len(present) * bands + 1))
    laid = np.ascontiguousarray(table[:, order])
    laid[INTERESTS] = interests[order]
    x, y = present % CELLS_ACROSS, present // CELLS_ACROSS
    apart = np.maximum(abs(x[:, None] - x), abs(y[:, None] - y))
    near = np.argsort(apart, axis=1, kind="stable")
    return order, Ground(
        table=laid,
        offsets=offsets.astype(np.int64),
        cells=cells[order].astype(np.int32),
        near=near.astype(np.int32),
        apart=np.take_along_axis(apart, near, axis=1).astype(np.int32),
        forbidden=_keys(problem.forbidden, order),
        youngest=youngest,
        band_years=band_years,
        bands=bands,
    )


def overdue_in_turn(problem: Problem, order: Numbers) -> Numbers:
    """List the tickets that have waited too long, as they were laid out, most senior first."""
    late = np.flatnonzero(problem.table[OVERDUE, order])
    return late[np.argsort(problem.seniority[order[late]], kind="stable")]


def smaller_side(ground: Ground, free: Numbers) -> Numbers | None:
    """Return the smaller side of a pool in which one side looks for the others only; else None."""
    side, wants = ground.table[SIDE][free], ground.table[WANTS][free]
    for bit in (1, 2, 4):
        on_it = side == bit
        if not (wants[on_it] & bit).any() and not (wants[~on_it] & ~bit).any():
            one: Numbers = free[on_it]
            other: Numbers = free[~on_it]
            return one if len(one) <= len(other) else other
    return None


def _rarest_highest(interests: Table) -> Numbers:
    """Rename the bits by how many have them, so that neighbours in order share what is rare."""
    bits = np.arange(31)
    counts = np.array([np.count_nonzero(interests & (1 << bit)) for bit in bits])
    renamed = np.zeros(len(interests), np.int64)
    for place, bit in enumerate(np.argsort(-counts, kind="stable")):
        if counts[bit]:
            renamed |= ((interests.astype(np.int64) >> bit) & 1) << place
    return renamed


def _keys(pairs: Numbers, order: Numbers) -> Numbers:
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    laid = places[pairs]
    return np.unique(laid.min(axis=1) * len(order) + laid.max(axis=1))
