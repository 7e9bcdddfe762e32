"""All actors of one kind: found or started by key, put away when idle, drained together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar, final

import trio

from actors.runtime import Actor, ActorStatistics, Behaviour, Crashed, M
from actors.turns import Turns
from engine.errors import Busy, Unavailable
from engine.limits import ACTORS_MAX, IDLE_S, QUARANTINE_S, QUARANTINED_MAX
from engine.ports.meter import Meter

K = TypeVar("K", bound=str)


@final
class Registry(Generic[K, M]):
    """Keyed actors in one nursery. One that crashes too often is set aside, not its neighbours."""

    def __init__(
        self,
        kind: str,
        load: Callable[[K, Actor[M]], Awaitable[Behaviour[M]]],
        *,
        nursery: trio.Nursery,
        mailbox_max: int,
        meter: Meter,
        ended: Callable[[K], None] = lambda _: None,
        turns: Turns | None = None,
        sender: Callable[[M], object | None] = lambda _: None,
    ) -> None:
        self.kind = kind
        self._load = load
        self._nursery = nursery
        self._mailbox_max = mailbox_max
        self._meter = meter
        self._ended = ended
        self._turns = turns
        self._sender = sender
        self._actors: dict[K, Actor[M]] = {}
        self._quarantined: dict[K, float] = {}
        self._closing = False
        self._empty = trio.Event()

    def __len__(self) -> int:
        return len(self._actors)

    def tell(self, key: K, message: M, *, control: bool = False) -> None:
        """Hand a command to the key's actor, started if need be; raises Busy or Unavailable."""
        actor = self._actors.get(key)
        if actor is None:
            actor = self._start(key)
        actor.tell(message, control=control)

    def find(self, key: K) -> Actor[M] | None:
        """Return the actor if it is awake."""
        return self._actors.get(key)

    def sweep(self) -> None:
        """Put away whoever has been idle long enough. No await between the look and the close."""
        now = trio.current_time()
        for key, actor in list(self._actors.items()):
            if actor.quiet and now - actor.idle_since >= IDLE_S:
                del self._actors[key]
                actor.drain()
        for key, until in list(self._quarantined.items()):
            if until <= now:
                del self._quarantined[key]

    async def drain(self) -> None:
        """Take no new mail and wait until the old is finished."""
        self._closing = True
        for actor in list(self._actors.values()):
            actor.drain()
        if self._actors:
            self._empty = trio.Event()
            await self._empty.wait()

    def statistics(self) -> Iterable[ActorStatistics]:
        """Return what an operator sees of each."""
        return (actor.statistics() for actor in self._actors.values())

    @property
    def quarantined(self) -> int:
        """How many keys are set aside."""
        return len(self._quarantined)

    def _start(self, key: K) -> Actor[M]:
        if self._closing:
            raise Unavailable("this node is leaving")
        if len(self._actors) >= ACTORS_MAX:
            raise Busy(retry_after_ms=1_000)
        if self._quarantined.get(key, 0) > trio.current_time():
            raise Unavailable("this is set aside for a while")

        async def load() -> Behaviour[M]:
            return await self._load(key, actor)

        name = f"{self.kind}:{key}"
        actor: Actor[M] = Actor(
            name,
            load,
            mailbox_max=self._mailbox_max,
            meter=self._meter,
            turns=self._turns,
            sender=self._sender,
        )
        self._actors[key] = actor
        self._nursery.start_soon(self._own, key, actor, name=name)
        return actor

    async def _own(self, key: K, actor: Actor[M]) -> None:
        try:
            await actor.run()
        except Crashed:
            if len(self._quarantined) < QUARANTINED_MAX:
                self._quarantined[key] = trio.current_time() + QUARANTINE_S
            self._meter.count("actors_quarantined_total", kind=self.kind)
        finally:
            if self._actors.get(key) is actor:
                del self._actors[key]
            if key not in self._actors:
                self._ended(key)
            if not self._actors:
                self._empty.set()
