"""The chat rooms of a group in PostgreSQL: who joins the group is in, who leaves is out."""

from __future__ import annotations

from engine.ids import AccountId, Alias, GroupId
from engine.limits import ROOM_MEMBERS_MAX
from engine.ports.outbox import NoticeKind
from store.connection import Connection
from store.postgres.outbox import tell

# The row of the group is locked, so nobody takes the last place twice.
FREE = """
SELECT r.room_id FROM rooms r
WHERE r.group_id = $1 AND r.kind = 'group' AND r.closed_at IS NULL AND NOT r.closing
    AND (SELECT count(*) FROM room_members m
        WHERE m.room_id = r.room_id AND m.left_at IS NULL) < $2
ORDER BY r.room_id LIMIT 1
"""

# Under a fresh alias also for who was here before: nobody can tell that they came back. What was
# said before is not unread.
ENTER = """
INSERT INTO room_members (room_id, alias, account_id, nickname, read_seq, joined_at)
SELECT r.room_id, $2, $3, $4, r.last_seq, $5 FROM rooms r WHERE r.room_id = $1
ON CONFLICT (account_id, room_id) DO UPDATE SET alias = excluded.alias, left_at = NULL,
    nickname = excluded.nickname, read_seq = excluded.read_seq, joined_at = excluded.joined_at
"""

LEAVE = """
UPDATE room_members m SET left_at = $3 FROM rooms r
WHERE r.group_id = $1 AND r.kind = 'group' AND m.room_id = r.room_id AND m.account_id = $2
    AND m.left_at IS NULL
RETURNING m.room_id, m.alias
"""

CLOSE = """
UPDATE rooms SET closing = true
WHERE group_id = $1 AND kind = 'group' AND closed_at IS NULL RETURNING room_id
"""


async def enter_room(
    db: Connection, group: GroupId, account: AccountId, alias: Alias, nickname: str, now_ms: int
) -> None:
    """Enter the group's room, if it has one with a free place."""
    room = await db.fetchval(FREE, group, ROOM_MEMBERS_MAX)
    if room is not None:
        await db.execute(ENTER, room, alias, account, nickname, now_ms)
        content: dict[str, object] = {"alias": alias, "nickname": nickname}
        await tell(db, NoticeKind.ROOM_JOINED, content, due_ms=now_ms, room=room)


async def leave_rooms(db: Connection, group: GroupId, account: AccountId, now_ms: int) -> None:
    """Leave all rooms of the group."""
    for row in await db.fetch(LEAVE, group, account, now_ms):
        content: dict[str, object] = {"alias": row["alias"]}
        await tell(db, NoticeKind.ROOM_LEFT, content, due_ms=now_ms, room=row["room_id"])


async def close_rooms(db: Connection, group: GroupId, now_ms: int) -> None:
    """The group has ended, and its rooms with it."""
    for row in await db.fetch(CLOSE, group):
        room = row["room_id"]
        await tell(db, NoticeKind.ROOM_CLOSE, {"room": room}, due_ms=now_ms, room=room)
