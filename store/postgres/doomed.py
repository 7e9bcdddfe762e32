"""Files that are nobody's, in PostgreSQL: a trigger dooms them, a worker destroys them."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ids import AccountId, GroupId
from engine.limits_files import DOOMED_FILES_BATCH, UPLOAD_UNCLAIMED_MS
from engine.model.blob import BlobKey, Shelf
from store.connection import Connection, Record
from store.postgres.pool import Postgres
from store.sealed_files import SealedFiles

# What is about to be written: nobody's, until a row claims it.
ANNOUNCE = "INSERT INTO doomed_files (shelf, name, due_at) VALUES ($1, $2, $3)"

CLAIM = "DELETE FROM doomed_files WHERE shelf = $1 AND name = $2"

DUE = "SELECT shelf, name FROM doomed_files WHERE due_at <= $1 ORDER BY due_at LIMIT $2"

DESTROYED = """
DELETE FROM doomed_files d USING unnest($1::text[], $2::text[]) AS x(shelf, name)
WHERE d.shelf = x.shelf AND d.name = x.name
"""


DROP_PHOTO = "DELETE FROM member_photos WHERE group_id = $1 AND account_id = $2"

DROP_REVIEW = """
DELETE FROM group_reviews WHERE group_id = $1 AND account_id = $2 AND state = 'open'
"""

DROP_REVIEWS = "DELETE FROM group_reviews WHERE group_id = $1 AND state = 'open'"

DROP_PHOTOS = "DELETE FROM member_photos WHERE group_id = $1"


async def drop_photo(db: Connection, group: GroupId, account: AccountId) -> None:
    """Take a photo away; a trigger dooms its file."""
    await db.execute(DROP_PHOTO, group, account)


async def drop_review(db: Connection, group: GroupId, account: AccountId) -> None:
    """Forget a paper that nobody has decided on, with its file."""
    await db.execute(DROP_REVIEW, group, account)


async def drop_files(db: Connection, group: GroupId) -> None:
    """Take all photos of a group away, and the papers that nobody has decided on."""
    await db.execute(DROP_PHOTOS, group)
    await db.execute(DROP_REVIEWS, group)


async def announce(db: Connection, key: BlobKey, now_ms: int) -> None:
    """Note a file before it is written: whoever stops in between leaves nothing behind."""
    await db.execute(ANNOUNCE, key.shelf.value, key.name, now_ms + UPLOAD_UNCLAIMED_MS)


async def claim(db: Connection, key: BlobKey) -> None:
    """Say in the transaction of its row that a file has an owner now."""
    await db.execute(CLAIM, key.shelf.value, key.name)


class PgDoomedFiles:
    """Destroys what is nobody's; engine.ports.photos.DoomedFiles."""

    def __init__(self, postgres: Postgres, files: SealedFiles) -> None:
        self._postgres = postgres
        self._files = files

    async def destroy_due(self, *, now_ms: int) -> int:
        """Destroy some of them; return how many."""
        keys = [
            BlobKey(Shelf(row["shelf"]), row["name"])
            for row in await self._postgres.once(_due, now_ms)
        ]
        for key in keys:
            await self._files.remove(key)
        if keys:
            await self._postgres.once(_destroyed, keys)
        return len(keys)


async def _due(db: Connection, now_ms: int) -> list[Record]:
    return await db.fetch(DUE, now_ms, DOOMED_FILES_BATCH)


async def _destroyed(db: Connection, keys: Sequence[BlobKey]) -> None:
    shelves, names = [key.shelf.value for key in keys], [key.name for key in keys]
    await db.execute(DESTROYED, shelves, names)
