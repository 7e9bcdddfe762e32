"""Ending matches: leaving, blocking and unmatching win over a match that is being made (I13)."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ids import AccountId, GroupId, MatchId, RoomId
from engine.ports.outbox import AT_ONCE_MS, NoticeKind
from store.connection import Connection, Record
from store.postgres.outbox import tell

IN_GROUP = """
SELECT match_id, room_id, low_id, high_id, visible_at FROM matches
WHERE group_id = $1 AND (low_id = $2 OR high_id = $2) AND ended_at IS NULL
ORDER BY match_id FOR UPDATE
"""

OF_ACCOUNT = """
SELECT match_id, room_id, low_id, high_id, visible_at FROM matches
WHERE (low_id = $1 OR high_id = $1) AND ended_at IS NULL
ORDER BY match_id FOR UPDATE
"""

BETWEEN = """
SELECT match_id, room_id, low_id, high_id, visible_at FROM matches
WHERE low_id = least($1, $2) AND high_id = greatest($1, $2) AND ended_at IS NULL
ORDER BY match_id FOR UPDATE
"""

FORGET_LIKES = """
UPDATE likes SET state = $4, match_id = NULL, told_at = NULL
WHERE match_id = $3 AND (sender_id, target_id) IN (($1, $2), ($2, $1))
"""

FORGET_NOTICES = """
DELETE FROM outbox WHERE account_id = ANY($1::text[]) AND content->>'match' = $2
"""


async def end_likes_and_matches(
    db: Connection, group: GroupId, account: AccountId, now_ms: int
) -> None:
    """End all that a person has in a group; their account row is locked already."""
    await db.execute(
        """
        UPDATE likes SET state = 'ended'
        WHERE group_id = $1 AND (sender_id = $2 OR target_id = $2) AND state = 'open'
        """,
        group,
        account,
    )
    await _end_all(db, await db.fetch(IN_GROUP, group, account), now_ms)


async def end_between(db: Connection, one: AccountId, other: AccountId, now_ms: int) -> None:
    """End all that two people have with each other; both account rows are locked already."""
    await db.execute(
        """
        UPDATE likes SET state = 'ended' WHERE state = 'open'
            AND ((sender_id = $1 AND target_id = $2) OR (sender_id = $2 AND target_id = $1))
        """,
        one,
        other,
    )
    await _end_all(db, await db.fetch(BETWEEN, one, other), now_ms)


async def end_everywhere(db: Connection, account: AccountId, now_ms: int) -> None:
    """End all that a person has in all groups; their account row is locked already."""
    await db.execute(
        """
        UPDATE likes SET state = 'ended'
        WHERE (sender_id = $1 OR target_id = $1) AND state = 'open'
        """,
        account,
    )
    await _end_all(db, await db.fetch(OF_ACCOUNT, account), now_ms)


async def forget_untold(db: Connection, group: GroupId, account: AccountId, now_ms: int) -> None:
    """Forget a person's matches in a group that nobody was told of; their row is locked already."""
    for row in await db.fetch(IN_GROUP, group, account):
        if row["visible_at"] > now_ms:
            await forget_match(db, row)


async def _end_all(db: Connection, matches: Sequence[Record], now_ms: int) -> None:
    for row in matches:
        if row["visible_at"] > now_ms:
            await forget_match(db, row)
        else:
            await end_match(db, row["match_id"], row["room_id"], now_ms)


async def forget_match(db: Connection, row: Record, *, likes: str = "ended") -> None:
    """Undo a match whose moment has not come: it was never told, so it can vanish.

    The notices to both sides go, and the room, which takes its members and the match along. Its
    likes are in state `likes` then.
    """
    low, high, match = row["low_id"], row["high_id"], row["match_id"]
    await db.execute(FORGET_LIKES, low, high, match, likes)
    await db.execute(FORGET_NOTICES, [low, high], match)
    await db.execute("DELETE FROM rooms WHERE room_id = $1", row["room_id"])


async def end_match(db: Connection, match: MatchId, room: RoomId, now_ms: int) -> None:
    """End one match whose row is locked: no more messages, and everybody is told."""
    await db.execute("UPDATE matches SET ended_at = $2 WHERE match_id = $1", match, now_ms)
    await db.execute("UPDATE rooms SET closing = true WHERE room_id = $1", room)
    await tell(db, NoticeKind.ROOM_CLOSE, {"room": room}, due_ms=AT_ONCE_MS, room=room)
    for row in await db.fetch(
        "SELECT account_id FROM room_members WHERE room_id = $1 ORDER BY alias", room
    ):
        await tell(
            db,
            NoticeKind.MATCH_ENDED,
            {"match": match, "room": room},
            due_ms=now_ms,  # behind the news of the match itself
            account=row["account_id"],
        )
