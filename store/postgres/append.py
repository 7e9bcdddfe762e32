"""Group commit: the events of many rooms in one statement, one round trip, one flush to disk."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ids import Alias, RoomId
from engine.rooms.events import Append, Event, EventName, Lost, Outcome, Repeated, Written
from store.connection import Connection, Record
from store.postgres.pool import Postgres
from store.postgres.room_rows import by_room, event_from, sealed_body
from store.vault import Vault

# One statement is one transaction, so all of it is written or nothing.
#
# `repeated` looks for cids that are in the log already; their rooms write nothing. It sees the
# state when the statement began. That is enough: had another owner written to the room since, the
# update below would wait for it, look at the row again and find another seq or fence (I4).
#
# `taken` locks the rooms in the order of the arrays, which are sorted: two owners that fight for
# the same rooms wait for each other instead of dying of a deadlock.
APPEND = """
WITH fresh AS MATERIALIZED (
    SELECT * FROM unnest($6::text[], $7::bigint[], $8::bigint[], $9::text[], $10::text[],
        $11::text[], $12::bytea[]) AS f(room_id, seq, at, name, sender, cid, sealed)
), repeated AS MATERIALIZED (
    SELECT e.room_id, e.seq, e.at, e.name, e.sender, e.cid, e.sealed
    FROM fresh f JOIN room_events e
        ON e.room_id = f.room_id AND e.sender = f.sender AND e.cid = f.cid
), taken AS (
    UPDATE rooms r SET
        last_seq = w.base_seq + w.events,
        last_at = greatest(r.last_at, w.at),
        closed_at = CASE WHEN w.closes THEN w.at ELSE r.closed_at END,
        closing = r.closing OR w.closes
    FROM (
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
            $16::bool[]) AS u(room_id, fence, base_seq, events, at, closes)
    ) w
    WHERE r.room_id = w.room_id AND r.fence = w.fence AND r.last_seq = w.base_seq
        AND (w.events = 0 OR (r.closed_at IS NULL AND (w.closes OR NOT r.closing)))
        AND NOT EXISTS (SELECT FROM repeated p WHERE p.room_id = w.room_id)
    RETURNING r.room_id
), written AS (
    INSERT INTO room_events (room_id, seq, at, name, sender, cid, sealed)
    SELECT f.* FROM fresh f WHERE f.room_id IN (SELECT t.room_id FROM taken t)
), marked AS (
    UPDATE room_members m SET read_seq = greatest(m.read_seq, x.seq)
    FROM unnest($13::text[], $14::text[], $15::bigint[]) AS x(room_id, alias, seq)
    WHERE m.room_id = x.room_id AND m.alias = x.alias
        AND x.room_id IN (SELECT t.room_id FROM taken t)
)
SELECT room_id, NULL::bigint AS seq, NULL::bigint AS at, NULL AS name, NULL AS sender, NULL AS cid,
    NULL::bytea AS sealed
FROM taken
UNION ALL
SELECT * FROM repeated
"""

KEYS = "SELECT room_id, key_wrapped FROM rooms WHERE room_id = ANY($1::text[])"

Columns = tuple[list[object], ...]


async def appended(
    postgres: Postgres, vault: Vault, appends: Sequence[Append]
) -> Sequence[Outcome]:
    """Write the appends and say what became of each."""
    if not appends:
        return []
    await _learn_keys(postgres, vault, appends)
    # A room whose key is gone is gone itself.
    known = [append for append in appends if vault.knows(append.room)]
    columns = _columns(vault, sorted(known, key=lambda append: append.room))
    rows = await postgres.once(_append, columns)
    written = {row["room_id"] for row in rows if row["seq"] is None}
    repeated = by_room(row for row in rows if row["seq"] is not None)
    return [_outcome(append, written, repeated, vault) for append in appends]


async def _learn_keys(postgres: Postgres, vault: Vault, appends: Sequence[Append]) -> None:
    """Fetch keys that were put away; usually the claim of a room has just brought its key."""
    missing = [append.room for append in appends if not vault.knows(append.room)]
    if missing:
        for row in await postgres.once(_keys, missing):
            vault.learn(row["room_id"], row["key_wrapped"])


def _outcome(
    append: Append,
    written: set[RoomId],
    repeated: dict[RoomId, list[Record]],
    vault: Vault,
) -> Outcome:
    if append.room in written:
        return Written()
    if append.room in repeated:
        known: dict[tuple[Alias, str], Event] = {}
        for row in repeated[append.room]:
            known[row["sender"], row["cid"]] = event_from(row, vault, append.room)
        return Repeated(known)
    return Lost()


def _columns(vault: Vault, appends: Sequence[Append]) -> Columns:
    """Lay the appends out as the arrays of the statement."""
    rooms: Columns = ([], [], [], [], [])
    closes: list[object] = []
    events: Columns = ([], [], [], [], [], [], [])
    reads: Columns = ([], [], [])
    for append in appends:
        at = append.events[-1].at if append.events else 0
        facts = (append.room, append.fence, append.base_seq, len(append.events), at)
        _add(rooms, facts)
        closes.append(any(event.name is EventName.CLOSED for event in append.events))
        for seq, event in enumerate(append.events, start=append.base_seq + 1):
            assert event.seq == seq, "the log may not skip or repeat"
            sealed = sealed_body(vault, append.room, event)
            name = event.name.value
            _add(events, (append.room, seq, event.at, name, event.sender, event.cid, sealed))
        for alias, seq in append.reads.items():
            _add(reads, (append.room, alias, seq))
    return (*rooms, *events, *reads, closes)


def _add(columns: Columns, row: tuple[object, ...]) -> None:
    for column, value in zip(columns, row, strict=True):
        column.append(value)


async def _append(db: Connection, columns: Columns) -> list[Record]:
    return await db.fetch(APPEND, *columns)


async def _keys(db: Connection, rooms: list[RoomId]) -> list[Record]:
    return await db.fetch(KEYS, rooms)
