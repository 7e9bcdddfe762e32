"""Rows of the room log to events and back: bodies are sealed in between."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.ids import RoomId
from engine.limits import SEARCH_CHARS_MIN
from engine.rooms.events import Content, Event, EventName
from engine.rooms.search import words_of
from store.connection import Record
from store.grams import GRAMS_BYTES, Message, sealed_filters
from store.vault import Vault, open_body, seal_body

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, object]).decode


def sealed_body(key: AESGCM, room: RoomId, event: Event, nonce: bytes) -> bytes:
    """Seal the content of an event with its room's key."""
    return seal_body(key, _encode(event.content), room, event.seq, event.sender, nonce=nonce)


class Searched:
    """What a search looks at, for all events of a commit; the nonces are those of the bodies.

    The same nonce serves twice because the keys differ. Whatever destroys a body sets the column
    `grams` to NULL in the same statement: the message is then not searched any more.
    """

    def __init__(self) -> None:
        self._messages: list[Message] = []

    def add(self, vault: Vault, event: Event, room: RoomId, nonce: bytes) -> int | None:
        """Take an event of a room; return where in `filters` its own begins, from 1 on."""
        words = words_of(event)
        if len(words) < SEARCH_CHARS_MIN:
            return None
        self._messages.append((vault.grams_of(room), words, nonce))
        return (len(self._messages) - 1) * GRAMS_BYTES + 1

    def filters(self) -> bytes:
        """Return the filters of all that say something."""
        return sealed_filters(self._messages)


def event_from(row: Record, vault: Vault, room: RoomId) -> Event:
    """Read an event; its room's key has been learned."""
    seq, sender = row["seq"], row["sender"]
    body = open_body(vault.key_of(room), row["sealed"], room, seq, sender)
    content: Content = _decode(body)
    return Event(seq, row["at"], EventName(row["name"]), sender, row["cid"], content)


def by_room(rows: Iterable[Record]) -> dict[RoomId, list[Record]]:
    """Group rows by their room, in their order."""
    found: dict[RoomId, list[Record]] = {}
    for row in rows:
        found.setdefault(row["room_id"], []).append(row)
    return found
