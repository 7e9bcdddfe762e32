"""The pools of a node: where ops about them are handed in, and who tells them the time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import trio

from actors.pool import PoolBehaviour, PoolParts
from actors.pool_commands import AboutTicket, Join, PoolCommand, Tick
from actors.registry import Registry
from actors.runtime import Actor
from actors.solving import Solving
from engine.errors import Busy, Outage, Refused, Unavailable
from engine.ids import GroupId
from engine.limits import POOL_LOOK_S, POOL_LOOKUPS_MAX, POOL_MAILBOX_MAX
from engine.matching.log import PoolLog
from engine.matching.notes import NO_NOTES
from engine.model.policy import Policy
from engine.ports.meter import Meter
from engine.ports.tickets import Tickets


class PoolDesk:
    """Pools in which somebody waits are awake, also when all who wait have closed the app."""

    def __init__(
        self,
        tickets: Tickets,
        policy: Policy,
        solving: Solving,
        *,
        nursery: trio.Nursery,
        now_ms: Callable[[], int],
        fresh_id: Callable[[], str],
        nudge: Callable[[], None],
        meter: Meter,
    ) -> None:
        self.log: Callable[[], Callable[[bytes], None]] | None = None  # begins that of a new pool
        self._tickets = tickets
        self._policy = policy
        self._nursery = nursery
        self._now_ms = now_ms
        self._awake: dict[GroupId, PoolBehaviour | None] = {}
        self._somebody = trio.Event()
        self._looking = 0
        self._leaving = False
        self._parts = PoolParts(
            tickets, policy, solving, meter, nursery, now_ms, fresh_id, nudge, self._empty
        )
        self.registry: Registry[GroupId, PoolCommand] = Registry(
            "pools", self._load, nursery=nursery, mailbox_max=POOL_MAILBOX_MAX, meter=meter
        )

    async def _load(self, group: GroupId, actor: Actor[PoolCommand]) -> PoolBehaviour:
        pool_class = await self._parts.solving.pool_class()
        numbers = self._policy.pools
        notes = NO_NOTES if self.log is None else PoolLog(numbers, self.log())
        pool = PoolBehaviour(group, pool_class(numbers, notes), self._parts, actor.tell)
        await pool.look()
        self._awake[group] = pool
        return pool

    def _empty(self, group: GroupId) -> None:
        self._awake.pop(group, None)

    def tell(self, command: Join | AboutTicket) -> None:
        """Hand a command in; raises Busy or Unavailable."""
        if isinstance(command, Join):
            self.registry.tell(command.group, command)
            self._awake.setdefault(command.group, None)
            self._somebody.set()
            return
        if self._looking >= POOL_LOOKUPS_MAX:
            raise Busy(retry_after_ms=200)
        self._looking += 1
        self._nursery.start_soon(self._route, command)

    async def _route(self, command: AboutTicket) -> None:
        """A ticket does not say in which pool it is: the store knows."""
        try:
            group = await self._tickets.pool_of(command.ticket, command.account)
            self.registry.tell(group, command)
        except (Refused, Outage) as why:
            command.reply.fail(why)
        except Exception:  # noqa: BLE001  # a bug of one look is not the end of all pools
            self._crashed()
            command.reply.fail(Unavailable("this could not be done"))
        finally:
            self._looking -= 1

    async def run(self) -> None:
        """Tell the time to every pool in which somebody waits, for ever."""
        looked_s = -POOL_LOOK_S
        while not self._leaving:
            now_s = trio.current_time()
            if now_s - looked_s >= POOL_LOOK_S:
                looked_s = now_s
                await self._find()
            for group in list(self._awake):
                with suppress(Outage):  # set aside or with too much to do: the next is soon
                    self.registry.tell(group, Tick())
            if self._awake:
                await trio.sleep(self._policy.pools.tick_s)
            else:
                self._somebody = trio.Event()
                with trio.move_on_after(POOL_LOOK_S):
                    await self._somebody.wait()

    async def _find(self) -> None:
        """Wake pools in which somebody waits since before a restart; forget what is long over."""
        now_ms = self._now_ms()
        try:
            await self._tickets.purge(before_ms=now_ms - 2 * self._policy.pools.ticket_s * 1_000)
            for group in await self._tickets.pools(now_ms=now_ms):
                self._awake.setdefault(group, None)
        except Outage:
            return  # the next look is soon
        except Exception:  # noqa: BLE001  # as above
            self._crashed()

    def _crashed(self) -> None:
        self._parts.meter.count("actor_crashes_total", kind="pools")

    async def drain(self) -> None:
        """Begin no more ticks, and finish what was handed in."""
        self._leaving = True
        await self.registry.drain()

    @property
    def waiting(self) -> int:
        """How many wait in this node's pools."""
        return sum(pool.waiting for pool in self._awake.values() if pool is not None)

    @property
    def oldest_s(self) -> float:
        """How long the first of those who wait has waited."""
        return max((pool.oldest_s() for pool in self._awake.values() if pool), default=0.0)
