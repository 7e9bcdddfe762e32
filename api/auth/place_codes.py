"""The codes that a place shows: signed, each another one, good for a minute."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from engine.ids import GroupId

NONCE_BYTES = 9
_AT_BYTES, _TAG_BYTES = 6, 18
_BYTES = _AT_BYTES + NONCE_BYTES + _TAG_BYTES

# 33 bytes are 44 letters without padding.
CODE_CHARS = 44


class PlaceCodes:
    """Writes and reads codes under one key; a code of one group opens no other."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, group: GroupId, nonce: bytes, *, now_ms: int) -> str:
        """Write the code that is shown now."""
        body = now_ms.to_bytes(_AT_BYTES) + nonce
        return urlsafe_b64encode(body + self._tag(group, body)).decode()

    def read(self, group: GroupId, code: str, *, now_ms: int, within_s: int) -> bytes | None:
        """Return the nonce of a code of this group, or None for a forged or a late one."""
        if len(code) != CODE_CHARS or not code.isascii():
            return None
        try:
            data = urlsafe_b64decode(code)
        except ValueError:
            return None
        body, tag = data[:-_TAG_BYTES], data[-_TAG_BYTES:]
        # Of letters that are none, decoding leaves out some: the length says so.
        if len(data) != _BYTES or not hmac.compare_digest(tag, self._tag(group, body)):
            return None
        age_ms = now_ms - int.from_bytes(body[:_AT_BYTES])
        return body[_AT_BYTES:] if 0 <= age_ms <= within_s * 1000 else None

    def _tag(self, group: GroupId, body: bytes) -> bytes:
        return hmac.digest(self._key, group.encode() + body, sha256)[:_TAG_BYTES]
