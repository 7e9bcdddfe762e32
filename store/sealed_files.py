"""Files that only their rows can open: each is sealed with a key of its own, which the row keeps.

Whoever drops the row has destroyed what the file says, in every copy and backup of it; the bytes
that are left are nobody's, and a worker destroys them.
"""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.model.blob import BlobKey
from engine.ports.blobs import Blobs
from store.grams import NONCE_BYTES
from store.vault import KEY_BYTES, Vault, seal, unseal


class SealedFiles:
    """Writes and reads such files."""

    def __init__(self, blobs: Blobs, vault: Vault, secret: Callable[[int], bytes]) -> None:
        self._blobs = blobs
        self._vault = vault
        self._secret = secret

    async def put(self, key: BlobKey, data: bytes) -> bytes:
        """Keep a file; return the wrapped key that opens it. Raises Unavailable."""
        plain, nonce = self._secret(KEY_BYTES), self._secret(NONCE_BYTES)
        await self._blobs.put(key, seal(AESGCM(plain), data, str(key).encode(), nonce=nonce))
        return self._vault.seal(plain, f"file-key|{key}")

    async def get(self, key: BlobKey, wrapped: bytes) -> bytes:
        """Return what a file says; raises NotFound, Unavailable."""
        plain = self._vault.open(wrapped, f"file-key|{key}")
        return unseal(AESGCM(plain), await self._blobs.get(key), str(key).encode())

    async def remove(self, key: BlobKey) -> None:
        """Destroy a file; raises Unavailable."""
        await self._blobs.remove(key)
