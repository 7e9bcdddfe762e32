"""Taking blocks back, in the tests that are about that."""

from __future__ import annotations

from engine.ids import AccountId, BlockId
from tests.store.world import World


async def unblock(world: World, blocker: AccountId, block: BlockId) -> None:
    """Take a block back."""
    await world.store.blocks.unblock(blocker, block, now_ms=world.now_ms)
