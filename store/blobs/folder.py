"""Files in a folder of this machine, for dev and tests; the folder is its owner's alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from engine.errors import NotFound, Unavailable
from engine.model.blob import BlobKey
from store.blobs import check_size, file_threads

_OWNER_ONLY, _FOLDER_OF_OWNER = 0o600, 0o700


class FolderBlobs:
    """Files under one folder; engine.ports.blobs.Blobs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads = file_threads()

    async def put(self, key: BlobKey, data: bytes) -> None:
        """Keep a file, whole or not at all."""
        check_size(data)
        await self._threads.run(_put, self._folder / str(key), data)

    async def get(self, key: BlobKey) -> bytes:
        """Return a file; raises NotFound."""
        return await self._threads.run(_get, self._folder / str(key))

    async def remove(self, key: BlobKey) -> None:
        """Destroy a file; one that is not there is fine."""
        await self._threads.run(_remove, self._folder / str(key))


def _put(path: Path, data: bytes) -> None:
    # Under a name that no key has, then moved: a reader finds all of it or nothing.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=_FOLDER_OF_OWNER, parents=True, exist_ok=True)
        try:
            with os.fdopen(
                os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb"
            ) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError:
        raise Unavailable("the folder of files cannot be written") from None


def _get(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFound("there is no such file") from None
    except OSError:
        raise Unavailable("the folder of files cannot be read") from None


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        raise Unavailable("the folder of files cannot be written") from None
