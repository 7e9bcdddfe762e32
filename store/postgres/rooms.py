"""The room log in PostgreSQL: claimed by one owner, written by group commit, read by pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.errors import NotFound
from engine.ids import Alias, NodeId, RoomId
from engine.limits import ROOM_TAIL_EVENTS
from engine.model.account import age_band
from engine.model.reveal import Revealable
from engine.rooms.events import (
    Append,
    Event,
    Occupant,
    Outcome,
    Page,
    Reactions,
    RoomKind,
    Snapshot,
    Veil,
)
from store.connection import Connection, Record
from store.days import year_of
from store.postgres.accounts import open_contact
from store.postgres.append import appended
from store.postgres.changes import REACTIONS, reactions_from
from store.postgres.pool import Postgres
from store.postgres.room_rows import by_room, event_from
from store.postgres.veils import by_alias, veils_of_rooms
from store.vault import Vault

# Locked in the order of their ids, since others claim and append many rooms at once as well. From
# the commit of this on, whoever held the room before cannot write: its fence is too low. A room
# that is ending has been told of, whatever the clock here says.
CLAIM = """
WITH wanted AS (
    SELECT room_id FROM rooms
    WHERE room_id = ANY($1::text[]) AND (visible_at <= $3 OR closing)
    ORDER BY room_id FOR UPDATE)
UPDATE rooms r SET fence = r.fence + 1, owner = $2 FROM wanted w WHERE r.room_id = w.room_id
RETURNING r.room_id, r.kind, r.fence, r.epoch, r.last_seq, r.closed_at, r.key_wrapped
"""

TAKEN = """
SELECT w.room_id FROM unnest($1::text[], $2::bigint[]) AS w(room_id, fence)
LEFT JOIN rooms r USING (room_id) WHERE r.fence IS DISTINCT FROM w.fence
"""

OCCUPANTS = """
SELECT m.room_id, m.alias, m.account_id, m.nickname, m.read_seq, m.since_seq,
    a.show_read_marks, coalesce(a.premium_until, 0) AS premium_until
FROM room_members m JOIN accounts a USING (account_id)
WHERE m.room_id = ANY($1::text[]) AND m.left_at IS NULL ORDER BY m.room_id, m.alias
"""

# The newest events, and beside them the newest one that says how far a reveal has come.
TAILS = """
SELECT e.*, false AS reveal FROM unnest($1::text[]) AS w(room_id), LATERAL (
    SELECT room_id, seq, at, name, sender, cid, sealed FROM room_events
    WHERE room_id = w.room_id ORDER BY seq DESC LIMIT $2) e
UNION ALL
SELECT e.*, true FROM unnest($1::text[]) AS w(room_id), LATERAL (
    SELECT room_id, seq, at, name, sender, cid, sealed FROM room_events
    WHERE room_id = w.room_id AND name IN ('reveal.offered', 'reveal.withdrawn', 'reveal.done')
    ORDER BY seq DESC LIMIT 1) e
ORDER BY room_id, seq
"""

REVEALABLE = """
SELECT m.alias, m.account_id, a.birth_year, a.contact_sealed, p.bio, p.interests, f.name AS photo
FROM rooms r JOIN room_members m USING (room_id) JOIN accounts a USING (account_id)
JOIN memberships p ON p.group_id = r.group_id AND p.account_id = m.account_id
LEFT JOIN member_photos f ON f.group_id = r.group_id AND f.account_id = m.account_id
WHERE r.room_id = $1 AND m.left_at IS NULL ORDER BY m.alias
"""

ROOM = "SELECT epoch, last_seq, key_wrapped FROM rooms WHERE room_id = $1"

COLUMNS = "SELECT seq, at, name, sender, cid, sealed FROM room_events"
AFTER = f"{COLUMNS} WHERE room_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"
BEFORE = f"{COLUMNS} WHERE room_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3"

SEQ_MAX = 2**53

Occupants = dict[RoomId, Sequence[Occupant]]


class PgRoomLog:
    """The durable log of every room; engine.ports.rooms.RoomLog."""

    def __init__(self, postgres: Postgres, vault: Vault) -> None:
        self._postgres = postgres
        self._vault = vault

    async def claim(
        self, rooms: Sequence[RoomId], owner: NodeId, *, now_ms: int
    ) -> Sequence[Snapshot]:
        """Become the owner of rooms: their fence rises, so that an older owner cannot write."""
        found, occupants, tails = await self._postgres.run(_claim, list(rooms), owner, now_ms)
        events = by_room(tails)
        return [
            self._snapshot(row, occupants.get(row["room_id"], ()), events.get(row["room_id"], ()))
            for row in found
        ]

    async def append(self, appends: Sequence[Append]) -> Sequence[Outcome]:
        """Write many rooms in one transaction; one outcome each, in order (group commit)."""
        return await appended(self._postgres, self._vault, appends)

    async def taken(self, held: Mapping[RoomId, int]) -> Sequence[RoomId]:
        """Which of these rooms have another fence than the one held, or are gone."""
        rows = await self._postgres.once(_taken, list(held), list(held.values()))
        return [row["room_id"] for row in rows]

    async def page(
        self, room: RoomId, *, after: int | None, before: int | None, limit: int
    ) -> Page:
        """Events after or before a seq (or the newest), oldest first; raises NotFound."""
        found = await self._postgres.once(_page, room, after, before, limit + 1)
        if found is None:
            raise NotFound
        head, rows = found
        self._vault.learn(room, head["key_wrapped"])
        events = [event_from(row, self._vault, room) for row in rows[:limit]]
        if after is None:
            events.reverse()
        assert_gapless(events)
        return Page(head["epoch"], tuple(events), more=len(rows) > limit)

    async def occupants(self, room: RoomId) -> Sequence[Occupant]:
        """Who is in the room now, by alias."""
        return (await self._postgres.run(_occupants, [room])).get(room, ())

    async def revealable(
        self, room: RoomId, *, now_ms: int, timezone: str
    ) -> Mapping[Alias, Revealable]:
        """What the two of a match would show each other."""
        rows, year = await self._postgres.once(_revealable, room), year_of(now_ms, timezone)
        return {
            row["alias"]: Revealable(
                bio=row["bio"],
                interests=tuple(row["interests"]),
                age_band=age_band(row["birth_year"], year=year),
                contact=open_contact(self._vault, row["account_id"], row["contact_sealed"]),
                photo=row["photo"],
            )
            for row in rows
        }

    async def reactions(self, room: RoomId, target: int) -> Reactions:
        """Who reacts to a message now, and with what."""
        rows = await self._postgres.once(_reactions, room, target)
        return reactions_from(rows, self._vault, room)

    def _snapshot(
        self, row: Record, occupants: Sequence[Occupant], events: Sequence[Record]
    ) -> Snapshot:
        room: RoomId = row["room_id"]
        self._vault.learn(room, row["key_wrapped"])
        tail = tuple(event_from(one, self._vault, room) for one in events if not one["reveal"])
        reveals = [event_from(one, self._vault, room) for one in events if one["reveal"]]
        assert_gapless(tail)
        assert row["last_seq"] == (tail[-1].seq if tail else 0), "the log ends at the room's seq"
        return Snapshot(
            room=room,
            kind=RoomKind(row["kind"]),
            fence=row["fence"],
            epoch=row["epoch"],
            seq=row["last_seq"],
            closed=row["closed_at"] is not None,
            occupants=tuple(occupants),
            tail=tail,
            reveal=reveals[0] if reveals else None,
        )


def assert_gapless(events: Sequence[Event]) -> None:
    seqs = [event.seq for event in events]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs))) if seqs else True, "a gap in the log"


async def _claim(
    db: Connection, rooms: list[RoomId], owner: NodeId, now_ms: int
) -> tuple[list[Record], Occupants, list[Record]]:
    found = await db.fetch(CLAIM, rooms, owner, now_ms)
    ids = [row["room_id"] for row in found]
    occupants = await _occupants(db, ids)
    return found, occupants, await db.fetch(TAILS, ids, ROOM_TAIL_EVENTS)


async def _taken(db: Connection, rooms: list[RoomId], fences: list[int]) -> list[Record]:
    return await db.fetch(TAKEN, rooms, fences)


async def _occupants(db: Connection, rooms: list[RoomId]) -> Occupants:
    members = by_room(await db.fetch(OCCUPANTS, rooms))
    veils = by_room(await veils_of_rooms(db, rooms))
    found: Occupants = {}
    for room, rows in members.items():
        theirs = by_alias(veils.get(room, ()))
        found[room] = [_occupant(row, theirs.get(row["alias"], ())) for row in rows]
    return found


def _occupant(row: Record, veils: tuple[Veil, ...]) -> Occupant:
    return Occupant(
        alias=row["alias"],
        account=row["account_id"],
        nickname=row["nickname"],
        read=row["read_seq"],
        shows_read_marks=row["show_read_marks"],
        premium_until=row["premium_until"],
        since=row["since_seq"],
        veils=veils,
    )


async def _page(
    db: Connection, room: RoomId, after: int | None, before: int | None, limit: int
) -> tuple[Record, list[Record]] | None:
    head = await db.fetchrow(ROOM, room)
    if head is None:
        return None
    if after is not None:
        return head, await db.fetch(AFTER, room, after, limit)
    return head, await db.fetch(BEFORE, room, SEQ_MAX if before is None else before, limit)


async def _reactions(db: Connection, room: RoomId, target: int) -> list[Record]:
    return await db.fetch(REACTIONS, room, target)


async def _revealable(db: Connection, room: RoomId) -> list[Record]:
    return await db.fetch(REVEALABLE, room)
