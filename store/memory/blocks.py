"""Blocks in memory."""

from __future__ import annotations

import trio

from engine.errors import BadRequest
from engine.ids import AccountId
from store.memory.state import Memory


class MemoryBlocks:
    """Who wants to have nothing to do with whom; engine.ports.blocks.Blocks."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def block(self, blocker: AccountId, blocked: AccountId, *, now_ms: int) -> None:
        """Hide two people from each other in every group."""
        await trio.lowlevel.checkpoint()
        if blocker == blocked:
            raise BadRequest("this is you")
        self._memory.blocks.add((blocker, blocked))
        self._memory.end_between(frozenset((blocker, blocked)), now_ms=now_ms)

    async def unblock(self, blocker: AccountId, blocked: AccountId) -> None:
        """Take a block back; a block the other way stays."""
        await trio.lowlevel.checkpoint()
        self._memory.blocks.discard((blocker, blocked))
