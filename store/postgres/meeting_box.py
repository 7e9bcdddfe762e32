"""What is sealed of a meeting, under the meeting's own key."""

from __future__ import annotations

from engine.ids import AccountId, DescriptionId
from engine.model.meeting import OwnLook
from engine.model.meeting_guard import Answered
from store.connection import Record
from store.meeting_words import (
    Said,
    read_answered,
    read_looks,
    read_said,
    write_answered,
    write_looks,
    write_said,
)
from store.vault import Vault, seal, unseal


class MeetingBox:
    """Opens and closes what is kept of one meeting; `row` is a row with its key."""

    def __init__(self, vault: Vault, row: Record) -> None:
        self._vault = vault
        self._group: str = row["group_id"]
        self._key = vault.learn(self._group, row["key_wrapped"])

    def code(self, sealed: bytes) -> str:
        """Open the code."""
        return self._open("code", sealed).decode()

    def close_code(self, code: str) -> bytes:
        """Close the code."""
        return self._close("code", code.encode())

    def looks(self, account: AccountId, sealed: bytes | None) -> list[OwnLook]:
        """Open every look somebody gave."""
        return [] if sealed is None else read_looks(self._open(f"looks {account}", sealed))

    def close_looks(self, account: AccountId, looks: list[OwnLook]) -> bytes:
        """Close looks."""
        return self._close(f"looks {account}", write_looks(looks))

    def said(self, name: DescriptionId, sealed: bytes) -> Said:
        """Open a description."""
        return read_said(self._open(f"said {name}", sealed))

    def close_said(self, name: DescriptionId, said: Said) -> bytes:
        """Close a description."""
        return self._close(f"said {name}", write_said(said))

    def answered(self, sealed: bytes | None) -> list[Answered]:
        """Open what was told."""
        return [] if sealed is None else read_answered(self._open("answered", sealed))

    def close_answered(self, answered: list[Answered]) -> bytes:
        """Close what was told."""
        return self._close("answered", write_answered(answered))

    def _close(self, what: str, plain: bytes) -> bytes:
        (nonce,) = self._vault.nonces(1)
        return seal(self._key, plain, self._place(what), nonce=nonce)

    def _open(self, what: str, sealed: bytes) -> bytes:
        return unseal(self._key, sealed, self._place(what))

    def _place(self, what: str) -> bytes:
        return f"meeting {self._group}|{what}".encode()
