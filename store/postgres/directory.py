"""Which rooms a person is in, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import NotFound
from engine.ids import AccountId, Alias, RoomId
from engine.limits import UNREAD_MESSAGES_MAX
from engine.rooms.events import EventName, RoomKind, RoomMark, RoomSummary
from store.connection import Connection, Record
from store.postgres.pool import Postgres
from store.postgres.room_rows import by_room, event_from
from store.vault import Vault

MARKS = """
SELECT r.room_id, r.epoch, r.last_seq, m.read_seq
FROM room_members m JOIN rooms r USING (room_id)
WHERE m.account_id = $1 AND m.left_at IS NULL AND r.visible_at <= $2
ORDER BY r.last_at DESC, r.room_id LIMIT $3
"""

ROOMS = """
WITH page AS MATERIALIZED (
    SELECT r.room_id, r.kind, r.group_id, r.epoch, r.last_seq, r.closed_at, r.key_wrapped,
        r.last_at, m.alias AS me, m.read_seq
    FROM room_members m JOIN rooms r USING (room_id)
    WHERE m.account_id = $1 AND m.left_at IS NULL AND r.visible_at <= $2
        AND ($3::text IS NULL OR (-r.last_at, r.room_id)
            > (SELECT -c.last_at, c.room_id FROM rooms c WHERE c.room_id = $3))
    ORDER BY r.last_at DESC, r.room_id LIMIT $4
)
SELECT p.*, t.match_id, e.seq, e.at, e.name, e.sender, e.cid, e.sealed,
    (SELECT count(*) FROM (
        SELECT FROM room_events u
        WHERE u.room_id = p.room_id AND u.seq > p.read_seq AND u.name = $5 AND u.sender <> p.me
            AND NOT u.deleted
        LIMIT $6) counted) AS unread
FROM page p
LEFT JOIN matches t ON t.room_id = p.room_id
LEFT JOIN room_events e ON e.room_id = p.room_id AND e.seq = p.last_seq
ORDER BY p.last_at DESC, p.room_id
"""

MEMBERS = """
SELECT room_id, alias, nickname FROM room_members
WHERE room_id = ANY($1::text[]) AND left_at IS NULL ORDER BY room_id, alias
"""

ALIAS = """
SELECT m.alias FROM room_members m JOIN rooms r USING (room_id)
WHERE m.account_id = $1 AND m.room_id = $2 AND m.left_at IS NULL AND r.visible_at <= $3
"""


class PgRoomDirectory:
    """How members find their rooms; engine.ports.rooms.RoomDirectory."""

    def __init__(self, postgres: Postgres, vault: Vault) -> None:
        self._postgres = postgres
        self._vault = vault

    async def marks(self, account: AccountId, *, now_ms: int, limit: int) -> Sequence[RoomMark]:
        """Own visible rooms, the most recently active first."""
        rows = await self._postgres.once(_marks, account, now_ms, limit)
        return [
            RoomMark(row["room_id"], row["epoch"], row["last_seq"], row["read_seq"]) for row in rows
        ]

    async def rooms(
        self, account: AccountId, *, now_ms: int, after: RoomId | None, limit: int
    ) -> Sequence[RoomSummary]:
        """Own visible rooms with their members and last event, the most recently active first."""
        rows, members = await self._postgres.run(_rooms, account, now_ms, after, limit)
        people = by_room(members)
        return [self._summary(row, people.get(row["room_id"], ())) for row in rows]

    async def alias_in(self, room: RoomId, account: AccountId, *, now_ms: int) -> Alias:
        """Return one's own alias in the room; raises NotFound for who is not in it."""
        alias = await self._postgres.once(_alias, room, account, now_ms)
        if alias is None:
            raise NotFound
        return alias

    def _summary(self, row: Record, members: Sequence[Record]) -> RoomSummary:
        room: RoomId = row["room_id"]
        self._vault.learn(room, row["key_wrapped"])
        return RoomSummary(
            room=room,
            kind=RoomKind(row["kind"]),
            epoch=row["epoch"],
            seq=row["last_seq"],
            read=row["read_seq"],
            unread=row["unread"],
            me=row["me"],
            members=tuple((m["alias"], m["nickname"]) for m in members),
            closed=row["closed_at"] is not None,
            match=row["match_id"],
            group=row["group_id"],
            last=None if row["seq"] is None else event_from(row, self._vault, room),
        )


async def _marks(db: Connection, account: AccountId, now_ms: int, limit: int) -> list[Record]:
    return await db.fetch(MARKS, account, now_ms, limit)


async def _rooms(
    db: Connection, account: AccountId, now_ms: int, after: RoomId | None, limit: int
) -> tuple[list[Record], list[Record]]:
    name = EventName.MESSAGE.value
    rows = await db.fetch(ROOMS, account, now_ms, after, limit, name, UNREAD_MESSAGES_MAX)
    return rows, await db.fetch(MEMBERS, [row["room_id"] for row in rows])


async def _alias(db: Connection, room: RoomId, account: AccountId, now_ms: int) -> Alias | None:
    alias: Alias | None = await db.fetchval(ALIAS, account, room, now_ms)
    return alias
