"""Port: files, kept outside of the database."""

from __future__ import annotations

from typing import Protocol

from engine.model.blob import BlobKey


class Blobs(Protocol):
    """Files by their keys; every call raises Unavailable where they cannot be reached."""

    async def put(self, key: BlobKey, data: bytes) -> None:
        """Keep a file; it is whole or not there, and the same key again replaces it.

        Raises TooLarge beyond BLOB_BYTES_MAX.
        """

    async def get(self, key: BlobKey) -> bytes:
        """Return a file; raises NotFound."""

    async def remove(self, key: BlobKey) -> None:
        """Destroy a file; one that is not there is fine."""
