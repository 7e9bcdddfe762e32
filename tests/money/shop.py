"""A shop of two processes with one till: over the memory twin, or two stores of one database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar, TypeVarTuple, cast

import trio

from actors.cashier import Cashier
from actors.paydesk import Paydesk, make_paydesk
from engine.ids import AccountId
from engine.payments.provider import ProviderName
from engine.ports.meter import NoMeter
from engine.ports.payments import Orders, PaymentProvider
from engine.ports.seeding import SeedPlan
from engine.ports.subscriptions import Subscriptions
from store.asyncio_bridge import open_bridge
from store.bundle import Chance, StoreBundle
from store.memory import open_memory_store
from store.postgres import open_postgres_store
from tests.api.edge import Chance as Ids
from tests.api.edge import Clock, Edge, make_edge
from tests.money.fuse import Fuse, Fused
from tests.money.signed_till import SignedTill, open_signed_till
from tests.store.world import MASTER_KEY
from tests.till import Till

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

PEOPLE = 2


class Runner(Protocol):
    """Runs something of Trio's from a plain function."""

    def __call__(self, call: Callable[[*Ts], Awaitable[T]], /, *args: *Ts) -> T:
        """Run it, and return what it returns."""


@dataclass
class Process:
    """One process of the shop."""

    desk: Paydesk
    fuse: Fuse

    @property
    def cashier(self) -> Cashier:
        """Who takes orders here."""
        return self.desk.cashier


@dataclass
class Shop:
    """The store, the till, the clock, the processes and the buyers."""

    store: StoreBundle
    till: Till
    clock: Clock
    processes: tuple[Process, ...]
    run: Runner = trio.run
    edges: tuple[Edge, ...] = ()  # REST of each process, where it has one
    buyers: tuple[AccountId, ...] = field(default=())

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
        subscriptions = cast("Subscriptions", Fused(store.subscriptions, fuse))
        providers = dict.fromkeys(ProviderName, cast("PaymentProvider", Fused(till, fuse)))
        return Process(make_paydesk(orders, subscriptions, providers, clock, NoMeter()), fuse)

    return Shop(store, till, clock, (process(), process()))


@dataclass
class Branches:
    """Two processes over one database, each with REST of its own; they outlive many a story."""

    stores: tuple[StoreBundle, ...]
    edges: tuple[Edge, ...]
    fuses: tuple[Fuse, ...]
    till: SignedTill
    clock: Clock

    def shop(self) -> Shop:
        """Begin a story, from a thread that this loop waits for."""
        self.till.forget()
        for fuse in self.fuses:
            fuse.death = None
        desks = [edge.services.paydesk for edge in self.edges]
        processes = tuple(Process(*one) for one in zip(desks, self.fuses, strict=True))
        return Shop(
            self.stores[0],
            self.till,
            self.clock,
            processes,
            cast("Runner", trio.from_thread.run),
            self.edges,
        )


@asynccontextmanager
async def open_branches(dsn: str) -> AsyncIterator[Branches]:
    """Open two processes over the database at an address."""
    clock, ids = Clock(), Ids()
    chance = Chance(clock, ids.fresh_id, ids.secret)
    async with AsyncExitStack() as stack:
        till = await stack.enter_async_context(open_signed_till(clock))
        stores, edges, fuses = [], [], []
        for _ in range(2):
            bridge = await stack.enter_async_context(open_bridge())
            store = await stack.enter_async_context(
                open_postgres_store(bridge, dsn, master_key=MASTER_KEY, chance=chance)
            )
            fuse = Fuse()
            fused = replace(
                store,
                orders=cast("Orders", Fused(store.orders, fuse)),
                subscriptions=cast("Subscriptions", Fused(store.subscriptions, fuse)),
            )
            way = cast("Till", Fused(till, fuse))
            edge = make_edge(fused, clock=clock, chance=ids, till=way)
            stores.append(store)
            edges.append(edge)
            fuses.append(fuse)
        yield Branches(tuple(stores), tuple(edges), tuple(fuses), till, clock)
