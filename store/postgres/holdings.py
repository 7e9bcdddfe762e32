"""All that is held about a person, in PostgreSQL: a page is one statement, by the data map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.ids import AccountId, RoomId
from engine.ports.holdings import HeldPage, Section
from store.connection import Connection, Record
from store.postgres.changes import emojis_from
from store.postgres.held_tables import HELD, mapped
from store.postgres.pool import Postgres
from store.postgres.room_rows import event_from
from store.vault import Vault

# What somebody said is looked for room by room, in each of them by an index of what is theirs.
ROOM = """
SELECT m.room_id, m.alias || m.past_aliases AS aliases, r.key_wrapped
FROM room_members m JOIN rooms r USING (room_id)
WHERE m.account_id = $1 AND m.room_id >= $2 AND r.visible_at <= $3
    AND octet_length(r.key_wrapped) > 0
ORDER BY m.room_id LIMIT 1
"""

MESSAGES = """
SELECT seq, at, name, sender, cid, sealed, cid AS part FROM room_events
WHERE room_id = $1 AND sender = ANY($2::text[]) AND (sender, cid) > ($3, $4)
    AND name = 'msg.new' AND NOT deleted
ORDER BY sender, cid LIMIT $5
"""

REACTIONS = """
SELECT target, alias, sealed, alias AS sender, target::text AS part FROM room_reactions
WHERE room_id = $1 AND alias = ANY($2::text[]) AND (alias, target::text) > ($3, $4)
ORDER BY alias, target::text LIMIT $5
"""

_IN_ROOMS: Mapping[Section, str] = {Section.MESSAGES: MESSAGES, Section.REACTIONS: REACTIONS}
_ROOM_READ = "~"  # behind a room's id: after it, and before the next one


class PgHoldings:
    """What is held about a person; engine.ports.holdings.Holdings."""

    def __init__(self, postgres: Postgres, vault: Vault) -> None:
        self._postgres = postgres
        self._vault = vault
        tables = mapped()
        self._sql = {section: held.sql(tables[section].shown) for section, held in HELD.items()}
        self._names = {section: tuple(tables[section].shown.values()) for section in HELD}

    async def page(
        self, account: AccountId, section: Section, *, after: str, limit: int, now_ms: int
    ) -> HeldPage:
        """Return the next items behind a place."""
        if section in _IN_ROOMS:
            return await self._in_rooms(account, section, after, limit, now_ms)
        rows = await self._postgres.once(_rows, self._sql[section], account, after, limit, now_ms)
        items = [self._item(section, row) for row in rows]
        return HeldPage(items, rows[-1]["held_key"] if len(rows) == limit else None)

    def _item(self, section: Section, row: Record) -> dict[str, object]:
        opened = HELD[section].opened
        return {
            name: opened[name](self._vault, row) if name in opened else row[name]
            for name in self._names[section]
        }

    async def _in_rooms(
        self, account: AccountId, section: Section, after: str, limit: int, now_ms: int
    ) -> HeldPage:
        """Read on in the room where the last page has ended, or in the next one."""
        start, *behind = after.split(" ", 2)
        room = await self._postgres.once(_room, account, start, now_ms)
        if room is None:
            return HeldPage([], None)
        name = RoomId(room["room_id"])
        place = behind if name == start else ["", ""]
        rows = await self._postgres.once(
            _rows, _IN_ROOMS[section], name, room["aliases"], *place, limit
        )
        self._vault.learn(name, room["key_wrapped"])
        items = [self._said(section, name, row) for row in rows]
        if len(rows) < limit:
            return HeldPage(items, name + _ROOM_READ)
        return HeldPage(items, f"{name} {rows[-1]['sender']} {rows[-1]['part']}")

    def _said(self, section: Section, room: RoomId, row: Record) -> dict[str, object]:
        if section is Section.REACTIONS:
            emojis = list(emojis_from(row, self._vault, room))
            return {"room": room, "seq": row["target"], "emojis": emojis}
        event = event_from(row, self._vault, room)
        return {"room": room, "seq": event.seq, "at": event.at, "content": dict(event.content)}


async def _rows(db: Connection, sql: str, *args: object) -> Sequence[Record]:
    return await db.fetch(sql, *args)


async def _room(db: Connection, account: AccountId, start: str, now_ms: int) -> Record | None:
    return await db.fetchrow(ROOM, account, start, now_ms)
