"""All rooms of a node: commands by room, listeners that outlive a reload."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from itertools import islice

import trio

from actors.alarm import Alarm
from actors.audience import Audience, Listener
from actors.commands import Control, Refresh, RoomCommand, TakenOver, sender_of
from actors.committer import Committer
from actors.registry import Registry
from actors.replies import Waiter
from actors.room import RoomBehaviour
from actors.runtime import Actor
from actors.turns import Turns
from engine.errors import NotFound, Outage, Refused, Unavailable
from engine.ids import Alias, NodeId, RoomId
from engine.limits import FENCE_LOOK_ROOMS_MAX, FENCE_LOOK_S, ROOM_MAILBOX_MAX
from engine.model.policy import Policy
from engine.ports.meter import Meter
from engine.ports.rooms import RoomLog
from engine.rooms.events import RoomKind
from engine.rooms.room import Room
from engine.wire.close_codes import CloseCode


class Rooms:
    """Finds or loads the actor of a room; loading makes this node its owner."""

    def __init__(
        self,
        log: RoomLog,
        committer: Committer,
        *,
        node: NodeId,
        nursery: trio.Nursery,
        policy: Policy,
        now_ms: Callable[[], int],
        meter: Meter,
        turns: Turns | None = None,
    ) -> None:
        self._log = log
        self._committer = committer
        self._node = node
        self._policy = policy
        self.alarm = Alarm()
        self._now_ms = now_ms
        self.moved: Callable[[RoomId], None] | None = None  # hears which rooms are taken here
        self._heard = trio.Event()
        self._doubted: dict[RoomId, None] = {}  # that another process has taken or written
        self._audiences: dict[RoomId, Audience] = {}
        self._ended_unheard: dict[RoomId, Audience] = {}  # of actors that ended since the last look
        self._draining = False
        self.registry: Registry[RoomId, RoomCommand] = Registry(
            "room",
            self._load,
            nursery=nursery,
            mailbox_max=ROOM_MAILBOX_MAX,
            meter=meter,
            ended=self._ended,
            turns=turns,
            sender=sender_of,
        )
        # Hand a command to the room; raises Busy or Unavailable.
        self.tell: Callable[[RoomId, RoomCommand], None] = self.registry.tell

    def forget(self, room: RoomId, listener: Listener) -> None:
        """Stop showing a room to a listener; never waits and never fails."""
        audience = self._audiences.get(room)
        if audience is not None:
            audience.leave(listener)

    def order(self, room: RoomId, command: Control) -> None:
        """Hand the room a command of the engine itself, which passes a flood of its mail."""
        self.registry.tell(room, command, control=True)

    def order_awake(self, room: RoomId, command: Control) -> bool:
        """Do so if the room is awake, and say whether it is."""
        if self.registry.find(room) is None:
            return False
        self.order(room, command)
        return True

    def look_again(self, room: RoomId) -> None:
        """Let a room that is awake look who is in it, before whatever it is told next."""
        with suppress(Outage, Refused):  # the notice in the outbox comes anyway
            self.order_awake(room, Refresh(Waiter()))

    def shows(self, room: RoomId, listener: Listener) -> bool:
        """Say whether the listener hears of the room."""
        audience = self._audiences.get(room)
        return audience is not None and listener in audience.listeners

    def leave(self) -> None:
        """Load no room from now on: this node is leaving, and the next one may have it already."""
        self._draining = True

    async def drain(self) -> None:
        """Finish the mail of all rooms; listeners stay for their answers and are told to move."""
        self.leave()
        await self.registry.drain()

    async def _claim(self, room: RoomId) -> Room:
        if self._draining:
            # The next process may have the room already. To take it back would leave that one with
            # an old state, and its listeners without what is still written here.
            raise Unavailable("this node is leaving")
        snapshots = await self._log.claim([room], self._node, now_ms=self._now_ms())
        if not snapshots:
            raise NotFound("there is no such room")
        state = Room(snapshots[0])
        audience = self._audiences.get(room)
        if audience is None:
            audience = self._audiences[room] = Audience(room, self._policy.chat, self.alarm)
            audience.looked_seq = state.seq
        # In a group of many, who is there when would say too much about a person.
        pair = audience.pair = state.kind is RoomKind.MATCH
        audience.signals.shows_presence = pair or self._policy.chat.presence_in_groups
        audience.fence = state.fence
        if self.moved is not None:
            self.moved(room)
        return state

    async def _load(self, room: RoomId, actor: Actor[RoomCommand]) -> RoomBehaviour:
        state = await self._claim(room)
        behaviour = RoomBehaviour(
            state,
            self._audiences[room],
            actor=actor,
            committer=self._committer,
            log=self._log,
            claim=partial(self._claim, room),
            policy=self._policy,
            now_ms=self._now_ms,
        )
        await behaviour.catch_up()
        return behaviour

    def spoken(self) -> list[tuple[RoomId, Audience]]:
        """Return the rooms that have spoken since it was noted how far each was looked at."""
        ended = {room: one for room, one in self._ended_unheard.items() if one.unheard}
        self._ended_unheard = ended
        return [
            *((room, one) for room, one in self._audiences.items() if one.unheard),
            *ended.items(),
        ]

    def present(self, room: RoomId) -> frozenset[Alias]:
        """Return who has a room open."""
        audience = self._audiences.get(room)
        return frozenset() if audience is None else audience.present

    def doubt(self, room: RoomId) -> None:
        """Another process says that it has taken or written a room: look for it at once."""
        if room in self._audiences:
            self._doubted[room] = None
            self._heard.set()

    def doubt_all(self) -> None:
        """Other processes may have said so of any room."""
        for room in self._audiences:
            self.doubt(room)

    async def watch(self) -> None:
        """Find the rooms that another process has taken over from under listeners, for ever.

        Their next write would be refused, but until there is one nobody here would hear a word.
        """
        look_at = trio.current_time() + FENCE_LOOK_S
        while True:
            with trio.move_on_at(look_at):
                await self._heard.wait()
            self._heard = trio.Event()
            doubted, self._doubted = self._doubted, {}
            if trio.current_time() >= look_at:
                doubted |= {key: None for key, one in self._audiences.items() if one.listeners}
                look_at = trio.current_time() + FENCE_LOOK_S
            await self._look(doubted)

    async def _look(self, doubted: Iterable[RoomId]) -> None:
        here = self._audiences
        held = ((room, here[room].fence) for room in doubted if room in here)
        while asked := dict(islice(held, FENCE_LOOK_ROOMS_MAX)):
            with suppress(Outage):
                self._lose(await self._log.taken(asked), asked)

    def _lose(self, taken: Iterable[RoomId], held: Mapping[RoomId, int]) -> None:
        for room in taken:
            with suppress(Outage):  # a full mailbox has a write in it soon
                self.order_awake(room, TakenOver(held[room]))

    def _ended(self, room: RoomId) -> None:
        """The actor is gone; whoever still listens would hear nothing, so they come again."""
        audience = self._audiences.pop(room, None)
        if audience is not None and not self._draining:
            audience.dismiss(CloseCode.INTERNAL_RESTART)
            if audience.unheard:
                self._ended_unheard[room] = audience
