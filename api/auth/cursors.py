"""Cursors: a place in a list, sealed, good only for the same list and the same person."""

from __future__ import annotations

import msgspec
from cryptography.fernet import InvalidToken, MultiFernet

from engine.errors import BadRequest
from engine.ids import AccountId
from engine.limits import CURSOR_CHARS_MAX


class _Place(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    account: str
    list: str
    after: str


class Cursors:
    """Writes and reads them."""

    def __init__(self, box: MultiFernet) -> None:
        self._box = box

    def seal(self, account: AccountId, name: str, after: str) -> str:
        """Return the cursor behind the row `after` of the list `name`."""
        place = msgspec.json.encode(_Place(account, name, after))
        return self._box.encrypt_at_time(place, 0).decode()

    def open(self, account: AccountId, name: str, cursor: str | None) -> str | None:
        """Return the row to go on behind; raises BadRequest for a cursor of something else."""
        if cursor is None:
            return None
        wrong = BadRequest("this cursor is not of this list")
        if len(cursor) > CURSOR_CHARS_MAX or not cursor.isascii():
            raise wrong
        try:
            place = msgspec.json.decode(self._box.decrypt(cursor.encode()), type=_Place)
        except (InvalidToken, msgspec.DecodeError):
            raise wrong from None
        if place.account != account or place.list != name:
            raise wrong
        return place.after
