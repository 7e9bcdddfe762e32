"""What a commit changes beside new rows of the log: bodies that go, and reactions."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.ids import RoomId
from engine.rooms.events import Append, EventName, Reactions, erased_by
from store.connection import Record
from store.postgres.room_rows import sealed_body
from store.vault import Vault, open_body, seal_body

Columns = tuple[list[object], ...]

REACTIONS = """
SELECT r.key_wrapped, x.target, x.alias, x.sealed FROM rooms r JOIN room_reactions x USING (room_id)
WHERE r.room_id = $1 AND x.target = $2 ORDER BY x.alias
"""

_DELETED = EventName.DELETED  # looking a member up in its class is slow enough to show

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, ...]).decode


def add_row(columns: Columns, row: tuple[object, ...]) -> None:
    """Put one row into columns."""
    for column, value in zip(columns, row, strict=True):
        column.append(value)


def change_columns(vault: Vault, appends: Sequence[tuple[int, Append]]) -> Columns:
    """Lay out what is erased, which reactions go, and which are there now."""
    erased: Columns = ([], [], [], [])
    gone: Columns = ([], [], [], [])
    held: Columns = ([], [], [], [], [])
    for n, append in appends:
        if not _changes(append):
            continue
        room = append.room
        for deletion in append.erased:
            target = deletion.target
            (nonce,) = vault.nonces(1)
            left = erased_by(deletion)
            add_row(erased, (n, room, target, sealed_body(vault.key_of(room), room, left, nonce)))
            add_row(gone, (n, room, target, None))
        for (target, alias), emojis in append.reactions.items():
            if not emojis:
                add_row(gone, (n, room, target, alias))
                continue
            (nonce,) = vault.nonces(1)
            key, owner = vault.key_of(room), _owner(alias)
            sealed = seal_body(key, _encode(emojis), room, target, owner, nonce=nonce)
            add_row(held, (n, room, target, alias, sealed))
    return (*erased, *gone, *held)


def _changes(append: Append) -> bool:
    """Say whether an append does more than add to the log, at what a call for all of them costs."""
    if append.reactions:
        return True
    for event in append.events:  # noqa: SIM110  # `any` is a generator, and costs as much as sealing
        if event.name is _DELETED:
            return True
    return False


def reactions_from(rows: Sequence[Record], vault: Vault, room: RoomId) -> Reactions:
    """Read the reactions to one message."""
    found = {}
    for row in rows:
        vault.learn(room, row["key_wrapped"])
        found[row["alias"]] = emojis_from(row, vault, room)
    return found


def emojis_from(row: Record, vault: Vault, room: RoomId) -> tuple[str, ...]:
    """Read what one person has put to one message; the room's key has been learned."""
    seal = _owner(row["alias"])
    return _decode(open_body(vault.key_of(room), row["sealed"], room, row["target"], seal))


def _owner(alias: str) -> str:
    """Name the seal of a reaction, so that it is not taken for a message of the same person."""
    return f"{alias}|reactions"
