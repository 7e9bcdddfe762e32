"""Sealing: message bodies with a key per room, room keys and secrets with the master key.

AES-256-GCM with a random 96-bit nonce in front. What a sealed thing belongs to is part of the seal
(associated data), so that it cannot be moved to another row. Erasing a room's wrapped key erases
its text, backups included.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.limits import ROOM_KEYS_CACHED_MAX
from store.grams import NONCE_BYTES, Grams

KEY_BYTES = 32

CANARY = b"glimpse"


class Unsealable(Exception):
    """The key does not fit, or the bytes were changed or moved."""


class _RoomKey:
    """One key of a room for each of its purposes, made when it is first needed."""

    __slots__ = ("_grams", "_plain", "bodies")

    def __init__(self, plain: bytes) -> None:
        self._plain = plain
        self._grams: Grams | None = None
        self.bodies = AESGCM(plain)

    @property
    def grams(self) -> Grams:
        if self._grams is None:
            self._grams = Grams(self._plain)
        return self._grams


class Vault:
    """The master key and the room keys it has unwrapped."""

    def __init__(
        self,
        master_key: bytes,
        secret: Callable[[int], bytes],
        *,
        keys_max: int = ROOM_KEYS_CACHED_MAX,
    ) -> None:
        if len(master_key) != KEY_BYTES:
            raise ValueError(f"the master key has {KEY_BYTES} bytes")
        self._master = AESGCM(master_key)
        self._secret = secret
        self._keys: OrderedDict[str, _RoomKey] = OrderedDict()
        self._keys_max = keys_max

    def new_room_key(self, room: str) -> bytes:
        """Make a key for a room and return it wrapped."""
        return self.seal(self._secret(KEY_BYTES), f"room-key|{room}")

    def knows(self, room: str) -> bool:
        """Say whether the room's key is at hand."""
        return room in self._keys

    def learn(self, room: str, wrapped: bytes) -> AESGCM:
        """Unwrap the room's key and keep it for a while; the one not used longest makes place."""
        key = self._keys.get(room)
        if key is None:
            key = _RoomKey(self.open(wrapped, f"room-key|{room}"))
            self._keys[room] = key
            if len(self._keys) > self._keys_max:
                self._keys.popitem(last=False)
        return key.bodies

    def key_of(self, room: str) -> AESGCM:
        """Return a key that was learned."""
        self._keys.move_to_end(room)
        return self._keys[room].bodies

    def grams_of(self, room: str) -> Grams:
        """Return the search index of a room whose key was learned."""
        return self._keys[room].grams

    def seal(self, plain: bytes, belongs_to: str) -> bytes:
        """Seal something small with the master key."""
        return seal(self._master, plain, belongs_to.encode(), nonce=self._secret(NONCE_BYTES))

    def open(self, sealed: bytes, belongs_to: str) -> bytes:
        """Open what `seal` has sealed; raises Unsealable."""
        return unseal(self._master, sealed, belongs_to.encode())

    def nonces(self, count: int) -> Iterator[bytes]:
        """Yield random nonces, drawn at once: the system call costs as much as a short seal."""
        drawn = self._secret(NONCE_BYTES * count)
        for start in range(0, NONCE_BYTES * count, NONCE_BYTES):
            yield drawn[start : start + NONCE_BYTES]


def seal_body(
    key: AESGCM, body: bytes, room: str, seq: int, sender: str | None, *, nonce: bytes
) -> bytes:
    """Seal the body of one event of a room."""
    return nonce + key.encrypt(nonce, body, _place(room, seq, sender))


def open_body(key: AESGCM, sealed: bytes, room: str, seq: int, sender: str | None) -> bytes:
    """Open the body of one event of a room; raises Unsealable."""
    return unseal(key, sealed, _place(room, seq, sender))


def _place(room: str, seq: int, sender: str | None) -> bytes:
    return f"{room}|{seq}|{sender or ''}".encode()


def seal(key: AESGCM, plain: bytes, belongs_to: bytes, *, nonce: bytes) -> bytes:
    """Return the nonce and what only the key can open, for this `belongs_to` only."""
    return nonce + key.encrypt(nonce, plain, belongs_to)


def unseal(key: AESGCM, sealed: bytes, belongs_to: bytes) -> bytes:
    """Undo `seal`; raises Unsealable."""
    try:
        return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], belongs_to)
    except (InvalidTag, ValueError):
        raise Unsealable("sealed with another key, changed or moved") from None
