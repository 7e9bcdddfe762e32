"""Contract of subscriptions: one of a person, each period one order, and days of grace."""

from __future__ import annotations

import pytest

from engine.credits.plans import DAY_MS, Plan
from engine.errors import Conflict, NotFound
from engine.ids import AccountId, OrderId, SubscriptionId
from engine.payments.catalogue import ProductId, on_sale
from engine.payments.order import Ending, Heard, OrderState
from engine.payments.provider import ProviderName
from engine.payments.subscription import Change, SubscriptionState
from engine.ports.payments import OrderDraft, Placed, Told
from engine.ports.subscriptions import Subscribed
from tests.store.test_erasure import leave_for_good
from tests.store.test_orders import paid, plan, someone
from tests.store.world import World

MONTH = ProductId("premium_month")


async def subscribed(world: World, owner: AccountId, mandate: str = "sid") -> Placed:
    """Buy a month that renews."""
    catalogue, orders = on_sale(), world.store.orders
    price = catalogue.product(MONTH).price
    draft = OrderDraft(MONTH, catalogue.version, ProviderName.KAKAO, price, "ko", renews=True)
    order = await orders.create(owner, draft, now_ms=world.now_ms)
    assert order.draft.renews
    await world.store.subscriptions.begin(order.order_id, mandate, now_ms=world.now_ms)
    told = Told("ref", paid(order))
    return (await orders.hear(order.order_id, told, None, now_ms=world.now_ms))[0]


async def own(world: World, owner: AccountId) -> Subscribed:
    return await world.store.subscriptions.own(owner)


async def due(world: World, held: Subscribed) -> bool:
    found = await world.store.subscriptions.due(now_ms=world.now_ms, limit=100, lease_ms=1_000)
    names = [one.subscription.subscription for one in found]
    return held.subscription.subscription in names


async def test_what_renews_begins_once_and_belongs_to_its_owner(world: World) -> None:
    owner = await someone(world)
    with pytest.raises(NotFound):
        await own(world, owner)
    order = await subscribed(world, owner)
    held = await own(world, owner)
    assert held.subscription.paid_until == world.now_ms + 30 * DAY_MS
    assert (held.owner, held.mandate, held.provider) == (owner, "sid", ProviderName.KAKAO)
    await world.store.subscriptions.begin(order.order_id, "other", now_ms=world.now_ms)
    await subscribed(world, owner, "second")
    assert await own(world, owner) == held
    with pytest.raises(NotFound):
        await world.store.subscriptions.begin(OrderId("n" * 16), "m", now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await world.store.subscriptions.renewal(SubscriptionId("n" * 16), now_ms=world.now_ms)


async def test_a_period_is_one_order_and_goes_on_where_the_last_one_ended(world: World) -> None:
    owner, subscriptions = await someone(world), world.store.subscriptions
    await subscribed(world, owner)
    held = await own(world, owner)
    name, until = held.subscription.subscription, held.subscription.paid_until
    assert not await due(world, held)
    world.clock.now_ms = until
    assert await due(world, held)
    assert not await due(world, held)
    first, again = [await subscriptions.renewal(name, now_ms=world.now_ms) for _ in range(2)]
    assert first == again
    assert (first.owner, first.order.state, first.ask_at) == (owner, OrderState.AWAITING, None)
    told = Told("tid", paid(first))
    await world.store.orders.hear(first.order_id, told, None, now_ms=world.now_ms)
    settled = await subscriptions.settle(name, now_ms=world.now_ms)
    assert settled.subscription.paid_until == until + 30 * DAY_MS
    assert settled.subscription.renewal is None
    assert await plan(world, owner) is Plan.PREMIUM
    assert (await subscriptions.renewal(name, now_ms=world.now_ms)).order_id != first.order_id


async def test_who_is_late_has_a_week_and_then_nothing(world: World) -> None:
    owner, subscriptions = await someone(world), world.store.subscriptions
    await subscribed(world, owner)
    name = (await own(world, owner)).subscription.subscription
    world.clock.now_ms += 30 * DAY_MS
    assert await plan(world, owner) is Plan.FREE
    for _ in range(3):  # each day another try
        order = await subscriptions.renewal(name, now_ms=world.now_ms)
        failed = Told("", Heard(ending=Ending.FAILED))
        await world.store.orders.hear(order.order_id, failed, None, now_ms=world.now_ms)
        held = await subscriptions.settle(name, now_ms=world.now_ms)
        assert held.subscription.state(world.now_ms) is SubscriptionState.PAST_DUE
        assert held.subscription.renewal is None
        assert await plan(world, owner) is Plan.PREMIUM
        world.clock.now_ms += DAY_MS
    order = await subscriptions.renewal(name, now_ms=world.now_ms)
    await world.store.orders.hear(
        order.order_id, Told("tid", paid(order)), None, now_ms=world.now_ms
    )
    await subscriptions.settle(name, now_ms=world.now_ms)
    terms = (await world.store.credits.purse(owner)).terms
    assert max(one.ends_at for one in terms) == world.now_ms + 30 * DAY_MS
    world.clock.now_ms += 38 * DAY_MS
    await subscriptions.settle(name, now_ms=world.now_ms)
    await subscriptions.end(name, now_ms=world.now_ms)
    await subscriptions.end(name, now_ms=world.now_ms)
    assert await plan(world, owner) is Plan.FREE
    with pytest.raises(NotFound):
        await own(world, owner)
    await subscribed(world, owner, "new")
    assert (await own(world, owner)).mandate == "new"


async def test_who_cancels_is_looked_at_when_it_ends_and_who_pauses_is_not(world: World) -> None:
    owner, subscriptions = await someone(world), world.store.subscriptions
    await subscribed(world, owner)
    until = (await own(world, owner)).subscription.paid_until
    paused = await subscriptions.change(owner, Change.PAUSE, now_ms=world.now_ms)
    world.clock.now_ms = until
    assert not await due(world, paused)
    held = await subscriptions.change(owner, Change.RESUME, now_ms=world.now_ms)
    assert await due(world, held)
    held = await subscriptions.change(owner, Change.CANCEL, now_ms=world.now_ms - 1)
    assert held.subscription.state(world.now_ms) is SubscriptionState.EXPIRED
    with pytest.raises(Conflict):
        await subscriptions.change(owner, Change.RESUME, now_ms=world.now_ms)
    other = (await world.people(4))[1].account
    with pytest.raises(NotFound):
        await subscriptions.change(other, Change.CANCEL, now_ms=world.now_ms)


async def test_the_mandate_of_who_is_erased_is_due_to_be_ended(world: World) -> None:
    signed = await world.enter(world.phone())
    await subscribed(world, signed.account)
    held = await own(world, signed.account)
    await leave_for_good(world, signed.account)
    found = await world.store.subscriptions.due(now_ms=world.now_ms, limit=1_000, lease_ms=1)
    (gone,) = [
        one for one in found if one.subscription.subscription == held.subscription.subscription
    ]
    assert (gone.owner, gone.mandate) == (None, "sid")
