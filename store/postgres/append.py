"""Group commit: the events of many rooms in one statement, one round trip, one flush to disk."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ids import Alias, RoomId
from engine.rooms.events import Append, Event, EventName, Lost, Outcome, Repeated, Written
from store.connection import Connection, Record
from store.grams import GRAMS_BYTES
from store.postgres.changes import change_columns
from store.postgres.literals import array_literals
from store.postgres.pool import Postgres
from store.postgres.room_rows import Searched, event_from, sealed_body
from store.vault import Vault

# One statement is one transaction, so all of it is written or nothing. `n` is the place of an
# append in the batch: a stale owner and the new one may stand for the same room in one batch.
#
# `repeated` looks for cids that are in the log already; such an append writes nothing. It sees the
# state when the statement began. That is enough: had another owner written to the room since, the
# update below would wait for it, look at the row again and find another seq or fence (I4).
#
# `taken` locks the rooms in the order of the arrays, which are sorted: two owners that fight for
# the same rooms wait for each other instead of dying of a deadlock.
#
# `(... IN ...) IS TRUE` and `NOT IN` keep the planner from making joins of these: it takes arrays
# for ten rows long and would run through all of one for each element of another.
#
# Arrays come as text, and all bodies and all filters as one value each: asyncpg looks at each
# element of an array, which cost as much as sealing and more. docs/adr/0023 has the figures.
#
# The first row of the answer names the appends that were taken; any others are repeated events.
_APPEND = """
WITH fresh AS MATERIALIZED (
    SELECT * FROM unnest($8::text::int[], $9::text::text[], $10::text::bigint[],
        $11::text::bigint[], $12::text::text[], $13::text::text[], $14::text::text[],
        $15::text::int[], $16::text::int[], $17::text::int[])
        AS f(n, room_id, seq, at, name, sender, cid, body_at, body_size, filter_at)
), repeated AS MATERIALIZED (
    SELECT f.n, e.seq, e.at, e.name, e.sender, e.cid, e.sealed
    FROM fresh f JOIN room_events e
        ON e.room_id = f.room_id AND e.sender = f.sender AND e.cid = f.cid
), taken AS (
    UPDATE rooms r SET
        last_seq = w.base_seq + w.events,
        last_at = greatest(r.last_at, w.at),
        closed_at = CASE WHEN w.closes THEN w.at ELSE r.closed_at END,
        closing = r.closing OR w.closes
    FROM unnest($1::text::int[], $2::text::text[], $3::text::bigint[], $4::text::bigint[],
        $5::text::int[], $6::text::bigint[], $7::text::bool[])
        AS w(n, room_id, fence, base_seq, events, at, closes)
    WHERE r.room_id = w.room_id AND r.fence = w.fence AND r.last_seq = w.base_seq
        AND (w.events = 0 OR (r.closed_at IS NULL AND (w.closes OR NOT r.closing)))
        AND w.n NOT IN (SELECT p.n FROM repeated p)
    RETURNING w.n
), written AS (
    INSERT INTO room_events (room_id, seq, at, name, sender, cid, sealed, grams)
    SELECT f.room_id, f.seq, f.at, f.name, f.sender, f.cid,
        substr($18::bytea, f.body_at, f.body_size), substr($19::bytea, f.filter_at, {filter_size})
    FROM fresh f WHERE (f.n IN (SELECT t.n FROM taken t)) IS TRUE
), marked AS (
    UPDATE room_members m SET read_seq = greatest(m.read_seq, x.seq)
    FROM unnest($20::text::int[], $21::text::text[], $22::text::text[], $23::text::bigint[])
        AS x(n, room_id, alias, seq)
    WHERE m.room_id = x.room_id AND m.alias = x.alias
        AND (x.n IN (SELECT t.n FROM taken t)) IS TRUE
)
{changes}
SELECT ARRAY(SELECT n FROM taken) AS taken, NULL::int AS n, NULL::bigint AS seq,
    NULL::bigint AS at, NULL AS name, NULL AS sender, NULL AS cid, NULL::bytea AS sealed
UNION ALL
SELECT NULL, * FROM repeated
"""

# Only with deletions and reactions, which are rare: an update of the log opens all its parts. The
# message that is erased was durable before, so this is not the row that is being written.
_CHANGES = """
, erased AS (
    UPDATE room_events e SET sealed = x.sealed, grams = NULL, deleted = true
    FROM unnest($24::int[], $25::text[], $26::bigint[], $27::bytea[]) AS x(n, room_id, seq, sealed)
    WHERE e.room_id = x.room_id AND e.seq = x.seq AND (x.n IN (SELECT t.n FROM taken t)) IS TRUE
), unreacted AS (
    DELETE FROM room_reactions r
    USING unnest($28::int[], $29::text[], $30::bigint[], $31::text[]) AS x(n, room_id, seq, alias)
    WHERE r.room_id = x.room_id AND r.target = x.seq AND (x.alias IS NULL OR x.alias = r.alias)
        AND (x.n IN (SELECT t.n FROM taken t)) IS TRUE
), reacted AS (
    INSERT INTO room_reactions (room_id, target, alias, sealed)
    SELECT x.room_id, x.seq, x.alias, x.sealed
    FROM unnest($32::int[], $33::text[], $34::bigint[], $35::text[], $36::bytea[])
        AS x(n, room_id, seq, alias, sealed)
    WHERE (x.n IN (SELECT t.n FROM taken t)) IS TRUE
    ON CONFLICT (room_id, target, alias) DO UPDATE SET sealed = excluded.sealed
)"""

APPEND = _APPEND.format(changes="", filter_size=GRAMS_BYTES)
APPEND_CHANGES = _APPEND.format(changes=_CHANGES, filter_size=GRAMS_BYTES)

KEYS = "SELECT room_id, key_wrapped FROM rooms WHERE room_id = ANY($1::text[])"

Arguments = tuple[object, ...]

_CLOSED = EventName.CLOSED  # looking a member up in its class is slow enough to show


async def appended(
    postgres: Postgres, vault: Vault, appends: Sequence[Append]
) -> Sequence[Outcome]:
    """Write the appends and say what became of each."""
    if not appends:
        return []
    await _learn_keys(postgres, vault, appends)
    # A room whose key is gone is gone itself.
    known = [(n, append) for n, append in enumerate(appends) if vault.knows(append.room)]
    known.sort(key=lambda one: one[1].room)
    sql, arguments = APPEND, _columns(vault, known)
    changes = change_columns(vault, known)
    if any(changes):
        sql, arguments = APPEND_CHANGES, (*arguments, *changes)
    first, *rows = await postgres.once(_append, sql, arguments)
    written = set(first["taken"])
    repeated: dict[int, list[Record]] = {}
    for row in rows:
        repeated.setdefault(row["n"], []).append(row)
    return [
        Written() if n in written else _unwritten(append, repeated.get(n, ()), vault)
        for n, append in enumerate(appends)
    ]


async def _learn_keys(postgres: Postgres, vault: Vault, appends: Sequence[Append]) -> None:
    """Fetch keys that were put away; usually the claim of a room has just brought its key."""
    missing = [append.room for append in appends if not vault.knows(append.room)]
    if missing:
        for row in await postgres.once(_keys, missing):
            vault.learn(row["room_id"], row["key_wrapped"])


def _unwritten(append: Append, rows: Sequence[Record], vault: Vault) -> Outcome:
    if not rows:
        return Lost()
    known: dict[tuple[Alias, str], Event] = {}
    for row in rows:
        known[row["sender"], row["cid"]] = event_from(row, vault, append.room)
    return Repeated(known)


def _columns(vault: Vault, appends: Sequence[tuple[int, Append]]) -> Arguments:
    """Lay the appends out as the arguments of the statement."""
    rooms: list[tuple[object, ...]] = []
    events: list[tuple[object, ...]] = []
    reads: list[tuple[object, ...]] = []
    bodies: list[bytes] = []
    searched = Searched()
    nonces = vault.nonces(sum([len(append.events) for _, append in appends]))
    begin = 1  # of the next body among all
    for n, append in appends:
        room = append.room
        last = append.events[-1] if append.events else None
        at = last.at if last is not None else 0
        # Nothing comes after the end of a room.
        closes = last is not None and last.name is _CLOSED
        count = len(append.events)
        rooms.append((n, room, append.fence, append.base_seq, count, at, closes))
        key = vault.key_of(room)
        for seq, event in enumerate(append.events, start=append.base_seq + 1):
            assert event.seq == seq, "the log may not skip or repeat"
            nonce = next(nonces)
            sealed = sealed_body(key, room, event, nonce)
            bodies.append(sealed)
            size, place = len(sealed), searched.add(vault, event, room, nonce)
            who, cid = event.sender, event.cid
            events.append((n, room, seq, event.at, event.name, who, cid, begin, size, place))
            begin += size
        for alias, seq in append.reads.items():
            reads.append((n, room, alias, seq))
    body = (*array_literals(events, width=10), b"".join(bodies), searched.filters())
    return (*array_literals(rooms, width=7), *body, *array_literals(reads, width=4))


async def _append(db: Connection, sql: str, arguments: Arguments) -> list[Record]:
    return await db.fetch(sql, *arguments)


async def _keys(db: Connection, rooms: list[RoomId]) -> list[Record]:
    return await db.fetch(KEYS, rooms)
