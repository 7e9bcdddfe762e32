"""Opens the store of a contract test: the memory twin, or PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from store.asyncio_bridge import open_bridge
from store.bundle import Chance
from store.memory import open_memory_store
from store.memory.state import Memory
from store.postgres import open_postgres_store
from tests.store.hands import MemoryHands, PostgresHands
from tests.store.world import MASTER_KEY, Clock, World


@asynccontextmanager
async def open_world(place: str | None, chance: Chance, clock: Clock) -> AsyncIterator[World]:
    """A store in memory, or in the database at `place`, and hands to do what no port does."""
    if place is None:
        memory = Memory()
        store = open_memory_store(chance=chance, memory=memory)
        yield World(store, chance, clock, MemoryHands(memory))
        return
    async with (
        open_bridge() as bridge,
        open_postgres_store(bridge, place, master_key=MASTER_KEY, chance=chance) as store,
    ):
        yield World(store, chance, clock, PostgresHands(bridge, place))
