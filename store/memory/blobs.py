"""Files in memory."""

from __future__ import annotations

import trio

from engine.errors import NotFound
from engine.model.blob import BlobKey
from store.blobs import check_size


class MemoryBlobs:
    """Files of one process; engine.ports.blobs.Blobs."""

    def __init__(self) -> None:
        self.held: dict[BlobKey, bytes] = {}

    async def put(self, key: BlobKey, data: bytes) -> None:
        """Keep a file."""
        await trio.lowlevel.checkpoint()
        check_size(data)
        self.held[key] = data

    async def get(self, key: BlobKey) -> bytes:
        """Return a file; raises NotFound."""
        await trio.lowlevel.checkpoint()
        if key not in self.held:
            raise NotFound("there is no such file")
        return self.held[key]

    async def remove(self, key: BlobKey) -> None:
        """Destroy a file; one that is not there is fine."""
        await trio.lowlevel.checkpoint()
        self.held.pop(key, None)
