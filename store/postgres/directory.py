"""Which rooms a person is in, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import NotFound
from engine.ids import AccountId, Alias, RoomId
from engine.limits import UNREAD_MESSAGES_MAX
from engine.rooms.events import EventName, History, Page, RoomKind, RoomMark, RoomSummary
from store.connection import Connection, Record
from store.postgres.pool import Postgres
from store.postgres.room_rows import by_room, event_from
from store.postgres.rooms import SEQ_MAX, assert_gapless
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
        r.last_at, m.alias AS me, m.read_seq, m.since_seq
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
LEFT JOIN room_events e ON e.room_id = p.room_id AND e.seq = p.last_seq AND e.seq > p.since_seq
ORDER BY p.last_at DESC, p.room_id
"""

REVEALS = """
SELECT e.* FROM unnest($1::text[]) AS w(room_id), LATERAL (
    SELECT room_id, seq, at, name, sender, cid, sealed FROM room_events
    WHERE room_id = w.room_id AND name IN ('reveal.offered', 'reveal.withdrawn', 'reveal.done')
    ORDER BY seq DESC LIMIT 1) e
"""

MEMBERS = """
SELECT room_id, alias, nickname FROM room_members
WHERE room_id = ANY($1::text[]) AND left_at IS NULL ORDER BY room_id, alias
"""

SEAT = """
SELECT m.alias, m.since_seq, r.epoch, r.key_wrapped
FROM room_members m JOIN rooms r USING (room_id)
WHERE m.account_id = $1 AND m.room_id = $2 AND m.left_at IS NULL AND r.visible_at <= $3
"""

# Whoever has left is meant too, and so is who came back under another alias: what somebody said
# stays theirs, and nobody can tell by the answer whether they have left or are hidden.
MEMBER = """
SELECT account_id, nickname FROM room_members
WHERE room_id = $1 AND (alias = $2 OR $2 = ANY(past_aliases))
"""

BEFORE = """
SELECT seq, at, name, sender, cid, sealed FROM room_events
WHERE room_id = $1 AND seq > $2 AND seq < $3 ORDER BY seq DESC LIMIT $4
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
        rows, members, reveals = await self._postgres.run(_rooms, account, now_ms, after, limit)
        people, steps = by_room(members), by_room(reveals)
        return [
            self._summary(row, people.get(row["room_id"], ()), steps.get(row["room_id"], ()))
            for row in rows
        ]

    async def account_in(
        self, room: RoomId, viewer: AccountId, alias: Alias, *, now_ms: int
    ) -> AccountId:
        """Return whom a member means by an alias of the room."""
        return await self._postgres.run(_account_in, room, viewer, alias, now_ms)

    async def history(
        self, room: RoomId, account: AccountId, *, before: int | None, limit: int, now_ms: int
    ) -> History:
        """Return the newest events below `before` that a member may see, oldest first."""
        below = SEQ_MAX if before is None else before
        found = await self._postgres.once(_history, room, account, below, limit + 1, now_ms)
        if found is None:
            raise NotFound
        seat, rows = found
        self._vault.learn(room, seat["key_wrapped"])
        events = [event_from(row, self._vault, room) for row in rows[:limit]][::-1]
        assert_gapless(events)
        page = Page(seat["epoch"], tuple(events), more=len(rows) > limit)
        return History(seat["alias"], page)

    def _summary(
        self, row: Record, members: Sequence[Record], reveals: Sequence[Record]
    ) -> RoomSummary:
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
            reveal=event_from(reveals[0], self._vault, room) if reveals else None,
        )


async def _marks(db: Connection, account: AccountId, now_ms: int, limit: int) -> list[Record]:
    return await db.fetch(MARKS, account, now_ms, limit)


async def _rooms(
    db: Connection, account: AccountId, now_ms: int, after: RoomId | None, limit: int
) -> tuple[list[Record], list[Record], list[Record]]:
    name = EventName.MESSAGE.value
    rows = await db.fetch(ROOMS, account, now_ms, after, limit, name, UNREAD_MESSAGES_MAX)
    members = await db.fetch(MEMBERS, [row["room_id"] for row in rows])
    matches = [row["room_id"] for row in rows if row["match_id"] is not None]
    return rows, members, await db.fetch(REVEALS, matches)


async def _history(
    db: Connection, room: RoomId, account: AccountId, below: int, limit: int, now_ms: int
) -> tuple[Record, list[Record]] | None:
    seat = await db.fetchrow(SEAT, account, room, now_ms)
    if seat is None:
        return None
    return seat, await db.fetch(BEFORE, room, seat["since_seq"], below, limit)


async def _account_in(
    db: Connection, room: RoomId, viewer: AccountId, alias: Alias, now_ms: int
) -> AccountId:
    if await db.fetchrow(SEAT, viewer, room, now_ms) is None:
        raise NotFound
    member = await db.fetchrow(MEMBER, room, alias)
    if member is None:
        raise NotFound("there is no such member")
    account: AccountId = member["account_id"]
    return account
