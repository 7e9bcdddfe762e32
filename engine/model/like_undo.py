"""Taking a like back: undo with its refund, cancel without, and neither tells of a match."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.errors import Conflict, NotFound, PremiumRequired, WindowOver
from engine.model.policy import LikePolicy


class LikeState(StrEnum):
    """What became of a like."""

    OPEN = "open"
    MATCHED = "matched"
    ENDED = "ended"  # one of the two has left or blocked, or a later like took its place
    UNDONE = "undone"
    CANCELLED = "cancelled"


class TakeBack(StrEnum):
    """Two ways to take a like back."""

    UNDO = "undo"  # soon, premium, with the credit
    CANCEL = "cancel"  # at any time, without


@dataclass(frozen=True, slots=True)
class TakeBackFacts:
    """What the store knows of the like when it holds both people."""

    state: LikeState | None  # None: there is no such like of this person
    told: bool  # it is part of a match that both know of
    newest: bool  # no later like of this person could be undone
    at: int  # ms
    premium: bool


def decide_take_back(
    facts: TakeBackFacts, how: TakeBack, policy: LikePolicy, *, now_ms: int
) -> bool:
    """Say whether there is anything to do (not when it is done again); raises the Refused.

    A match that was not told yet does not exist for anybody: taking the like back undoes it too,
    and is answered as where there was none (I8). So is a like that ended because the other side
    left or blocked.
    """
    if facts.state is None:
        raise NotFound("there is no such like")
    if facts.state is LikeState.MATCHED and facts.told:
        raise Conflict("this like is a match; only the match can be ended")
    if how is TakeBack.CANCEL:
        return facts.state not in {LikeState.CANCELLED, LikeState.UNDONE}
    if facts.state is LikeState.UNDONE:
        return False
    if facts.state is LikeState.CANCELLED:
        raise Conflict("this like was cancelled")
    if not facts.premium:
        raise PremiumRequired("undoing a like is part of premium")
    if not facts.newest:
        raise Conflict("only the latest like can be undone")
    if now_ms - facts.at > policy.undo_within_s * 1000:
        raise WindowOver("a like can be undone for a few minutes only")
    return True
