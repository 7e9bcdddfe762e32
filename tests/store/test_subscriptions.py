"""Contract of subscriptions: one of a person, each period one order, and days of grace."""

from __future__ import annotations

import pytest
import trio

from engine.credits.plans import DAY_MS, Plan
from engine.errors import Conflict, NotFound
from engine.ids import AccountId, OrderId, SubscriptionId
from engine.limits_payments import ORDERS_KEPT_MS, SUBSCRIPTION_LEAD_MS
from engine.payments.catalogue import ProductId, on_sale
from engine.payments.order import Ending, Heard, OrderState
from engine.payments.provider import ProviderName
from engine.payments.subscription import Change, Standing, SubscriptionState
from engine.ports.payments import OrderDraft, Placed, Told
from engine.ports.subscriptions import Subscribed
from tests.store.test_erasure import leave_for_good
from tests.store.test_orders import paid, plan, someone
from tests.store.world import World

MONTH = ProductId("premium_month")


def month(*, trial: bool = False) -> OrderDraft:
    catalogue = on_sale()
    price = catalogue.product(MONTH).price
    kakao = ProviderName.KAKAO
    return OrderDraft(MONTH, catalogue.version, kakao, price, "ko", renews=True, trial=trial)


async def tried(world: World, owner: AccountId, mandate: str = "sid") -> bool:
    """Order a month that begins with free days; say whether they have begun."""
    order = await world.store.orders.create(owner, month(trial=True), now_ms=world.now_ms)
    return await world.store.subscriptions.begin(order.order_id, mandate, now_ms=world.now_ms)


async def subscribed(world: World, owner: AccountId, mandate: str = "sid") -> Placed:
    """Buy a month that renews."""
    orders = world.store.orders
    order = await orders.create(owner, month(), now_ms=world.now_ms)
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
    with pytest.raises(Conflict):  # somebody who was told that it is due, long ago
        await subscriptions.renewal(name, now_ms=world.now_ms)
    world.clock.now_ms = settled.subscription.paid_until
    assert (await subscriptions.renewal(name, now_ms=world.now_ms)).order_id != first.order_id


async def test_a_period_that_many_ask_for_at_once_is_one_order(world: World) -> None:
    owner, subscriptions = await someone(world), world.store.subscriptions
    await subscribed(world, owner)
    held = (await own(world, owner)).subscription
    world.clock.now_ms = held.paid_until
    orders: set[OrderId] = set()

    async def ask() -> None:
        placed = await subscriptions.renewal(held.subscription, now_ms=world.now_ms)
        orders.add(placed.order_id)

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(ask)
    assert len(orders) == 1


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


async def test_a_second_mandate_is_nobodys_and_due_to_be_ended(world: World) -> None:
    owner = await someone(world)
    await subscribed(world, owner, "first")
    second = await subscribed(world, owner, "second")
    for _ in range(2):
        assert not await world.store.subscriptions.begin(
            second.order_id, "second", now_ms=world.now_ms
        )
    found = await world.store.subscriptions.due(now_ms=world.now_ms, limit=1_000, lease_ms=1)
    (gone,) = [one for one in found if one.mandate == "second"]
    assert gone.owner is None
    await world.store.subscriptions.settle(gone.subscription.subscription, now_ms=world.now_ms)
    world.clock.now_ms += DAY_MS
    assert await due(world, gone)
    await world.store.subscriptions.end(gone.subscription.subscription, now_ms=world.now_ms)
    world.clock.now_ms += 40 * DAY_MS
    assert not await due(world, gone)
    assert (await own(world, owner)).mandate == "first"


async def test_free_days_are_had_once_and_then_the_first_period_is_charged(world: World) -> None:
    owner, subscriptions = await someone(world), world.store.subscriptions
    rival = await world.store.orders.create(owner, month(trial=True), now_ms=world.now_ms)
    assert await tried(world, owner)
    held = await own(world, owner)
    assert held.subscription.state(world.now_ms) is SubscriptionState.TRIAL
    assert await plan(world, owner) is Plan.TRIAL
    assert not await subscriptions.begin(rival.order_id, "rival", now_ms=world.now_ms)
    with pytest.raises(Conflict):
        await world.store.orders.create(owner, month(trial=True), now_ms=world.now_ms)
    world.clock.now_ms += 7 * DAY_MS
    assert await due(world, held)
    assert await plan(world, owner) is Plan.FREE
    name = held.subscription.subscription
    await subscriptions.settle(name, now_ms=world.now_ms)
    assert await plan(world, owner) is Plan.FREE  # nobody has paid yet, so there is no grace
    order = await subscriptions.renewal(name, now_ms=world.now_ms)
    assert not order.draft.trial
    told = Told("tid", paid(order))
    await world.store.orders.hear(order.order_id, told, None, now_ms=world.now_ms)
    held = await subscriptions.settle(name, now_ms=world.now_ms)
    assert held.subscription.state(world.now_ms) is SubscriptionState.ACTIVE
    assert await plan(world, owner) is Plan.PREMIUM


async def test_who_had_a_plan_has_no_free_days(world: World) -> None:
    owner = await someone(world)
    before = await world.store.orders.create(owner, month(trial=True), now_ms=world.now_ms)
    await subscribed(world, owner)
    with pytest.raises(Conflict):
        await tried(world, owner)
    name = (await own(world, owner)).subscription.subscription
    await world.store.subscriptions.end(name, now_ms=world.now_ms)
    begun = await world.store.subscriptions.begin(before.order_id, "m", now_ms=world.now_ms)
    assert not begun


async def test_who_was_erased_and_comes_again_has_no_second_trial(world: World) -> None:
    phone = world.phone()
    signed = await world.enter(phone)
    assert await tried(world, signed.account)
    await leave_for_good(world, signed.account)
    again = await world.enter(phone)
    assert again.account != signed.account
    with pytest.raises(Conflict):
        await tried(world, again.account)
    await world.store.orders.purge(now_ms=world.now_ms + ORDERS_KEPT_MS + DAY_MS)
    with pytest.raises(Conflict):  # it is remembered for as long as they are here
        await tried(world, again.account)
    await leave_for_good(world, again.account)
    await world.store.orders.purge(now_ms=world.now_ms + ORDERS_KEPT_MS + DAY_MS)
    assert await tried(world, (await world.enter(phone)).account)


async def test_an_answer_from_before_a_change_changes_nothing(world: World) -> None:
    owner, subscriptions = await someone(world), world.store.subscriptions
    await subscribed(world, owner)
    one = (await own(world, owner)).subscription
    stopped, going = Standing(True, False), Standing(False, False)
    await subscriptions.change(owner, Change.CANCEL, now_ms=world.now_ms)
    late = await subscriptions.stands(one.subscription, going, turn=one.turn, now_ms=world.now_ms)
    assert late.subscription.state(world.now_ms) is SubscriptionState.CANCELLED
    for standing, state in [
        (going, SubscriptionState.ACTIVE),
        (stopped, SubscriptionState.CANCELLED),
    ]:
        turn = (await own(world, owner)).subscription.turn
        held = await subscriptions.stands(
            one.subscription, standing, turn=turn, now_ms=world.now_ms
        )
        assert held == await own(world, owner)
        assert held.subscription.turn > turn
        assert held.subscription.state(world.now_ms) is state
    with pytest.raises(NotFound):
        await subscriptions.stands(SubscriptionId("n" * 16), going, turn=0, now_ms=world.now_ms)


async def test_news_of_what_an_order_has_begun_make_it_due(world: World) -> None:
    owner = await someone(world)
    order = await subscribed(world, owner)
    held = await own(world, owner)
    await world.store.subscriptions.nudge(OrderId("n" * 16), now_ms=world.now_ms)
    assert not await due(world, held)
    name = held.subscription.subscription
    world.clock.now_ms = held.subscription.paid_until
    assert await due(world, held)
    period = await world.store.subscriptions.renewal(name, now_ms=world.now_ms)
    for one in (order, period):
        await world.store.subscriptions.nudge(one.order_id, now_ms=world.now_ms)
        assert await due(world, held)
        assert not await due(world, held)


async def test_a_period_that_waits_for_its_money_is_not_given_up_beside_its_subscription(
    world: World,
) -> None:
    owner, subscriptions = await someone(world), world.store.subscriptions
    await subscribed(world, owner)
    held = (await own(world, owner)).subscription
    name, world.clock.now_ms = held.subscription, held.paid_until
    order = (await subscriptions.renewal(name, now_ms=world.now_ms)).order_id
    told = Told("in_1", Heard())
    known, new = await world.store.orders.hear(order, told, None, now_ms=world.now_ms)
    assert (known.reference, known.ask_at, new) == ("in_1", None, True)


async def test_what_is_heard_shortly_before_the_end_of_a_period_delays_no_charge(
    world: World,
) -> None:
    owner = await someone(world)
    order = await subscribed(world, owner)
    held = await own(world, owner)
    world.clock.now_ms = held.subscription.paid_until - 1
    await world.store.subscriptions.nudge(order.order_id, now_ms=world.now_ms)
    assert await due(world, held)
    await world.store.subscriptions.settle(held.subscription.subscription, now_ms=world.now_ms)
    world.clock.now_ms += 1
    assert await due(world, held)


async def test_nobody_is_without_their_plan_while_a_period_is_charged(world: World) -> None:
    owner, subscriptions = await someone(world), world.store.subscriptions
    await subscribed(world, owner)
    held = await own(world, owner)
    name, until = held.subscription.subscription, held.subscription.paid_until
    world.clock.now_ms = until - SUBSCRIPTION_LEAD_MS
    assert await due(world, held)
    await subscriptions.settle(name, now_ms=world.now_ms)
    world.clock.now_ms = until
    assert await plan(world, owner) is Plan.PREMIUM
    order = await subscriptions.renewal(name, now_ms=world.now_ms)
    told = Told("tid", paid(order))
    await world.store.orders.hear(order.order_id, told, None, now_ms=world.now_ms)
    await subscriptions.settle(name, now_ms=world.now_ms)
    terms = (await world.store.credits.purse(owner)).terms
    assert max(one.ends_at for one in terms) == until + 30 * DAY_MS


@pytest.mark.parametrize("change", [Change.CANCEL, Change.PAUSE])
async def test_who_wants_no_more_periods_has_no_days_of_grace(world: World, change: Change) -> None:
    owner, subscriptions = await someone(world), world.store.subscriptions
    await subscribed(world, owner)
    held = await own(world, owner)
    world.clock.now_ms = held.subscription.paid_until - 1
    await subscriptions.settle(held.subscription.subscription, now_ms=world.now_ms)
    await subscriptions.change(owner, change, now_ms=world.now_ms)
    assert await plan(world, owner) is Plan.PREMIUM
    world.clock.now_ms += 1
    assert await plan(world, owner) is Plan.FREE


async def test_where_no_answer_came_it_is_asked_again_soon(world: World) -> None:
    owner, subscriptions = await someone(world), world.store.subscriptions
    await subscribed(world, owner)
    held = await own(world, owner)
    name = held.subscription.subscription
    world.clock.now_ms = held.subscription.paid_until
    await subscriptions.settle(name, answered=False, now_ms=world.now_ms)
    assert await plan(world, owner) is Plan.PREMIUM
    world.clock.now_ms += 600_000
    assert await due(world, held)
    await subscriptions.settle(name, now_ms=world.now_ms)
    world.clock.now_ms += 600_000
    assert not await due(world, held)


async def test_two_free_weeks_at_once_are_one(world: World) -> None:
    owner = (await world.enter(world.phone())).account
    rival = await world.store.orders.create(owner, month(trial=True), now_ms=world.now_ms)
    assert await tried(world, owner)
    name = (await own(world, owner)).subscription.subscription
    await world.store.subscriptions.end(name, now_ms=world.now_ms)
    assert not await world.store.subscriptions.begin(rival.order_id, "rival", now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await own(world, owner)
