"""How many spends and webhooks a second are durable, and does the ledger come out even?

The ledger and a cashier over an embedded PostgreSQL; HTTP and the provider are left out. Many spend
at once, some commands twice, and more than they have; then a provider tells of paid orders, each
event twice; then a day's orders of a large shop that nobody told us of are asked about.
"""

from __future__ import annotations

import os
import secrets
import time
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import trio

from actors.cashier import Cashier
from api.observe.metrics import Metrics
from api.serve import calm_garbage_collector
from bench.errors import EXIT_BROKEN_PROMISE, EXIT_OK
from bench.limits import IN_FLIGHT_MAX, ORDERS_MAX, SPENDS_MAX
from bench.measure import BYTES_PER_MB, usage
from bench.report import Figures, publish
from bench.scenarios.scenario import Scenario, within
from bench.targets import glimpse_settings
from bench.till import Till
from engine.credits.ledger import Ask, Cause, Kind
from engine.errors import NotEnoughCredits
from engine.ids import ID_BYTES, AccountId
from engine.limits_payments import ORDERS_DUE_AT_ONCE
from engine.payments.catalogue import ProductId, on_sale
from engine.payments.provider import ProviderName
from engine.ports.seeding import SeedPlan
from store.asyncio_bridge import Bridge, open_bridge
from store.bundle import Chance, StoreBundle
from store.connection import Connection, connect
from store.embedded import open_embedded
from store.migrate import migrate
from store.postgres import open_postgres_store

T = TypeVar("T")

SPENDS = 20_000
ORDERS = 5_000
OPEN_ORDERS = 100_000
IN_FLIGHT = 64
PEOPLE = 1_000
# Every tenth spend is asked for twice, and everybody asks for so many more than they have.
TWICE_EVERY = 10
TOO_MANY = 2
# A hundred thousand orders are written in some seconds.
PLACE_S_MAX = 60.0

_PRODUCT = on_sale().product(ProductId("credits_10"))
_CREDITS = 10

_ORDER = """
INSERT INTO orders (order_id, owner_id, product, version, provider, language, amount, currency,
    sent, reference, created_at, ask_at)
SELECT o.id, o.owner, 'credits_10', $3, 'toss', 'ko', $4, 'KRW', true, 'till ' || o.id, $5, NULL
FROM unnest($1::text[], $2::text[]) AS o(id, owner)
"""

# Numbered where they are kept: so many names would be memory of the process that is measured.
_OPEN_ORDERS = """
INSERT INTO orders (order_id, owner_id, product, version, provider, language, amount, currency,
    sent, reference, created_at, ask_at)
SELECT o.id, ($1::text[])[1 + o.number % cardinality($1)], 'credits_10', $2, 'toss', 'ko', $3,
    'KRW', true, 'till ' || o.id, $4, $4
FROM (SELECT n AS number, 'open-' || lpad(n::text, 11, '0') AS id
    FROM generate_series(1, $5::int) AS n) AS o
"""

_BOOKS = """
SELECT coalesce(sum(wallet + held + spent + issued + owed), 0) AS sum,
    coalesce(sum(spent), 0) AS spent, coalesce(-sum(issued) FILTER (WHERE cause = 'order'), 0) AS
    bought, (SELECT count(*) FROM accounts WHERE credits < 0 OR credits_spent < 0
        OR credits + credits_held + credits_spent <> credits_issued + credits_owed) AS negative
FROM credit_moves
"""


@dataclass(frozen=True, slots=True)
class Stand:
    """What is measured, and with what."""

    store: StoreBundle
    bridge: Bridge
    dsn: str
    people: Sequence[AccountId]
    cashier: Cashier
    in_flight: int


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--spends", type=int, default=SPENDS, help=f"default {SPENDS}")
    parser.add_argument("--orders", type=int, default=ORDERS, help=f"default {ORDERS}")
    parser.add_argument(
        "--open-orders",
        type=int,
        default=OPEN_ORDERS,
        help=f"that the reconciler finds, default {OPEN_ORDERS}",
    )
    parser.add_argument("--in-flight", type=int, default=IN_FLIGHT, help=f"default {IN_FLIGHT}")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(arguments: Namespace) -> int:
    spends = within("--spends", arguments.spends, PEOPLE, SPENDS_MAX) // PEOPLE * PEOPLE
    orders = within("--orders", arguments.orders, 1, ORDERS_MAX)
    open_orders = within("--open-orders", arguments.open_orders, 1, ORDERS_MAX)
    in_flight = within("--in-flight", arguments.in_flight, 1, IN_FLIGHT_MAX)
    with glimpse_settings() as settings:
        folder = Path(settings["GLIMPSE_DATA_DIR"])
        figures = trio.run(_measure, folder, spends, (orders, open_orders), in_flight)
    publish(figures, as_json=arguments.json)
    broken = any(figures[key] for key in ("sum", "negative_accounts", "lost", "doubled"))
    return EXIT_BROKEN_PROMISE if broken else EXIT_OK


async def _measure(folder: Path, spends: int, sold: tuple[int, int], in_flight: int) -> Figures:
    orders, open_orders = sold
    async with _open(folder, in_flight) as stand:
        calm_garbage_collector()
        spent_s, refused = await _spend(stand, spends // PEOPLE)
        heard_s = await _hear(stand, orders)
        asked_s, grown = await _reconcile(stand, open_orders)
        sum_, spent, bought, negative = await stand.bridge.call(_books, stand.dsn)
    wanted = (orders + open_orders) * _CREDITS
    return {
        "scenario": "ledger",
        "people": PEOPLE,
        "spends": spends,
        "spends_per_second": round(spends / spent_s, 1),
        "refused": refused,
        "webhooks": 2 * orders,
        "webhooks_per_second": round(2 * orders / heard_s, 1),
        "open_orders": open_orders,
        "reconciled_per_second": round(open_orders / asked_s, 1),
        "rss_growth_mb": round(grown / BYTES_PER_MB, 1),
        "sum": sum_,
        "negative_accounts": negative,
        "lost": max(0, spends - spent) + max(0, wanted - bought),
        "doubled": max(0, spent - spends) + max(0, bought - wanted),
    }


@asynccontextmanager
async def _open(folder: Path, in_flight: int) -> AsyncIterator[Stand]:
    chance = Chance(_now_ms, lambda: secrets.token_urlsafe(ID_BYTES), secrets.token_bytes)
    async with open_embedded(folder) as embedded, open_bridge() as bridge:
        await migrate(bridge, embedded.dsn)
        key, metrics = secrets.token_bytes(32), Metrics()
        async with open_postgres_store(
            bridge, embedded.dsn, master_key=key, chance=chance, meter=metrics
        ) as store:
            seeded = await store.seeding.seed(SeedPlan(PEOPLE, 1), now_ms=_now_ms())
            cashier = Cashier(
                store.orders, store.subscriptions, {ProviderName.TOSS: Till()}, _now_ms, metrics
            )
            people = [one.account for one in seeded]
            yield Stand(store, bridge, embedded.dsn, people, cashier, in_flight)


async def _spend(stand: Stand, each: int) -> tuple[float, int]:
    """Let everybody spend all they have, and a little more; return the seconds and refusals."""
    move, refused = stand.store.credits.move, 0
    for who in stand.people:
        had = (await stand.store.credits.purse(who)).balances.wallet
        kind, amount = (Kind.GIVE, each - had) if each > had else (Kind.TAKE_BACK, had - each)
        if amount:
            await move(who, Ask(kind, Cause.OPERATOR, "bench", amount), now_ms=_now_ms())

    async def spend(work: tuple[AccountId, int]) -> None:
        nonlocal refused
        who, number = work
        ask = Ask(Kind.SPEND, Cause.LIKE, f"spend {number}", 1)
        try:
            for _ in range(2 if number % TWICE_EVERY == 0 else 1):
                await move(who, ask, now_ms=_now_ms())
        except NotEnoughCredits:
            refused += 1

    work = [(who, number) for number in range(each + TOO_MANY) for who in stand.people]
    return await _side_by_side(stand.in_flight, work, spend), refused


async def _hear(stand: Stand, orders: int) -> float:
    """Let the provider tell of each order twice; return the seconds."""
    names = [secrets.token_urlsafe(ID_BYTES) for _ in range(orders)]
    owners = [stand.people[number % len(stand.people)] for number in range(orders)]
    price, version = _PRODUCT.price.amount, on_sale().version
    await _execute(stand, _ORDER, names, owners, version, price, _now_ms())

    async def hear(body: bytes) -> None:
        await stand.cashier.webhook(ProviderName.TOSS, {}, body)

    events = [f"event-{name} {name}".encode() for name in names for _ in range(2)]
    return await _side_by_side(stand.in_flight, events, hear)


async def _reconcile(stand: Stand, open_orders: int) -> tuple[float, int]:
    """Ask about orders that nobody told us of; return the seconds, and the bytes that it took."""
    price, version = _PRODUCT.price.amount, on_sale().version
    people = list(stand.people)
    await _execute(stand, _OPEN_ORDERS, people, version, price, _now_ms(), open_orders)
    most = before = usage(os.getpid()).rss_bytes
    began = trio.current_time()
    while await stand.cashier.reconcile() == ORDERS_DUE_AT_ONCE:
        most = max(most, usage(os.getpid()).rss_bytes)
    return trio.current_time() - began, most - before


async def _execute(stand: Stand, sql: str, *arguments: object) -> None:
    """Keep orders whose buyers were sent to the provider."""

    async def execute() -> None:
        connection = await connect(stand.dsn)
        try:
            await connection.execute(sql, *arguments)
        finally:
            await connection.close(timeout=5)

    await stand.bridge.call(execute, within_s=PLACE_S_MAX)


async def _side_by_side(
    in_flight: int, work: Iterable[T], do: Callable[[T], Awaitable[None]]
) -> float:
    """Do all of the work with so much under way; return the seconds."""
    left = iter(work)

    async def worker() -> None:
        for one in left:
            await do(one)

    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        for _ in range(in_flight):
            nursery.start_soon(worker)
    return trio.current_time() - began


async def _books(dsn: str) -> tuple[int, int, int, int]:
    connection: Connection = await connect(dsn)
    try:
        row = await connection.fetchrow(_BOOKS)
    finally:
        await connection.close(timeout=5)
    assert row is not None, "a sum is one row"
    return int(row["sum"]), int(row["spent"]), int(row["bought"]), int(row["negative"])


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


LEDGER = Scenario(
    "ledger",
    "people spend, a provider tells: how much is durable a second, and is every sum right?",
    add_arguments,
    run,
)
