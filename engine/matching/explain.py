"""What somebody who waits may know of why: their own wishes, against everybody, in bands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from engine.matching import search as rows
from engine.matching.pairs import may_ever_meet
from engine.matching.search import Numbers, Table
from engine.matching.waits import WaitBand

# Where bands begin.
SOME_PEOPLE, MANY_PEOPLE = 10, 30


class Considered(StrEnum):
    """How many people could be met, others' wishes included; never a number."""

    FEW = "under_10"
    SOME = "10_to_30"
    MANY = "over_30"


class Share(StrEnum):
    """What part of those who wait one wish rules out; less than a quarter is not said."""

    SOME = "some"  # a quarter
    HALF = "half"
    MOST = "most"  # three quarters


SHARES = ((0.75, Share.MOST), (0.5, Share.HALF), (0.25, Share.SOME))


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer to `pool.explain`, but for how long one has waited."""

    considered: Considered
    blocked_by: tuple[tuple[str, Share], ...]
    wait: WaitBand


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation and the wait so far."""

    waited_ms: int
    explanation: Explanation


def explain(
    table: Table, one: int, others: Numbers, *, people_min: int, wait: WaitBand
) -> Explanation:
    """Compare a ticket with `others`; of too few people nothing is said.

    Wishes count as they were said, not as waiting widens them: the schedule is not for clients.
    """
    if len(others) < people_min:
        return Explanation(Considered.FEW, (), wait)
    mine, theirs = table[:, one], table[:, others]
    age = theirs[rows.AGE]
    ruled_out = {
        "sides": (theirs[rows.SIDE] & mine[rows.WANTS]) == 0,
        "ages": (age < mine[rows.LOW]) | (age > mine[rows.HIGH]),
        "features": (mine[rows.NEEDS] & ~theirs[rows.FEATURES]) != 0,
    }
    shares = [(name, _share(float(np.mean(out)))) for name, out in ruled_out.items()]
    most_first = sorted(
        ((name, share) for name, share in shares if share is not None),
        key=lambda pair: -list(Share).index(pair[1]),
    )
    return Explanation(_considered(table, one, others), tuple(most_first), wait)


def _considered(table: Table, one: int, others: Numbers) -> Considered:
    count = int(np.count_nonzero(may_ever_meet(table, one, others)))
    if count < SOME_PEOPLE:
        return Considered.FEW
    return Considered.SOME if count <= MANY_PEOPLE else Considered.MANY


def _share(part: float) -> Share | None:
    return next((share for least, share in SHARES if part >= least), None)
