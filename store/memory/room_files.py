"""Pictures and voices of rooms in memory."""

from __future__ import annotations

import trio

from engine.errors import NotFound, RoomClosed
from engine.ids import AccountId, Alias, FileId, RoomId
from engine.limits_files import ROOM_FILE_UNSENT_MS, ROOM_FILES_BATCH, UPLOAD_UNCLAIMED_MS
from engine.model.blob import BlobKey, Shelf
from engine.ports.blobs import Blobs
from engine.ports.room_files import RoomFile, RoomUpload
from store.bundle import Chance
from store.memory.file_rows import RoomFileRow
from store.memory.groups import MemoryGroups
from store.memory.state import Memory, RoomRow


class MemoryRoomFiles:
    """Files of rooms; engine.ports.room_files.RoomFiles."""

    def __init__(self, memory: Memory, groups: MemoryGroups, blobs: Blobs, chance: Chance) -> None:
        self._memory = memory
        self._groups = groups
        self._blobs = blobs
        self._chance = chance

    async def put(
        self, room: RoomId, account: AccountId, upload: RoomUpload, *, now_ms: int
    ) -> FileId:
        """Keep a file, in place of one for the same message; return its name."""
        self._open_seat(room, account, now_ms)
        name, files = FileId(self._chance.fresh_id()), self._memory.files
        key = BlobKey(Shelf.CHAT, name)
        files.doomed[key] = now_ms + UPLOAD_UNCLAIMED_MS
        await self._blobs.put(key, upload.data)
        alias = self._open_seat(room, account, now_ms)
        files.drop_message(room, alias, upload.cid)
        files.said[name] = RoomFileRow(
            room, account, alias, upload.cid, upload.kind, now_ms + ROOM_FILE_UNSENT_MS
        )
        del files.doomed[key]
        return name

    async def get(self, room: RoomId, account: AccountId, file: FileId, *, now_ms: int) -> RoomFile:
        """Return a file of the room; raises NotFound."""
        await trio.lowlevel.checkpoint()
        self._seat(room, account, now_ms)
        row = self._memory.files.said.get(file)
        if row is None or row.room != room:
            raise NotFound
        return RoomFile(file, row.kind, await self._blobs.get(BlobKey(Shelf.CHAT, file)))

    async def purge(self, *, now_ms: int) -> int:
        """Let go of files whose message never came; return how many were looked at."""
        await trio.lowlevel.checkpoint()
        said = self._memory.files.said
        due = [
            (name, row)
            for name, row in said.items()
            if row.unsent_at is not None and row.unsent_at <= now_ms
        ][:ROOM_FILES_BATCH]
        for _, row in due:
            event = self._memory.rooms[row.room].by_cid.get((row.alias, row.cid))
            if event is None or event.deleted:
                self._memory.files.drop_message(row.room, row.alias, row.cid)
            else:
                row.unsent_at = None
        return len(due)

    def _seat(self, room: RoomId, account: AccountId, now_ms: int) -> tuple[RoomRow, Alias]:
        row = self._memory.rooms.get(room)
        me = row.member_of(account) if row is not None and row.visible_at <= now_ms else None
        if row is None or me is None:
            raise NotFound
        return row, me.alias

    def _open_seat(self, room: RoomId, account: AccountId, now_ms: int) -> Alias:
        self._groups.check_active(account)
        row, alias = self._seat(room, account, now_ms)
        if row.closed or row.closing:
            raise RoomClosed
        return alias
