"""One ticket against many, by numpy: what may be done between two ticks, when a few are asked for.

The same rules as in engine.matching.search, which reads a whole pool; a test compares the two.
"""

from __future__ import annotations

import numpy as np

from engine.matching import search as rows
from engine.matching.search import CELLS_ACROSS, Law, Numbers, Table, Truths


def may_ever_meet(table: Table, one: int, others: Numbers) -> Truths:
    """Say which of `others` a ticket and they themselves would accept after any wait."""
    mine, theirs = table[:, one], table[:, others]
    met = (mine[rows.WANTS] & theirs[rows.SIDE]) != 0
    met &= (theirs[rows.WANTS] & mine[rows.SIDE]) != 0
    met &= (mine[rows.NEEDS] & ~theirs[rows.FEATURES]) == 0
    met &= (theirs[rows.NEEDS] & ~mine[rows.FEATURES]) == 0
    met &= (theirs[rows.AGE] >= mine[rows.MUST_LOW]) & (theirs[rows.AGE] <= mine[rows.MUST_HIGH])
    met &= (mine[rows.AGE] >= theirs[rows.MUST_LOW]) & (mine[rows.AGE] <= theirs[rows.MUST_HIGH])
    accepted: Truths = met & (others != one)
    return accepted


def scores_with(table: Table, law: Law, one: int, others: Numbers) -> Numbers:
    """Return the score of a ticket with each of `others`, -1 where they may not meet now."""
    mine, theirs = table[:, one].astype(np.int64), table[:, others].astype(np.int64)
    apart = _apart(mine[rows.CELL], theirs[rows.CELL])
    soft = (apart <= mine[rows.RADIUS]) & (apart <= theirs[rows.RADIUS])
    soft &= (theirs[rows.AGE] >= mine[rows.SOFT_LOW]) & (theirs[rows.AGE] <= mine[rows.SOFT_HIGH])
    soft &= (mine[rows.AGE] >= theirs[rows.SOFT_LOW]) & (mine[rows.AGE] <= theirs[rows.SOFT_HIGH])
    late = (mine[rows.OVERDUE] | theirs[rows.OVERDUE]) != 0
    off = _outside(theirs[rows.AGE], mine[rows.LOW], mine[rows.HIGH], law)
    off = off + _outside(mine[rows.AGE], theirs[rows.LOW], theirs[rows.HIGH], law)
    year = law.ages // (2 * law.age_reach)
    score = year * (2 * law.age_reach - off)
    score += law.area * np.maximum(0, law.area_reach - apart) // law.area_reach
    shared = np.bitwise_count(mine[rows.INTERESTS] & theirs[rows.INTERESTS]).astype(np.int64)
    either = np.bitwise_count(mine[rows.INTERESTS] | theirs[rows.INTERESTS]).astype(np.int64)
    score += law.interests * shared // np.maximum(either, 1)
    score += mine[rows.BONUS] + theirs[rows.BONUS] + 1
    found: Numbers = np.where(may_ever_meet(table, one, others) & (soft | late), score, -1)
    return found


def _apart(one: Numbers, others: Numbers) -> Numbers:
    across = abs(one % CELLS_ACROSS - others % CELLS_ACROSS)
    down = abs(one // CELLS_ACROSS - others // CELLS_ACROSS)
    apart: Numbers = np.maximum(across, down)
    return apart


def _outside(age: Numbers, low: Numbers, high: Numbers, law: Law) -> Numbers:
    """Return how many years an age is outside a wish, up to where nothing is left of it."""
    beyond = np.maximum(np.maximum(low - age, age - high), 0)
    outside: Numbers = np.minimum(beyond, law.age_reach)
    return outside
