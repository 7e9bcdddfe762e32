"""Photos of members in memory."""

from __future__ import annotations

import trio

from engine.errors import BadRequest, NotFound
from engine.ids import AccountId, FileId, GroupId, MatchId
from engine.limits_files import DOOMED_FILES_BATCH, UPLOAD_UNCLAIMED_MS
from engine.model.blob import BlobKey, Shelf
from engine.model.group import GroupType
from engine.model.picture import Picture
from engine.model.reveal import RevealStep
from engine.ports.blobs import Blobs
from engine.ports.photos import Photo
from engine.rooms.reveals import reveal_from
from store.bundle import Chance
from store.memory.file_rows import PhotoRow
from store.memory.groups import MemoryGroups
from store.memory.leaving import IN
from store.memory.rooms import newest_reveal
from store.memory.state import Memory


class MemoryPhotos:
    """One photo for each membership; engine.ports.photos.Photos."""

    def __init__(self, memory: Memory, groups: MemoryGroups, blobs: Blobs, chance: Chance) -> None:
        self._memory = memory
        self._groups = groups
        self._blobs = blobs
        self._chance = chance

    async def put(
        self, group: GroupId, account: AccountId, picture: Picture, *, now_ms: int
    ) -> FileId:
        """Keep a photo in place of the one before; return its name."""
        self._check_place(group, account)
        name, files = FileId(self._chance.fresh_id()), self._memory.files
        key = BlobKey(Shelf.PHOTOS, name)
        files.doomed[key] = now_ms + UPLOAD_UNCLAIMED_MS
        await self._blobs.put(key, picture.data)
        self._check_place(group, account)
        files.drop_photo(group, account)
        files.photos[group, account] = PhotoRow(name, picture.kind)
        del files.doomed[key]
        return name

    async def mine(self, group: GroupId, account: AccountId) -> Photo:
        """Return one's own photo; raises NotFound."""
        return await self._read(group, account)

    async def of_peer(self, match: MatchId, viewer: AccountId, *, now_ms: int) -> Photo:
        """Return the photo of the other one of a match, once both have revealed theirs."""
        await trio.lowlevel.checkpoint()
        row = self._memory.matches.get(match)
        if row is None or viewer not in row.sides or row.ended or row.visible_at > now_ms:
            raise NotFound
        revealed = reveal_from(newest_reveal(self._memory.rooms[row.room]))
        if RevealStep.PHOTO not in revealed.steps:
            raise NotFound
        (peer,) = row.sides - {viewer}
        return await self._read(row.group, peer)

    async def remove(self, group: GroupId, account: AccountId) -> None:
        """Take one's photo away, if there is one; raises NotFound."""
        await trio.lowlevel.checkpoint()
        self._groups.check_active(account)
        if not self._is_in(group, account):
            raise NotFound
        self._memory.files.drop_photo(group, account)

    async def _read(self, group: GroupId, account: AccountId) -> Photo:
        row = self._memory.files.photos.get((group, account))
        if row is None or not self._is_in(group, account):
            raise NotFound
        data = await self._blobs.get(BlobKey(Shelf.PHOTOS, row.name))
        return Photo(row.name, row.kind, data)

    def _check_place(self, group: GroupId, account: AccountId) -> None:
        self._groups.check_active(account)
        if not self._is_in(group, account):
            raise NotFound
        if self._memory.groups[group].type is GroupType.INSTANCE:
            raise BadRequest("at a meeting one has a nickname only")

    def _is_in(self, group: GroupId, account: AccountId) -> bool:
        held = self._memory.members.get((group, account))
        return held is not None and held.state in IN and not self._memory.groups[group].ended


class MemoryDoomedFiles:
    """Destroys what is nobody's; engine.ports.photos.DoomedFiles."""

    def __init__(self, memory: Memory, blobs: Blobs) -> None:
        self._memory = memory
        self._blobs = blobs

    async def destroy_due(self, *, now_ms: int) -> int:
        """Destroy some of them; return how many."""
        doomed = self._memory.files.doomed
        due = [key for key, due_at in doomed.items() if due_at <= now_ms][:DOOMED_FILES_BATCH]
        for key in due:
            await self._blobs.remove(key)
            doomed.pop(key, None)
        return len(due)
