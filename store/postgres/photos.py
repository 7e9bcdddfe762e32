"""Photos of members: the bytes in the store of files, their keys in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import BadRequest, NotFound
from engine.ids import AccountId, FileId, GroupId, MatchId
from engine.model.blob import BlobKey, Shelf
from engine.model.group import GroupType
from engine.model.picture import FileKind, Picture
from engine.model.reveal import RevealStep
from engine.ports.photos import Photo
from engine.rooms.reveals import reveal_from
from store.bundle import Chance
from store.connection import Connection, Record
from store.postgres.doomed import announce, claim, drop_photo
from store.postgres.leaving import hold
from store.postgres.pool import Postgres
from store.postgres.room_rows import event_from
from store.sealed_files import SealedFiles
from store.vault import Vault

PLACE = """
SELECT g.type FROM memberships m JOIN groups g USING (group_id)
WHERE m.group_id = $1 AND m.account_id = $2 AND m.state IN ('active', 'pending')
    AND g.ended_at IS NULL
"""

KEEP = """
INSERT INTO member_photos (group_id, account_id, name, kind, key_wrapped)
VALUES ($1, $2, $3, $4, $5)
"""

PHOTO = """
SELECT p.name, p.kind, p.key_wrapped
FROM member_photos p JOIN memberships m USING (group_id, account_id) JOIN groups g USING (group_id)
WHERE p.group_id = $1 AND p.account_id = $2 AND m.state IN ('active', 'pending')
    AND g.ended_at IS NULL
"""

PEER = """
SELECT t.group_id, r.room_id, r.key_wrapped AS room_key,
    CASE WHEN t.low_id = $2 THEN t.high_id ELSE t.low_id END AS peer_id,
    e.seq, e.at, e.name, e.sender, e.cid, e.sealed
FROM matches t JOIN rooms r USING (room_id), LATERAL (
    SELECT seq, at, name, sender, cid, sealed FROM room_events
    WHERE room_id = t.room_id
        AND name IN ('reveal.offered', 'reveal.withdrawn', 'reveal.done')
    ORDER BY seq DESC LIMIT 1) e
WHERE t.match_id = $1 AND $2 IN (t.low_id, t.high_id) AND t.ended_at IS NULL AND t.visible_at <= $3
"""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file that is written, and what its row will say."""

    key: BlobKey
    kind: FileKind
    key_wrapped: bytes


class PgPhotos:
    """One photo for each membership; engine.ports.photos.Photos."""

    def __init__(
        self, postgres: Postgres, files: SealedFiles, vault: Vault, chance: Chance
    ) -> None:
        self._postgres = postgres
        self._files = files
        self._vault = vault
        self._chance = chance

    async def put(
        self, group: GroupId, account: AccountId, picture: Picture, *, now_ms: int
    ) -> FileId:
        """Keep a photo in place of the one before; return its name."""
        key = BlobKey(Shelf.PHOTOS, self._chance.fresh_id())
        await self._postgres.run(_announce, group, account, key, now_ms)
        kept = _Kept(key, picture.kind, await self._files.put(key, picture.data))
        await self._postgres.run(_keep, group, account, kept)
        return FileId(key.name)

    async def mine(self, group: GroupId, account: AccountId) -> Photo:
        """Return one's own photo; raises NotFound."""
        return await self._read(group, account)

    async def of_peer(self, match: MatchId, viewer: AccountId, *, now_ms: int) -> Photo:
        """Return the photo of the other one of a match, once both have revealed theirs."""
        row = await self._postgres.once(_peer, match, viewer, now_ms)
        if row is None:
            raise NotFound
        self._vault.learn(row["room_id"], row["room_key"])
        revealed = reveal_from(event_from(row, self._vault, row["room_id"]))
        if RevealStep.PHOTO not in revealed.steps:
            raise NotFound
        return await self._read(GroupId(row["group_id"]), AccountId(row["peer_id"]))

    async def remove(self, group: GroupId, account: AccountId) -> None:
        """Take one's photo away, if there is one; raises NotFound."""
        await self._postgres.run(_remove, group, account)

    async def _read(self, group: GroupId, account: AccountId) -> Photo:
        row = await self._postgres.once(_photo, group, account)
        if row is None:
            raise NotFound
        name = FileId(row["name"])
        data = await self._files.get(BlobKey(Shelf.PHOTOS, name), row["key_wrapped"])
        return Photo(name, FileKind(row["kind"]), data)


async def _check_place(db: Connection, group: GroupId, account: AccountId) -> None:
    await hold(db, account)
    kind = await db.fetchval(PLACE, group, account)
    if kind is None:
        raise NotFound
    if kind == GroupType.INSTANCE:
        raise BadRequest("at a meeting one has a nickname only")


async def _announce(
    db: Connection, group: GroupId, account: AccountId, key: BlobKey, now_ms: int
) -> None:
    await _check_place(db, group, account)
    await announce(db, key, now_ms)


async def _keep(db: Connection, group: GroupId, account: AccountId, kept: _Kept) -> None:
    # Whoever left while the file was written has no place to keep it any more.
    await _check_place(db, group, account)
    await drop_photo(db, group, account)
    await claim(db, kept.key)
    await db.execute(KEEP, group, account, kept.key.name, kept.kind.value, kept.key_wrapped)


async def _remove(db: Connection, group: GroupId, account: AccountId) -> None:
    await hold(db, account)
    if await db.fetchval(PLACE, group, account) is None:
        raise NotFound
    await drop_photo(db, group, account)


async def _photo(db: Connection, group: GroupId, account: AccountId) -> Record | None:
    return await db.fetchrow(PHOTO, group, account)


async def _peer(db: Connection, match: MatchId, viewer: AccountId, now_ms: int) -> Record | None:
    return await db.fetchrow(PEER, match, viewer, now_ms)
