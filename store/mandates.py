"""Mandates as they are kept: sealed, each for the row that it stands in."""

from __future__ import annotations

from base64 import b64decode, b64encode

from store.vault import Vault

# In front of what is sealed: KakaoPay's of before stand in their rows as they came, until they end.
_SEALED = "sealed:"


class Mandates:
    """Seals and opens them: whoever reads the database can charge nobody."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, mandate: str, row: str) -> str:
        """Return what is kept."""
        return _SEALED + b64encode(self._vault.seal(mandate.encode(), _place(row))).decode()

    def open(self, kept: str, row: str) -> str:
        """Return what was sealed; raises Unsealable."""
        if not kept.startswith(_SEALED):
            return kept
        return self._vault.open(b64decode(kept.removeprefix(_SEALED)), _place(row)).decode()


def _place(row: str) -> str:
    return f"mandate|{row}"
