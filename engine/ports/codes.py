"""Port: how a sign-in code reaches a phone."""

from __future__ import annotations

from typing import Protocol


class TextMessages(Protocol):
    """A provider of text messages."""

    async def send(self, phone: str, text: str, *, code: str) -> None:
        """Send `text` to the number; raises Unavailable. `code` is for the dev console only."""
