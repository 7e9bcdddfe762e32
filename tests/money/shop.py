"""A shop of two processes with one till; its calls can be cut off before or after their effect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from actors.cashier import Cashier
from engine.ids import AccountId
from engine.payments.provider import ProviderName
from engine.ports.meter import NoMeter
from engine.ports.payments import Orders, PaymentProvider
from engine.ports.seeding import SeedPlan
from store.bundle import Chance, StoreBundle
from store.memory import open_memory_store
from tests.api.edge import Chance as Ids
from tests.api.edge import Clock
from tests.till import Till

PEOPLE = 2


class Crash(Exception):
    """The process has died here."""


@dataclass
class Fuse:
    """Burns down with every call of a port; then the process dies, before the call or after it."""

    left: int | None = None
    after: bool = False

    async def around(self, call: Callable[..., Awaitable[object]], *args: object) -> object:
        """Make a call, or die."""
        if self.left is None:
            return await call(*args)
        self.left -= 1
        if self.left >= 0:
            return await call(*args)
        self.left = None
        if self.after:
            await call(*args)
        raise Crash


class Fused:
    """Anything whose calls go by a fuse."""

    def __init__(self, inner: object, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> Callable[..., Awaitable[object]]:
        call = getattr(self._inner, name)

        async def fused(*args: object, **more: object) -> object:
            return await self._fuse.around(lambda: call(*args, **more))

        return fused


@dataclass
class Process:
    """One process of the shop."""

    cashier: Cashier
    fuse: Fuse


@dataclass
class Shop:
    """The store, the till, the clock, the processes and the buyers."""

    store: StoreBundle
    till: Till
    clock: Clock
    processes: tuple[Process, ...]
    buyers: tuple[AccountId, ...] = ()

    async def open(self) -> None:
        """Let buyers come."""
        seeded = await self.store.seeding.seed(SeedPlan(users=4, groups=1), now_ms=self.clock())
        self.buyers = tuple(one.account for one in seeded[:PEOPLE])


def make_shop() -> Shop:
    """Build a shop over the memory twin."""
    clock, ids, till = Clock(), Ids(), Till()
    store = open_memory_store(chance=Chance(clock, ids.fresh_id, ids.secret))

    def process() -> Process:
        fuse = Fuse()
        orders = cast("Orders", Fused(store.orders, fuse))
        provider = cast("PaymentProvider", Fused(till, fuse))
        providers = dict.fromkeys(ProviderName, provider)
        cashier = Cashier(orders, store.subscriptions, providers, clock, NoMeter())
        return Process(cashier, fuse)

    return Shop(store, till, clock, (process(), process()))
