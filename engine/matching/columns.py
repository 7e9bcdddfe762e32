"""Tickets as columns of numbers: what is said once, and what waiting does to it at each tick."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.matching import search as rows
from engine.matching.search import CELLS_ACROSS, ONE, ROWS, Law, Numbers, Table
from engine.matching.ticket import AGE_MAX, AGE_MIN, Ticket
from engine.model.account import Gender
from engine.model.pool_policy import PoolPolicy

_SIDE_BITS = {Gender.FEMALE: 1, Gender.MALE: 2, Gender.OTHER: 4}
_MIDDLE = CELLS_ACROSS // 2
_S_MS = 1_000


def law_of(policy: PoolPolicy) -> Law:
    """Return what a score is made of."""
    return Law(
        interests=round(ONE * policy.interests_weight),
        ages=round(ONE * policy.ages_weight),
        area=round(ONE * policy.area_weight),
        age_reach=policy.age_reach_years,
        area_reach=policy.area_reach_cells,
    )


def column_of(ticket: Ticket, interests: int, policy: PoolPolicy) -> list[int]:
    """Return what a ticket says as a column of the table; `widen` fills in what waiting does.

    Who does not say where they are is taken to be in the middle.
    """
    want, ages = ticket.want, ticket.want.ages
    column = [0] * ROWS
    column[rows.SIDE] = _SIDE_BITS[ticket.person.side]
    column[rows.WANTS] = sum(_SIDE_BITS[side] for side in want.sides)
    column[rows.AGE] = ticket.person.age
    column[rows.LOW], column[rows.HIGH] = ages.low, ages.high
    column[rows.MUST_LOW] = ages.low if ages.must else AGE_MIN
    column[rows.MUST_HIGH] = ages.high if ages.must else AGE_MAX
    across, down = ticket.me.area or (_MIDDLE, _MIDDLE)
    column[rows.CELL] = down * CELLS_ACROSS + across
    column[rows.INTERESTS] = interests
    column[rows.FEATURES] = _bits(ticket.me.features, policy)
    column[rows.NEEDS] = _bits(want.features, policy)
    return column


def quality_of(ticket: Ticket, policy: PoolPolicy) -> int:
    """Return what a ticket adds to its pairs for what its person has said, in parts of ONE."""
    me = ticket.me
    said = sum((bool(me.interests), me.area is not None, bool(me.features)))
    return round(ONE * policy.quality_weight / 2 * said / 3)


def widen(
    table: Table, waited_ms: Numbers, lead_ms: Numbers, quality: Numbers, policy: PoolPolicy
) -> None:
    """Fill in what is accepted and added by now.

    `lead_ms`: who counts as having waited longer, in the score alone. Acceptance and whose turn
    it is know only of time that has passed.
    """
    steps = policy.widening
    passed = np.array([step.after_s * _S_MS for step in steps])
    at = np.searchsorted(passed, np.maximum(waited_ms, 0), side="right") - 1
    years = np.array([step.years for step in steps])[at]
    table[rows.RADIUS] = np.array([step.cells for step in steps])[at]
    table[rows.SOFT_LOW] = np.maximum(table[rows.MUST_LOW], table[rows.LOW] - years)
    table[rows.SOFT_HIGH] = np.minimum(table[rows.MUST_HIGH], table[rows.HIGH] + years)
    overdue_ms = policy.overdue_s * _S_MS
    table[rows.OVERDUE] = waited_ms >= overdue_ms
    most = round(ONE * policy.waiting_weight / 2)
    table[rows.BONUS] = quality + np.clip(waited_ms + lead_ms, 0, overdue_ms) * most // overdue_ms


def _bits(words: Sequence[str], policy: PoolPolicy) -> int:
    return sum(1 << policy.features.index(word) for word in words)
