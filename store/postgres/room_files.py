"""Pictures and voices of rooms: the bytes in the store of files, their keys in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import NotFound, RoomClosed
from engine.ids import AccountId, Alias, FileId, RoomId
from engine.limits_files import ROOM_FILE_UNSENT_MS, ROOM_FILES_BATCH
from engine.model.blob import BlobKey, Shelf
from engine.ports.room_files import RoomFile, RoomUpload
from store.bundle import Chance
from store.connection import Connection, Record
from store.postgres.doomed import announce, claim
from store.postgres.leaving import hold
from store.postgres.pool import Postgres
from store.sealed_files import SealedFiles

SEAT = """
SELECT m.alias, r.closed_at IS NOT NULL OR r.closing AS closed
FROM room_members m JOIN rooms r USING (room_id)
WHERE m.account_id = $1 AND m.room_id = $2 AND m.left_at IS NULL AND r.visible_at <= $3
"""

DROP = "DELETE FROM room_files WHERE room_id = $1 AND alias = $2 AND cid = $3"

KEEP = """
INSERT INTO room_files (name, room_id, account_id, alias, cid, kind, key_wrapped, unsent_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

FILE = "SELECT kind, key_wrapped FROM room_files WHERE room_id = $1 AND name = $2"

# A file is looked at once: its message has come by then, or never will.
SENT = """
WITH old AS (
    SELECT name FROM room_files WHERE unsent_at <= $1 ORDER BY unsent_at LIMIT $2
    FOR UPDATE SKIP LOCKED
), kept AS (
    UPDATE room_files f SET unsent_at = NULL FROM old
    WHERE f.name = old.name AND EXISTS (
        SELECT FROM room_events e
        WHERE e.room_id = f.room_id AND e.sender = f.alias AND e.cid = f.cid AND NOT e.deleted)
    RETURNING f.name
), gone AS (
    DELETE FROM room_files f USING old
    WHERE f.name = old.name AND NOT EXISTS (
        SELECT FROM room_events e
        WHERE e.room_id = f.room_id AND e.sender = f.alias AND e.cid = f.cid AND NOT e.deleted)
)
SELECT count(*) FROM old
"""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file that is written, and what its row will say."""

    key: BlobKey
    upload: RoomUpload
    key_wrapped: bytes


class PgRoomFiles:
    """Files of rooms; engine.ports.room_files.RoomFiles."""

    def __init__(self, postgres: Postgres, files: SealedFiles, chance: Chance) -> None:
        self._postgres = postgres
        self._files = files
        self._chance = chance

    async def put(
        self, room: RoomId, account: AccountId, upload: RoomUpload, *, now_ms: int
    ) -> FileId:
        """Keep a file, in place of one for the same message; return its name."""
        key = BlobKey(Shelf.CHAT, self._chance.fresh_id())
        await self._postgres.run(_announce, room, account, key, now_ms)
        kept = _Kept(key, upload, await self._files.put(key, upload.data))
        await self._postgres.run(_keep, room, account, kept, now_ms)
        return FileId(key.name)

    async def get(self, room: RoomId, account: AccountId, file: FileId, *, now_ms: int) -> RoomFile:
        """Return a file of the room; raises NotFound."""
        row = await self._postgres.once(_file, room, account, file, now_ms)
        data = await self._files.get(BlobKey(Shelf.CHAT, file), row["key_wrapped"])
        return RoomFile(file, row["kind"], data)

    async def purge(self, *, now_ms: int) -> int:
        """Let go of files whose message never came; return how many were looked at."""
        return await self._postgres.run(_purge, now_ms)


async def _seat(db: Connection, room: RoomId, account: AccountId, now_ms: int) -> Record:
    seat = await db.fetchrow(SEAT, account, room, now_ms)
    if seat is None:
        raise NotFound
    return seat


async def _open_seat(db: Connection, room: RoomId, account: AccountId, now_ms: int) -> Alias:
    await hold(db, account)
    seat = await _seat(db, room, account, now_ms)
    if seat["closed"]:
        raise RoomClosed
    return Alias(seat["alias"])


async def _announce(
    db: Connection, room: RoomId, account: AccountId, key: BlobKey, now_ms: int
) -> None:
    await _open_seat(db, room, account, now_ms)
    await announce(db, key, now_ms)


async def _keep(db: Connection, room: RoomId, account: AccountId, kept: _Kept, now_ms: int) -> None:
    # Whoever left while the file was written says nothing there any more.
    alias = await _open_seat(db, room, account, now_ms)
    upload = kept.upload
    await db.execute(DROP, room, alias, upload.cid)
    await claim(db, kept.key)
    said = (alias, upload.cid, upload.kind, kept.key_wrapped, now_ms + ROOM_FILE_UNSENT_MS)
    await db.execute(KEEP, kept.key.name, room, account, *said)


async def _file(
    db: Connection, room: RoomId, account: AccountId, file: FileId, now_ms: int
) -> Record:
    await _seat(db, room, account, now_ms)
    row = await db.fetchrow(FILE, room, file)
    if row is None:
        raise NotFound
    return row


async def _purge(db: Connection, now_ms: int) -> int:
    looked: int = await db.fetchval(SENT, now_ms, ROOM_FILES_BATCH)
    return looked
