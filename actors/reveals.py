"""Reveals: finds the room of a match, whose actor decides and writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import trio

from actors.commands import Reveal, sender_of
from actors.registry import Registry
from actors.rooms import Rooms
from actors.runtime import Actor
from engine.errors import Outage, Refused
from engine.ids import MatchId, RoomId
from engine.limits import REVEAL_MAILBOX_MAX
from engine.ports.likes import Likes
from engine.ports.meter import Meter


class RevealBehaviour:
    """Hands on, in order; who is not in the room hears what a stranger hears."""

    busy = False

    def __init__(self, rooms: Rooms, room: RoomId) -> None:
        self._rooms = rooms
        self._room = room

    def receive(self, batch: Sequence[Reveal]) -> None:
        """Tell the room."""
        for command in batch:
            try:
                self._rooms.tell(self._room, command)
            except (Refused, Outage) as why:
                command.reply.fail(why)


class RevealDesk:
    """Where steps of reveals are handed in, by the name of their match."""

    def __init__(
        self,
        likes: Likes,
        rooms: Rooms,
        *,
        nursery: trio.Nursery,
        now_ms: Callable[[], int],
        meter: Meter,
    ) -> None:
        async def load(match: MatchId, _: Actor[Reveal]) -> RevealBehaviour:
            return RevealBehaviour(rooms, await likes.room_of(match, now_ms=now_ms()))

        self.registry: Registry[MatchId, Reveal] = Registry(
            "reveal",
            load,
            nursery=nursery,
            mailbox_max=REVEAL_MAILBOX_MAX,
            meter=meter,
            sender=sender_of,
        )

    def tell(self, command: Reveal) -> None:
        """Hand a step in; raises Busy or Unavailable."""
        self.registry.tell(command.match, command)
