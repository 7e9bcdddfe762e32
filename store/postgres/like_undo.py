"""Taking a like back in PostgreSQL, with its refund and with a match that was not told."""

from __future__ import annotations

from engine.credits.ledger import Ask, Cause, Kind
from engine.ids import AccountId, LikeId
from engine.model.like_undo import LikeState, TakeBack, TakeBackFacts, decide_take_back
from engine.model.policy import Policy
from store.connection import Connection, Record
from store.postgres.credits import moved
from store.postgres.ending import forget_match
from store.postgres.like_batch import like_command

LOCK = """
SELECT FROM accounts WHERE account_id IN ($1,
    (SELECT target_id FROM likes WHERE like_id = $2 AND sender_id = $1))
ORDER BY account_id FOR NO KEY UPDATE
"""

LIKE = """
SELECT l.*, coalesce(a.premium_until, 0) > $3 AS premium,
    NOT EXISTS (SELECT FROM likes o WHERE o.sender_id = $1 AND (o.at, o.like_id) > (l.at, l.like_id)
        AND o.at >= l.at
        AND (o.state IN ('open', 'ended') OR (o.state = 'matched' AND o.told_at > $3))) AS newest
FROM likes l JOIN accounts a ON a.account_id = l.sender_id
WHERE l.like_id = $2 AND l.sender_id = $1
"""

MATCH = "SELECT match_id, room_id, low_id, high_id FROM matches WHERE match_id = $1 FOR UPDATE"

DONE = {TakeBack.UNDO: LikeState.UNDONE, TakeBack.CANCEL: LikeState.CANCELLED}


async def take_back(
    db: Connection, account: AccountId, like: LikeId, how: TakeBack, policy: Policy, now_ms: int
) -> None:
    """Undo or cancel an own like in the transaction that is open."""
    await db.execute(LOCK, account, like)
    row = await db.fetchrow(LIKE, account, like, now_ms)
    if not decide_take_back(_facts(row, now_ms), how, policy.likes, now_ms=now_ms):
        return
    assert row is not None
    if row["match_id"] is not None:
        match = await db.fetchrow(MATCH, row["match_id"])
        if match is not None:
            await forget_match(db, match, likes="open")
    await db.execute("UPDATE likes SET state = $2 WHERE like_id = $1", like, DONE[how].value)
    if how is TakeBack.UNDO and row["spent"]:
        ask = Ask(Kind.RETURN, Cause.UNDO, like_command(like), about=like)
        await moved(db, account, ask, now_ms)


def _facts(row: Record | None, now_ms: int) -> TakeBackFacts:
    if row is None:
        return TakeBackFacts(None, told=False, newest=False, at=0, premium=False)
    told = row["told_at"] is not None and row["told_at"] <= now_ms
    return TakeBackFacts(LikeState(row["state"]), told, row["newest"], row["at"], row["premium"])
