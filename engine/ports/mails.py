"""Port: how a code reaches a box of mail."""

from __future__ import annotations

from typing import Protocol


class Mails(Protocol):
    """A way to send mail."""

    async def send(self, mail: str, subject: str, text: str, *, code: str) -> None:
        """Send a text to an address; raises Unavailable. `code` is for the dev console only."""
