"""What the bus sends over a Redis that others may read and write: sealed, dated, and of our own."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.limits_bus import BUS_AGE_S_MAX, BUS_BATCH_MAX, BUS_FRAME_BYTES_MAX
from engine.ports.bus import Id, News
from store.bundle import Chance
from store.grams import NONCE_BYTES
from store.vault import Unsealable, seal, unseal


class Broken(Exception):
    """A frame that nobody of this deployment has made just now, or not in this form."""


class _Batch(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    by: Id
    at_ms: int
    news: Annotated[list[News], msgspec.Meta(max_length=BUS_BATCH_MAX)]


class Frames:
    """Makes and reads the frames of one process; deployments of other keys share nothing."""

    def __init__(self, master_key: bytes, chance: Chance) -> None:
        # Keys of its own: what is sealed here by the thousand uses up none of the master key's.
        self._key = AESGCM(hmac.digest(master_key, b"glimpse|bus|key", sha256))
        name = hmac.digest(master_key, b"glimpse|bus|channel", sha256)[:16].hex()
        self.channel = f"glimpse:bus:{name}"
        self._chance = chance
        self._me = chance.fresh_id()
        self._decoder = msgspec.msgpack.Decoder(_Batch)

    def sealed(self, news: Sequence[News]) -> bytes:
        """Return the frame that says it."""
        packed = msgspec.msgpack.encode(_Batch(self._me, self._chance.now_ms(), list(news)))
        nonce = self._chance.secret(NONCE_BYTES)
        return seal(self._key, packed, self.channel.encode(), nonce=nonce)

    def opened(self, frame: bytes) -> Sequence[News]:
        """Return what others say in it, nothing where it is one's own; raises Broken."""
        if len(frame) > BUS_FRAME_BYTES_MAX:
            raise Broken("too large")
        try:
            batch = self._decoder.decode(unseal(self._key, frame, self.channel.encode()))
        except (Unsealable, msgspec.DecodeError):
            raise Broken("sealed with another key, or in another form") from None
        if abs(self._chance.now_ms() - batch.at_ms) > BUS_AGE_S_MAX * 1000:
            raise Broken("of another time")
        return () if batch.by == self._me else batch.news
