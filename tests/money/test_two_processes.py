"""Two processes over one PostgreSQL at the same moment: whatever exists once, exists once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import astuple

import pytest
import trio

from engine.credits.ledger import Ask, Balances, Cause, Entries, Kind
from engine.credits.plans import Plan
from engine.errors import Conflict, NotEnoughCredits
from engine.ids import AccountId, OrderId
from engine.limits_payments import ORDER_ASK_FIRST_MS
from engine.payments.catalogue import ProductId, on_sale
from engine.payments.order import OrderState
from engine.payments.provider import ProviderName
from engine.ports.payments import OrderDraft
from engine.ports.seeding import SeedPlan
from store.bundle import StoreBundle
from tests.money.shop import Branches, open_branches


@pytest.fixture
async def branches(dsn: str) -> AsyncIterator[Branches]:
    async with open_branches(dsn) as opened:
        yield opened


@pytest.fixture
async def buyer(branches: Branches) -> AccountId:
    """Somebody with nothing."""
    store, plan = branches.stores[0], SeedPlan(users=4, groups=1)
    me, *_ = await store.seeding.seed(plan, now_ms=branches.clock())
    had = (await store.credits.purse(me.account)).balances.wallet
    if had:
        away = Ask(Kind.TAKE_BACK, Cause.OPERATOR, "away", had)
        await store.credits.move(me.account, away, now_ms=branches.clock())
    return me.account


async def everywhere(
    branches: Branches, times: int, do: Callable[[StoreBundle, int], Awaitable[None]]
) -> None:
    """Do something so often at once, by turns in each process."""
    async with trio.open_nursery() as nursery:
        for number in range(times):
            nursery.start_soon(do, branches.stores[number % len(branches.stores)], number)


async def order(branches: Branches, buyer: AccountId, provider: ProviderName) -> OrderId:
    """Order ten credits, and pay for them; nobody tells us of it."""
    catalogue = on_sale()
    product = catalogue.product(ProductId("credits_10"))
    draft = OrderDraft(product.product, catalogue.version, provider, product.price)
    placed, _ = await branches.edges[0].services.paydesk.cashier.buy(buyer, draft)
    branches.till.approve(placed.order_id)
    branches.till.of(placed.order_id).charged = product.price.amount
    return placed.order_id


async def even(store: StoreBundle, buyer: AccountId) -> Balances:
    """Return what somebody has, after the whole of their ledger was added up."""
    held = Balances()
    moves = await store.credits.moves(buyer, after=None, limit=1_000)
    for move in reversed(moves):
        assert sum(astuple(move.entries)) == 0
        held = held.after(Entries(*astuple(move.entries)))  # refuses to go below zero
    assert held == (await store.credits.purse(buyer)).balances
    return held


async def test_a_hundred_spendings_of_ten(branches: Branches, buyer: AccountId) -> None:
    now_ms, outcomes = branches.clock(), list[str]()
    give = Ask(Kind.GIVE, Cause.OPERATOR, "ten", 10)
    await branches.stores[0].credits.move(buyer, give, now_ms=now_ms)

    async def spend(store: StoreBundle, number: int) -> None:
        ask = Ask(Kind.SPEND, Cause.LIKE, f"spend {number}", 1)
        try:
            await store.credits.move(buyer, ask, now_ms=now_ms)
        except NotEnoughCredits:
            outcomes.append("refused")
        else:
            outcomes.append("spent")

    await everywhere(branches, 100, spend)
    assert sorted(outcomes) == ["refused"] * 90 + ["spent"] * 10
    balances = await even(branches.stores[1], buyer)
    assert (balances.wallet, balances.spent) == (0, 10)


async def test_an_event_that_is_posted_everywhere_grants_once(
    branches: Branches, buyer: AccountId
) -> None:
    name = await order(branches, buyer, ProviderName.STRIPE)
    headers, body = branches.till.event(ProviderName.STRIPE, name, "paid")
    answers = []

    async def post(number: int) -> None:
        edge = branches.edges[number % len(branches.edges)]
        reply = await edge.call("POST", "/v1/webhooks/stripe", data=body, headers=headers)
        answers.append(reply.status)

    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(post, number)
    assert answers == [204] * 50
    assert (await even(branches.stores[0], buyer)).wallet == 10
    moves = await branches.stores[0].credits.moves(buyer, after=None, limit=100)
    assert [move.about for move in moves].count(name) == 1


async def test_each_due_order_is_asked_about_by_one(branches: Branches, buyer: AccountId) -> None:
    orders = [await order(branches, buyer, ProviderName.KAKAO) for _ in range(20)]
    branches.clock.now_ms += ORDER_ASK_FIRST_MS
    async with trio.open_nursery() as nursery:
        for edge in [*branches.edges, *branches.edges]:
            nursery.start_soon(edge.services.paydesk.cashier.reconcile)
    assert branches.till.asked == len(orders)
    for name in orders:
        placed = await branches.stores[1].orders.placed(name)
        assert placed.order.state is OrderState.APPLIED
    assert (await even(branches.stores[0], buyer)).wallet == 10 * len(orders)


async def test_a_trial_is_had_once_whoever_grants_it(branches: Branches, buyer: AccountId) -> None:
    """faults.md 47: what somebody can have once is theirs once, whatever each grant is called."""
    had: list[str] = []

    async def grant(store: StoreBundle, number: int) -> None:
        try:
            await store.credits.grant(
                buyer, f"trial {number}", Plan.TRIAL, 7, now_ms=branches.clock()
            )
        except Conflict:
            return
        had.append(f"trial {number}")

    await everywhere(branches, 20, grant)
    terms = (await branches.stores[0].credits.purse(buyer)).terms
    assert [term.command for term in terms] == had
    assert len(had) == 1


async def test_free_days_begin_once_wherever_they_are_asked_for(
    branches: Branches, buyer: AccountId
) -> None:
    """faults.md 47: many pages that were opened side by side, each for its own free days."""
    product, version = on_sale().product("premium_month"), on_sale().version
    draft = OrderDraft(
        product.product, version, ProviderName.STRIPE, product.price, renews=True, trial=True
    )
    now_ms, begun = branches.clock(), list[bool]()
    create = branches.stores[0].orders.create
    orders = [(await create(buyer, draft, now_ms=now_ms)).order_id for _ in range(10)]

    async def begin(store: StoreBundle, number: int) -> None:
        mandate = f"mandate {number}"
        begun.append(
            await store.subscriptions.begin(orders[number], mandate, now_ms=branches.clock())
        )

    await everywhere(branches, len(orders), begin)
    assert sorted(begun) == [False] * (len(orders) - 1) + [True]
    (term,) = (await branches.stores[0].credits.purse(buyer)).terms
    assert (term.plan, term.days) == (Plan.TRIAL, 7)


async def test_a_grant_is_given_once_for_its_name(branches: Branches, buyer: AccountId) -> None:
    async def give(store: StoreBundle, _: int) -> None:
        ask = Ask(Kind.GIVE, Cause.OPERATOR, "welcome", 5)
        await store.credits.move(buyer, ask, now_ms=branches.clock())

    await everywhere(branches, 20, give)
    assert (await even(branches.stores[1], buyer)).wallet == 5
