"""Who is hidden from whom in the rooms they share, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable

from engine.ids import AccountId, Alias, BlockId, RoomId
from engine.ports.outbox import NoticeKind
from engine.rooms.events import Veil
from store.connection import Connection, Record
from store.postgres.outbox import tell

# Rooms are locked in the order of their ids, as by appends: what is being written now is before.
SHARED = """
SELECT r.room_id, r.last_seq, b.alias, b.nickname, o.alias AS other,
    o.nickname AS others_nickname
FROM rooms r JOIN room_members b USING (room_id) JOIN room_members o USING (room_id)
WHERE b.account_id = $1 AND o.account_id = $2 AND b.left_at IS NULL AND o.left_at IS NULL
    AND r.kind = 'group' AND NOT r.closing
ORDER BY r.room_id FOR UPDATE OF r
"""

# A veil that was lifted before anything else was said is let down again.
LET_DOWN = """
INSERT INTO room_veils (room_id, low_id, high_id, after_seq)
SELECT $1, least($2, $3), greatest($2, $3), $4 WHERE NOT EXISTS (
    SELECT FROM room_veils
    WHERE room_id = $1 AND low_id = least($2, $3) AND high_id = greatest($2, $3)
        AND until_seq IS NULL)
ON CONFLICT (room_id, low_id, high_id, after_seq) DO UPDATE SET until_seq = NULL
RETURNING room_id
"""

# What is said from now on; of all rooms, those too in which one of the two is no more.
LIFT = """
UPDATE room_veils v SET until_seq = r.last_seq FROM rooms r
WHERE v.low_id = least($1, $2) AND v.high_id = greatest($1, $2) AND v.until_seq IS NULL
    AND r.room_id = v.room_id
"""

# Who enters a room finds nobody there whom they have blocked, or who has blocked them.
# Not by the view hidden_people: a join with it reads all blocks that there are.
ENTERED = """
SELECT r.room_id, r.last_seq, m.account_id AS viewer_id, o.account_id
FROM rooms r JOIN room_members m USING (room_id)
CROSS JOIN LATERAL (
    SELECT b.blocked_id AS account_id FROM blocks b WHERE b.blocker_id = m.account_id
    UNION SELECT b.blocker_id FROM blocks b WHERE b.blocked_id = m.account_id) h
JOIN room_members o ON o.room_id = r.room_id AND o.account_id = h.account_id
WHERE r.room_id = $1 AND m.left_at IS NULL AND o.left_at IS NULL
    AND ($2::text IS NULL OR m.account_id = $2)
    AND ($2::text IS NOT NULL OR m.account_id < o.account_id)
"""

OF_ROOMS = """
SELECT v.room_id, me.alias, ARRAY[o.alias] || o.past_aliases AS hidden, v.after_seq, v.until_seq
FROM room_veils v
JOIN room_members me ON me.room_id = v.room_id AND me.account_id IN (v.low_id, v.high_id)
    AND me.left_at IS NULL
JOIN room_members o ON o.room_id = v.room_id AND o.account_id IN (v.low_id, v.high_id)
    AND o.account_id <> me.account_id
WHERE v.room_id = ANY($1::text[]) ORDER BY v.room_id, me.alias, v.after_seq
"""

OF_VIEWER = """
SELECT v.room_id, ARRAY[o.alias] || o.past_aliases AS hidden, v.after_seq, v.until_seq
FROM (
    SELECT room_id, high_id AS other_id, after_seq, until_seq FROM room_veils WHERE low_id = $1
    UNION ALL
    SELECT room_id, low_id, after_seq, until_seq FROM room_veils WHERE high_id = $1
) v
JOIN room_members o ON o.room_id = v.room_id AND o.account_id = v.other_id
WHERE $2::text IS NULL OR v.room_id = $2 ORDER BY v.room_id, v.after_seq
"""

Veils = dict[RoomId, tuple[Veil, ...]]


async def let_down(
    db: Connection, blocker: AccountId, blocked: AccountId, block: BlockId, now_ms: int
) -> None:
    """Hide two people from each other in the rooms they share; both accounts are locked."""
    for row in await db.fetch(SHARED, blocker, blocked):
        if await db.fetchval(LET_DOWN, row["room_id"], blocker, blocked, row["last_seq"]):
            await _tell(db, NoticeKind.ROOM_PARTED, row, block, now_ms)


async def lift(
    db: Connection, blocker: AccountId, blocked: AccountId, block: BlockId, now_ms: int
) -> None:
    """Show two people to each other again; what was said meanwhile stays hidden."""
    shared = await db.fetch(SHARED, blocker, blocked)
    await db.execute(LIFT, blocker, blocked)
    for row in shared:
        await _tell(db, NoticeKind.ROOM_MET, row, block, now_ms)


async def enter_veiled(db: Connection, room: RoomId, account: AccountId | None) -> None:
    """Hide those from each other who are in a room together now, by blocks of before."""
    for row in await db.fetch(ENTERED, room, account):
        pair = row["viewer_id"], row["account_id"]
        await db.execute(LET_DOWN, room, *pair, row["last_seq"])


async def veils_of_rooms(db: Connection, rooms: list[RoomId]) -> list[Record]:
    """Return who is hidden from whom in some rooms, a row for each side."""
    return await db.fetch(OF_ROOMS, rooms)


async def veils_of(db: Connection, viewer: AccountId, room: RoomId | None = None) -> Veils:
    """Return whom somebody does not see, by room."""
    found: Veils = {}
    for row in await db.fetch(OF_VIEWER, viewer, room):
        found[row["room_id"]] = (*found.get(row["room_id"], ()), veil_from(row))
    return found


def by_alias(rows: Iterable[Record]) -> dict[Alias, tuple[Veil, ...]]:
    """Group the veils of one room by whose they are."""
    found: dict[Alias, tuple[Veil, ...]] = {}
    for row in rows:
        found[row["alias"]] = (*found.get(row["alias"], ()), veil_from(row))
    return found


def veil_from(row: Record) -> Veil:
    """Read a veil."""
    return Veil(frozenset(row["hidden"]), row["after_seq"], row["until_seq"])


async def _tell(db: Connection, kind: NoticeKind, row: Record, block: BlockId, now_ms: int) -> None:
    content: dict[str, object] = {
        name: row[name] for name in ("alias", "nickname", "other", "others_nickname")
    }
    await tell(db, kind, {**content, "key": block}, due_ms=now_ms, room=row["room_id"])
