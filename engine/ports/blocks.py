"""Port: who wants to have nothing to do with whom."""

from __future__ import annotations

from typing import Protocol

from engine.ids import AccountId


class Blocks(Protocol):
    """Blocks between two people; whom one is for, the other never learns."""

    async def block(self, blocker: AccountId, blocked: AccountId, *, now_ms: int) -> None:
        """Hide two people from each other in every group. Repeatable; raises BadRequest (oneself).

        In one transaction their open likes of each other end, matches that were told end as by
        `Likes.end_match`, and matches that were not told vanish. Neither is shown to the other
        in a list of members or counted in its number, and a like between them is answered as
        one for somebody who has left.
        """

    async def unblock(self, blocker: AccountId, blocked: AccountId) -> None:
        """Take a block back; a block the other way stays. Repeatable."""
