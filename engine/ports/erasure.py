"""The port of erasure: accounts whose grace has passed go, and what they wrote goes with them."""

from __future__ import annotations

from typing import Protocol


class Erasures(Protocol):
    """Erases people; what others hold stays theirs, and a ban stays a ban."""

    async def erase_due(self, *, now_ms: int) -> int:
        """Take some accounts whose time has come as far as they go; return how many wait.

        First they leave their groups and matches, as anybody does, so that the others are told.
        Once these rooms are closed (or a day later) the conversations of two go, what they said in
        groups is emptied, and the account goes with all that is about it. Raises Unavailable.
        """
