"""The chat room of a group in PostgreSQL: who joins the group is in, who leaves is out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.ids import AccountId, GroupId, RoomId
from engine.limits import ROOM_MEMBERS_MAX
from engine.model.group import GroupType, has_room
from engine.ports.outbox import NoticeKind
from store.connection import Connection
from store.postgres.outbox import tell
from store.postgres.veils import enter_veiled

# The row of the group is locked, so nobody takes the last place twice.
FREE = """
SELECT r.room_id FROM rooms r
WHERE r.group_id = $1 AND r.kind = 'group' AND r.closed_at IS NULL AND NOT r.closing
    AND (SELECT count(*) FROM room_members m
        WHERE m.room_id = r.room_id AND m.left_at IS NULL) < $2
ORDER BY r.room_id LIMIT 1
"""

# Under a fresh alias also for who was here before: nobody can tell that they came back. What was
# said before is not unread, and not theirs to see unless the policy says so ($6). The row of the
# room is locked, so that what is being written now is either before or after.
ENTER = """
WITH room AS (SELECT room_id, last_seq FROM rooms WHERE room_id = $1 FOR UPDATE)
INSERT INTO room_members (room_id, alias, account_id, nickname, read_seq, since_seq, joined_at)
SELECT r.room_id, $2, $3, $4, r.last_seq, CASE WHEN $6 THEN 0 ELSE r.last_seq END, $5 FROM room r
ON CONFLICT (account_id, room_id) DO UPDATE SET alias = excluded.alias, left_at = NULL,
    past_aliases = room_members.past_aliases || room_members.alias,
    nickname = excluded.nickname, read_seq = excluded.read_seq, since_seq = excluded.since_seq,
    joined_at = excluded.joined_at
"""

OPEN = """
INSERT INTO rooms (room_id, kind, group_id, visible_at, last_at, key_wrapped)
VALUES ($1, 'group', $2, $3, $3, $4)
"""

STATE = """
SELECT g.type, EXISTS (
    SELECT FROM rooms r WHERE r.group_id = $1 AND r.kind = 'group' AND NOT r.closing
) AS has_room
FROM groups g WHERE g.group_id = $1
"""

# The fence keeps the planner from walking along all memberships in the order of their ids.
MEMBERS = """
SELECT account_id, nickname FROM (
    SELECT member_id, account_id, nickname FROM memberships
    WHERE group_id = $1 AND state = 'active' OFFSET 0) there
ORDER BY member_id LIMIT $2
"""

SEAT = """
INSERT INTO room_members (room_id, alias, account_id, nickname, joined_at)
SELECT $1, w.alias, w.account_id, w.nickname, $5
FROM unnest($2::text[], $3::text[], $4::text[]) AS w(alias, account_id, nickname)
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


@dataclass(frozen=True, slots=True)
class NewRoom:
    """What a room is made of, should one be needed, and names for who enters it."""

    room: RoomId
    key: bytes  # wrapped
    fresh_id: Callable[[], str]


async def open_room(db: Connection, group: GroupId, new: NewRoom, now_ms: int) -> None:
    """Make the room of a group that has none; all its members are in it."""
    members = await db.fetch(MEMBERS, group, ROOM_MEMBERS_MAX)
    await db.execute(OPEN, new.room, group, now_ms, new.key)
    aliases = [new.fresh_id() for _ in members]
    accounts = [row["account_id"] for row in members]
    await db.execute(
        SEAT, new.room, aliases, accounts, [row["nickname"] for row in members], now_ms
    )
    await enter_veiled(db, new.room, None)


async def enter_room(
    db: Connection,
    group: GroupId,
    entering: tuple[AccountId, str],
    new: NewRoom,
    now_ms: int,
    *,
    history: bool,
) -> None:
    """Enter the group's room, if it has a free place; one that lacks its room gets it."""
    state = await db.fetchrow(STATE, group)
    assert state is not None, "a group that is entered exists"
    if not has_room(GroupType(state["type"])):
        return
    if not state["has_room"]:
        await open_room(db, group, new, now_ms)
        return
    room = await db.fetchval(FREE, group, ROOM_MEMBERS_MAX)
    if room is not None:
        account, nickname = entering
        alias = new.fresh_id()
        await db.execute(ENTER, room, alias, account, nickname, now_ms, history)
        await enter_veiled(db, room, account)
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
