"""The node: owns every actor of a process, starts them, watches them, and lets them go in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio

from actors.commands import Post
from actors.committer import Committer
from actors.dispatcher import Dispatcher
from actors.herald import Herald
from actors.likes import LikeDesk
from actors.people import People
from actors.pools import PoolDesk
from actors.reveals import RevealDesk
from actors.rooms import Rooms
from actors.solving import Solving
from actors.turns import Turns
from actors.unheard import Unheard
from engine.ids import AccountId, NodeId, RoomId
from engine.limits import DRAIN_S
from engine.model.policy import Policy
from engine.ports.bus import Bus, MembersMoved, OutboxNudge
from engine.ports.likes import Likes
from engine.ports.meter import Meter
from engine.ports.outbox import Outbox
from engine.ports.pushes import PushLooks
from engine.ports.rooms import RoomLog
from engine.ports.tickets import Tickets

# How often idle actors are looked for; a tenth of the time they may be idle.
_SWEEP_S = 5.0


@dataclass(frozen=True, slots=True)
class NodeParts:
    """What a node is built from."""

    log: RoomLog
    likes: Likes
    outbox: Outbox
    push_looks: PushLooks
    tickets: Tickets
    solving: Solving
    policy: Policy
    meter: Meter
    now_ms: Callable[[], int]
    fresh_id: Callable[[], str]
    bus: Bus | None = None  # to the other processes of the deployment
    pool_log: Callable[[], Callable[[bytes], None]] | None = None  # where a new pool is logged


class Node:
    """The actors of one process. Asks point down (session, room, store), tells point up."""

    def __init__(self, parts: NodeParts, nursery: trio.Nursery, *, dispatch: bool = True) -> None:
        self.policy = parts.policy
        self.now_s = trio.current_time
        self.people = People(parts.policy.chat, parts.policy.pools)
        self.turns = Turns(may_wait=lambda command: type(command) is Post)
        self.committer = Committer(parts.log, parts.meter, self.turns)
        name = NodeId(parts.fresh_id())
        self.rooms = Rooms(
            parts.log,
            self.committer,
            node=name,
            nursery=nursery,
            policy=parts.policy,
            now_ms=parts.now_ms,
            meter=parts.meter,
            turns=self.turns,
        )
        self.dispatcher = Dispatcher(
            parts.outbox, self.people, self.rooms, now_ms=parts.now_ms, meter=parts.meter
        )
        self.herald: Herald | None = None
        if parts.bus is not None:
            self.herald = Herald(
                parts.bus, self.rooms, self.dispatcher, node=name, meter=parts.meter
            )
            self.committer.wrote = self.herald.moved
        self._dispatches = dispatch
        self.likes = LikeDesk(
            parts.likes,
            parts.policy,
            alarm=self.rooms.alarm,
            nursery=nursery,
            now_ms=parts.now_ms,
            fresh_id=parts.fresh_id,
            nudge=self.nudge,
            meter=parts.meter,
        )

        self.reveals = RevealDesk(
            parts.likes, self.rooms, nursery=nursery, now_ms=parts.now_ms, meter=parts.meter
        )

        self.pools = PoolDesk(
            parts.tickets,
            parts.policy,
            parts.solving,
            nursery=nursery,
            now_ms=parts.now_ms,
            fresh_id=parts.fresh_id,
            nudge=self.nudge,
            meter=parts.meter,
        )
        self.pools.log = parts.pool_log
        self.unheard = Unheard(
            parts.push_looks, self.rooms, parts.policy, now_ms=parts.now_ms, meter=parts.meter
        )

    def spend(self, account: AccountId) -> None:
        """Take one op of the person's rates for a REST call that an op can do too."""
        if self.policy.limited:
            self.people.rates(account).ops.spend(self.now_s())

    def nudge(self) -> None:
        """Something may have been put into the outbox: whoever reads it shall look."""
        if self._dispatches:
            self.dispatcher.nudge()
        elif self.herald is not None:
            self.herald.say(OutboxNudge())

    def look_again(self, room: RoomId) -> None:
        """Let a room that is awake here look into the store before whatever it is told next."""
        self.rooms.look_again(room)
        if self.herald is not None:
            self.herald.say(MembersMoved(room))

    async def sweep(self) -> None:
        """Put idle actors away, for ever."""
        while True:
            await trio.sleep(_SWEEP_S)
            self.rooms.registry.sweep()
            self.likes.registry.sweep()
            self.reveals.registry.sweep()
            self.pools.registry.sweep()

    async def drain(self) -> None:
        """Finish the mail in order: likes and reveals, rooms, then the commit they wait for."""
        self.rooms.leave()
        await self.pools.drain()
        await self.likes.drain()
        await self.reveals.registry.drain()
        await self.rooms.drain()
        self.committer.drain()


@asynccontextmanager
async def open_node(parts: NodeParts, *, dispatch: bool = True) -> AsyncIterator[Node]:
    """Run a node; leaving the block drains it within DRAIN_S, then cancels what still runs.

    `dispatch` is False where another process delivers the outbox.
    """
    async with trio.open_nursery() as nursery:
        node = Node(parts, nursery, dispatch=dispatch)
        nursery.start_soon(node.committer.run)
        nursery.start_soon(node.turns.run)
        nursery.start_soon(node.rooms.alarm.run)
        nursery.start_soon(node.sweep)
        nursery.start_soon(node.rooms.watch)
        if node.herald is not None:
            nursery.start_soon(node.herald.speak)
            nursery.start_soon(node.herald.listen)
        if dispatch:
            nursery.start_soon(node.dispatcher.run)
            nursery.start_soon(node.pools.run)
            nursery.start_soon(node.unheard.run)
        try:
            yield node
        finally:
            with trio.CancelScope(deadline=trio.current_time() + DRAIN_S, shield=True):
                await node.drain()
            nursery.cancel_scope.cancel()
