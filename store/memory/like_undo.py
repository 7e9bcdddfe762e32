"""Taking a like back in memory."""

from __future__ import annotations

from engine.credits.ledger import Ask, Cause, Kind
from engine.ids import AccountId, LikeId
from engine.model.like_undo import LikeState, TakeBack, TakeBackFacts, decide_take_back
from engine.model.policy import Policy
from store.memory.credits import moved
from store.memory.state import Memory

_DONE = {TakeBack.UNDO: LikeState.UNDONE, TakeBack.CANCEL: LikeState.CANCELLED}


def take_back(
    memory: Memory, account: AccountId, like: LikeId, how: TakeBack, policy: Policy, *, now_ms: int
) -> None:
    """Undo or cancel an own like."""
    row = next(
        (one for one in memory.likes.values() if (one.like, one.request.sender) == (like, account)),
        None,
    )
    facts = TakeBackFacts(None, told=False, newest=False, at=0, premium=False)
    if row is not None:
        later = [
            one
            for one in memory.likes.values()
            if one.request.sender == account
            and (one.at, one.like) > (row.at, row.like)
            and (one.seems_open(now_ms=now_ms) or one.state is LikeState.ENDED)
        ]
        premium = memory.accounts[account].premium_until > now_ms
        told = row.told(now_ms=now_ms)
        facts = TakeBackFacts(row.state, told, newest=not later, at=row.at, premium=premium)
    if not decide_take_back(facts, how, policy.likes, now_ms=now_ms):
        return
    assert row is not None
    if row.match is not None:
        memory.forget_match(memory.matches[row.match], LikeState.OPEN)
    row.state = _DONE[how]
    if how is TakeBack.UNDO and row.spent:
        ask = Ask(Kind.RETURN, Cause.UNDO, f"like {like}", about=like)
        moved(memory.accounts[account], ask, now_ms=now_ms)
