"""Which rooms a person is in, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.errors import NotFound
from engine.ids import AccountId, Alias, RoomId
from engine.limits import PAGE_EVENTS_DEFAULT, UNREAD_MESSAGES_MAX
from engine.rooms.events import EventName, History, Page, RoomKind, RoomMark, RoomSummary, Veil
from engine.rooms.veils import as_seen, hidden_now, newest_seen
from store.connection import Connection, Record
from store.postgres.pool import Postgres
from store.postgres.room_rows import by_room, event_from
from store.postgres.rooms import SEQ_MAX, assert_gapless
from store.postgres.veils import Veils, veils_of
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
LEFT JOIN LATERAL (
    SELECT seq, at, name, sender, cid, sealed FROM room_events e
    WHERE e.room_id = p.room_id AND e.seq > p.since_seq
        AND e.name NOT IN ('room.parted', 'room.met')
    ORDER BY e.seq DESC LIMIT 1) e ON true
ORDER BY p.last_at DESC, p.room_id
"""

# The rooms in which somebody is hidden from the reader: few, and counted again without those.
UNREAD = """
SELECT w.room_id, (SELECT count(*) FROM (
    SELECT FROM room_events u
    WHERE u.room_id = w.room_id AND u.seq > w.read_seq AND u.name = $4 AND u.sender <> w.me
        AND NOT u.deleted AND NOT EXISTS (
            SELECT FROM room_veils v JOIN room_members o ON o.room_id = v.room_id
                AND o.account_id IN (v.low_id, v.high_id) AND o.account_id <> $5
            WHERE v.room_id = u.room_id AND $5 IN (v.low_id, v.high_id)
                AND (u.sender = o.alias OR u.sender = ANY(o.past_aliases))
                AND u.seq > v.after_seq AND (v.until_seq IS NULL OR u.seq <= v.until_seq))
    LIMIT $6) counted) AS unread
FROM unnest($1::text[], $2::text[], $3::bigint[]) AS w(room_id, me, read_seq)
"""

NEWEST = """
SELECT w.room_id, e.* FROM unnest($1::text[], $2::bigint[]) AS w(room_id, since_seq), LATERAL (
    SELECT seq, at, name, sender, cid, sealed FROM room_events
    WHERE room_id = w.room_id AND seq > w.since_seq ORDER BY seq DESC LIMIT $3) e
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


@dataclass(slots=True)
class _Listed:
    """A page of rooms, and what is beside them; the last two of those with veils only."""

    rows: list[Record]
    members: dict[RoomId, list[Record]]
    reveals: dict[RoomId, list[Record]]
    veils: Veils
    unread: dict[RoomId, int] = field(default_factory=dict)
    newest: dict[RoomId, list[Record]] = field(default_factory=dict)


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
        listed = await self._postgres.once(_rooms, account, now_ms, after, limit)
        return [self._summary(row, listed) for row in listed.rows]

    async def account_in(
        self, room: RoomId, viewer: AccountId, alias: Alias, *, now_ms: int
    ) -> tuple[AccountId, str]:
        """Return whom a member means by an alias of the room, and their nickname there."""
        return await self._postgres.once(_account_in, room, viewer, alias, now_ms)

    async def history(
        self, room: RoomId, account: AccountId, *, before: int | None, limit: int, now_ms: int
    ) -> History:
        """Return the newest events below `before` that a member may see, oldest first."""
        below = SEQ_MAX if before is None else before
        found = await self._postgres.once(_history, room, account, below, limit + 1, now_ms)
        if found is None:
            raise NotFound
        seat, rows, veils = found
        self._vault.learn(room, seat["key_wrapped"])
        events = [event_from(row, self._vault, room) for row in rows[:limit]][::-1]
        assert_gapless(events)
        seen = as_seen(events, seat["alias"], veils)
        page = Page(seat["epoch"], tuple(seen), more=len(rows) > limit)
        return History(seat["alias"], page)

    def _summary(self, row: Record, listed: _Listed) -> RoomSummary:
        room: RoomId = row["room_id"]
        self._vault.learn(room, row["key_wrapped"])
        veils = listed.veils.get(room, ())
        hidden = hidden_now(veils)
        last = None if row["seq"] is None else event_from(row, self._vault, room)
        if veils:
            rows = reversed(listed.newest.get(room, ()))
            last = newest_seen([event_from(e, self._vault, room) for e in rows], row["me"], veils)
        reveals = listed.reveals.get(room, ())
        return RoomSummary(
            room=room,
            kind=RoomKind(row["kind"]),
            epoch=row["epoch"],
            seq=row["last_seq"],
            read=row["read_seq"],
            unread=listed.unread.get(room, row["unread"]),
            me=row["me"],
            members=tuple(
                (m["alias"], m["nickname"])
                for m in listed.members.get(room, ())
                if m["alias"] not in hidden
            ),
            closed=row["closed_at"] is not None,
            match=row["match_id"],
            group=row["group_id"],
            last=last,
            reveal=event_from(reveals[0], self._vault, room) if reveals else None,
        )


async def _marks(db: Connection, account: AccountId, now_ms: int, limit: int) -> list[Record]:
    return await db.fetch(MARKS, account, now_ms, limit)


async def _rooms(
    db: Connection, account: AccountId, now_ms: int, after: RoomId | None, limit: int
) -> _Listed:
    name = EventName.MESSAGE.value
    rows = await db.fetch(ROOMS, account, now_ms, after, limit, name, UNREAD_MESSAGES_MAX)
    members = await db.fetch(MEMBERS, [row["room_id"] for row in rows])
    matches = [row["room_id"] for row in rows if row["match_id"] is not None]
    reveals = await db.fetch(REVEALS, matches)
    listed = _Listed(rows, by_room(members), by_room(reveals), await veils_of(db, account))
    apart = [row for row in rows if row["room_id"] in listed.veils]
    if apart:
        ids = [row["room_id"] for row in apart]
        mine, reads = [row["me"] for row in apart], [row["read_seq"] for row in apart]
        counted = await db.fetch(UNREAD, ids, mine, reads, name, account, UNREAD_MESSAGES_MAX)
        listed.unread = {row["room_id"]: row["unread"] for row in counted}
        since = [row["since_seq"] for row in apart]
        listed.newest = by_room(await db.fetch(NEWEST, ids, since, PAGE_EVENTS_DEFAULT))
    return listed


async def _history(
    db: Connection, room: RoomId, account: AccountId, below: int, limit: int, now_ms: int
) -> tuple[Record, list[Record], tuple[Veil, ...]] | None:
    seat = await db.fetchrow(SEAT, account, room, now_ms)
    if seat is None:
        return None
    veils = await veils_of(db, account, room)
    return seat, await db.fetch(BEFORE, room, seat["since_seq"], below, limit), veils.get(room, ())


async def _account_in(
    db: Connection, room: RoomId, viewer: AccountId, alias: Alias, now_ms: int
) -> tuple[AccountId, str]:
    if await db.fetchrow(SEAT, viewer, room, now_ms) is None:
        raise NotFound
    member = await db.fetchrow(MEMBER, room, alias)
    if member is None:
        raise NotFound("there is no such member")
    return member["account_id"], member["nickname"]
