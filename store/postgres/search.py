"""Finding messages in PostgreSQL: filters of many messages in one value, bodies of a few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.errors import NotFound
from engine.ids import AccountId, Alias, RoomId
from engine.limits import SEARCH_CANDIDATES_MAX, SEARCH_EVENTS_MAX, SEARCH_ROOMS_MAX
from engine.rooms.events import Veil
from engine.rooms.search import Found, Hit, Place, Search, says
from engine.rooms.veils import hides
from store.connection import Connection, Record
from store.grams import GRAMS_BYTES
from store.postgres.pool import Postgres
from store.postgres.room_rows import event_from
from store.postgres.veils import Veils, veils_of
from store.vault import Unsealable, Vault

OWN = """
SELECT r.room_id, r.epoch, r.last_seq, r.key_wrapped, m.alias, m.since_seq
FROM room_members m JOIN rooms r USING (room_id)
WHERE m.account_id = $1 AND m.left_at IS NULL AND r.visible_at <= $2
    AND ($3::text IS NULL OR r.room_id = $3)
ORDER BY r.last_at DESC, r.room_id LIMIT $4
"""

# Where in each room to go on: the last event of its time or before, found by halving, since `at`
# never falls in a room. An event that is gone was older.
STARTS = """
WITH RECURSIVE halving(room_id, latest, low, high) AS (
    SELECT w.room_id, w.latest, 0::bigint, w.last_seq + 1
    FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS w(room_id, last_seq, latest)
    UNION ALL
    SELECT h.room_id, h.latest,
        CASE WHEN coalesce(e.at, 0) <= h.latest THEN (h.low + h.high) / 2 ELSE h.low END,
        CASE WHEN coalesce(e.at, 0) <= h.latest THEN h.high ELSE (h.low + h.high) / 2 END
    FROM halving h
    LEFT JOIN room_events e ON e.room_id = h.room_id AND e.seq = (h.low + h.high) / 2
    WHERE h.high - h.low > 1
)
SELECT room_id, low FROM halving WHERE high - low = 1
"""

# A row of the answer is a room with the filters of some of its messages end to end, newest first,
# each behind its seq, its time, and whether it has no filter yet (_Row). One value instead of
# thousands of rows: nothing of ours runs for each of them.
WINDOWS = """
SELECT w.room_id, e.*
FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS w(room_id, high, events), LATERAL (
    SELECT min(s.seq) AS low, min(s.at) AS at, string_agg(
        int8send(s.seq) || int8send(s.at)
            || CASE WHEN s.grams = '' THEN $4::bytea ELSE '\\x00'::bytea || s.grams END,
        '' ORDER BY s.seq DESC) FILTER (WHERE s.grams IS NOT NULL) AS filters
    FROM room_events s
    WHERE s.room_id = w.room_id AND s.seq <= w.high AND s.seq > w.high - w.events
) e WHERE e.low IS NOT NULL
"""

BODIES = """
SELECT e.room_id, e.seq, e.at, e.name, e.sender, e.cid, e.sealed
FROM unnest($1::text[], $2::bigint[]) AS w(room_id, seq) JOIN room_events e USING (room_id, seq)
"""

_UNKNOWN = b"\x01" + bytes(GRAMS_BYTES)
_UNKNOWN_AT, _GRAMS_AT = 16, 17
_ROW_BYTES = _GRAMS_AT + GRAMS_BYTES


@dataclass(frozen=True, slots=True)
class _Room:
    """A room of one's own; `high` is the newest of its events to look at, all above `low`."""

    room: RoomId
    epoch: int
    me: Alias
    low: int  # what was said up to here was said before they joined
    high: int
    veils: tuple[Veil, ...] = ()

    @property
    def left(self) -> int:
        """How many events are still to be looked at."""
        return max(0, self.high - self.low)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What was looked through: candidates, newest first, of all that lies above `end`."""

    candidates: Sequence[Place]
    end: Place | None


class PgMessageSearch:
    """Finding what was said; engine.ports.rooms.MessageSearch."""

    def __init__(
        self,
        postgres: Postgres,
        vault: Vault,
        *,
        events_max: int = SEARCH_EVENTS_MAX,
        candidates_max: int = SEARCH_CANDIDATES_MAX,
    ) -> None:
        self._postgres = postgres
        self._vault = vault
        self._events_max = events_max
        self._candidates_max = candidates_max

    async def find(self, account: AccountId, search: Search, *, now_ms: int) -> Found:
        """Find messages, newest first; raises NotFound for a room that is not one's own."""
        rows, veils = await self._postgres.run(_own, account, now_ms, search.room)
        if search.room is not None and not rows:
            raise NotFound
        own = [
            replace(room, veils=veils.get(room.room, ()))
            for row in rows
            if (room := self._learned(row)) is not None
        ]
        if search.before is not None:
            own = await self._from(own, search.before)
        stretch = await self._look(own, search.wanted)
        tried = stretch.candidates[: self._candidates_max]
        hits = await self._hits({room.room: room for room in own}, tried, search)
        if len(hits) > search.limit:
            hits = hits[: search.limit]
            return Found(tuple(hits), _place(hits[-1]))
        left = len(tried) < len(stretch.candidates)
        return Found(tuple(hits), tried[-1] if left else stretch.end)

    def _learned(self, row: Record) -> _Room | None:
        # A key that was erased may still be at hand here; what it opened is gone all the same.
        if not row["key_wrapped"]:
            return None
        try:
            self._vault.learn(row["room_id"], row["key_wrapped"])
        except Unsealable:
            return None
        return _Room(row["room_id"], row["epoch"], row["alias"], row["since_seq"], row["last_seq"])

    async def _from(self, own: Sequence[_Room], before: Place) -> list[_Room]:
        """Move every room's `high` below a place."""
        # Of the same millisecond, a lesser room's messages are still to come, a greater one's not.
        latest = [before.at - (room.room > before.room) for room in own]
        highs = {before.room: before.seq - 1}
        others = [
            (room, at) for room, at in zip(own, latest, strict=True) if room.room not in highs
        ]
        if others:
            highs |= await self._postgres.once(_starts, others)
        return [replace(room, high=min(room.high, highs[room.room])) for room in own]

    async def _look(self, own: Sequence[_Room], wanted: str) -> _Stretch:
        """Look through as much as one call may, from the newest on."""
        windows = {room.room: size for room, size in _shares(own, self._events_max)}
        highs = [room.high for room in own if room.room in windows]
        if not windows:
            return _Stretch((), None)
        found = await self._postgres.once(_windows, list(windows), highs, list(windows.values()))
        lows = {room.room: room.low for room in own}
        further = (row for row in found if row["low"] > lows[row["room_id"]] + 1)
        end = max(map(_end, further), default=None)
        candidates = [place for row in found for place in self._candidates(row, wanted)]
        if end is not None:
            candidates = [place for place in candidates if place >= end]
        return _Stretch(sorted(candidates, reverse=True), end)

    def _candidates(self, row: Record, wanted: str) -> Iterator[Place]:
        room, filters = row["room_id"], row["filters"]
        if not filters:
            return
        grams = self._vault.grams_of(room)
        marks = grams.marks(filters, wanted, start=_GRAMS_AT, stride=_ROW_BYTES)
        unknown = filters[_UNKNOWN_AT::_ROW_BYTES]
        likely = int.from_bytes(marks) | int.from_bytes(unknown)
        marks, found = likely.to_bytes(len(marks)), -1
        while (found := marks.find(1, found + 1)) >= 0:
            at = found * _ROW_BYTES
            seq, time = filters[at : at + 8], filters[at + 8 : at + 16]
            yield Place(int.from_bytes(time), room, int.from_bytes(seq))

    async def _hits(
        self, own: dict[RoomId, _Room], places: Sequence[Place], search: Search
    ) -> list[Hit]:
        """Open candidates until there is one more than wanted."""
        hits: list[Hit] = []
        if not places:
            return hits
        bodies = await self._postgres.once(_bodies, places)
        for place in places:
            row = bodies.get((place.room, place.seq))
            event = None if row is None else event_from(row, self._vault, place.room)
            room = own[place.room]
            if event is not None and says(event, search.wanted) and not hides(room.veils, event):
                hits.append(Hit(room.room, room.epoch, room.me, event))
                if len(hits) > search.limit:
                    break
        return hits


def _shares(own: Sequence[_Room], events_max: int) -> Iterator[tuple[_Room, int]]:
    """Share the events that may be looked at: by the sizes of the rooms, but some to each."""
    total = sum(room.left for room in own)
    least = max(1, events_max // (2 * max(1, len(own))))
    for room in own:
        if room.left > 0:
            share = room.left if total <= events_max else room.left * events_max // (2 * total)
            yield room, min(room.left, max(least, share))


def _end(row: Record) -> Place:
    return Place(row["at"], row["room_id"], row["low"])


def _place(hit: Hit) -> Place:
    return Place(hit.event.at, hit.room, hit.event.seq)


async def _own(
    db: Connection, account: AccountId, now_ms: int, room: RoomId | None
) -> tuple[list[Record], Veils]:
    rows = await db.fetch(OWN, account, now_ms, room, SEARCH_ROOMS_MAX)
    return rows, await veils_of(db, account, room)


async def _starts(db: Connection, wanted: Sequence[tuple[_Room, int]]) -> dict[RoomId, int]:
    rooms = [room.room for room, _ in wanted]
    rows = await db.fetch(STARTS, rooms, [r.high for r, _ in wanted], [at for _, at in wanted])
    return {row["room_id"]: row["low"] for row in rows}


async def _windows(
    db: Connection, rooms: list[RoomId], highs: list[int], sizes: list[int]
) -> list[Record]:
    return await db.fetch(WINDOWS, rooms, highs, sizes, _UNKNOWN)


async def _bodies(db: Connection, places: Sequence[Place]) -> dict[tuple[RoomId, int], Record]:
    rows = await db.fetch(BODIES, [one.room for one in places], [one.seq for one in places])
    return {(row["room_id"], row["seq"]): row for row in rows}
