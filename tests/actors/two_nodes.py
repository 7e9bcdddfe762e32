"""Two processes over one store, each with people of its own, and a bus between them or none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from engine.ids import RoomId
from engine.ports.bus import Bus
from tests.actors.world import ROOM, Client, World, open_world, settle


@dataclass(frozen=True, slots=True)
class Two:
    """`here` and `there`, over one memory."""

    here: World
    there: World

    @property
    def claims(self) -> int:
        """How often either has taken a room."""
        return self.here.log.claims + self.there.log.claims


@asynccontextmanager
async def open_two(*buses: Bus, dispatch: bool = True) -> AsyncIterator[Two]:
    """Run two nodes over one store; `there` is what serves REST where it does not dispatch."""
    mine, yours = buses or (None, None)
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(open_world(bus=mine))
        there = await stack.enter_async_context(
            open_world(memory=here.memory, bus=yours, dispatch=dispatch)
        )
        await settle()  # until both listen
        yield Two(here, there)


async def listening(world: World, *names: str, room: RoomId = ROOM) -> list[Client]:
    """Connect people who have the room open."""
    clients = [world.client(name) for name in names]
    for client in clients:
        client.say("room.open", room=room)
    await settle()
    return clients
