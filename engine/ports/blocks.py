"""Port: who wants to have nothing to do with whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.ids import AccountId, BlockId, GroupId, MemberId


@dataclass(frozen=True, slots=True)
class NewBlock:
    """Whom to block, what the block is called, and the nickname under which they were met."""

    blocked: AccountId
    block: BlockId
    nickname: str


@dataclass(frozen=True, slots=True)
class Block:
    """A block as its owner lists it: nothing in it links the other's groups and rooms."""

    block: BlockId
    nickname: str
    at: int  # ms


class Blocks(Protocol):
    """Blocks between two people; whom one is for, the other never learns."""

    async def block(self, blocker: AccountId, new: NewBlock, *, now_ms: int) -> None:
        """Hide two people from each other in every group. Repeatable; raises BadRequest (oneself).

        In one transaction their open likes of each other end, matches that were told end as by
        `Likes.end_match`, and matches that were not told vanish. Neither is shown to the other
        in a list of members or counted in its number, a like between them is answered as one for
        somebody who has left, and in a room that both are in each seems to have left it. A
        second block of the same person keeps the first one's name.
        """

    async def member_of(
        self, group: GroupId, viewer: AccountId, member: MemberId
    ) -> tuple[AccountId, str]:
        """Return whom a member means by another of their group, and the nickname there.

        Raises NotFound for who is not in the group, and for a member who has left or hides from
        the viewer: the two are answered alike. Whom the viewer has blocked is found again.
        """

    async def unblock(self, blocker: AccountId, block: BlockId, *, now_ms: int) -> None:
        """Take a block back; a block the other way stays. Repeatable, also for no such block."""

    async def listed(
        self, blocker: AccountId, *, after: BlockId | None, limit: int
    ) -> Sequence[Block]:
        """One's own blocks, newest first."""
