"""Renewals: a period is charged once, whoever is late is tried every day, and an end is an end."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from unittest.mock import patch

import pytest
import trio
import trio.testing

from actors.paydesk import Paydesk, make_paydesk
from engine.credits.plans import DAY_MS, Plan, plan_at
from engine.errors import Conflict, NotFound, Unavailable
from engine.ids import AccountId, SubscriptionId
from engine.limits_payments import (
    ORDER_ASK_FIRST_MS,
    ORDERS_LEASE_MS,
    ORDERS_LOOK_EVERY_S,
    RENEWALS_WITHIN_MS,
)
from engine.payments.catalogue import ProductId, on_sale
from engine.payments.order import OrderState
from engine.payments.provider import ProviderName
from engine.payments.subscription import Change, SubscriptionState, Wish
from engine.ports.meter import NoMeter
from engine.ports.payments import OrderDraft, Placed, Told
from engine.ports.seeding import SeedPlan
from store.bundle import Chance, StoreBundle
from store.memory import open_memory_store
from tests.api.edge import Chance as Ids
from tests.api.edge import Clock
from tests.till import Till

KAKAO = ProviderName.KAKAO
PRICE = 9_900


@dataclass
class Shop:
    """A pay desk, its till, somebody who has subscribed, and a clock."""

    desk: Paydesk
    store: StoreBundle
    till: Till
    clock: Clock
    buyer: AccountId

    async def order(self, *, renews: bool, trial: bool = False) -> Placed:
        """Order a month."""
        catalogue = on_sale()
        product = catalogue.product(ProductId("premium_month"))
        draft = OrderDraft(
            product.product, catalogue.version, KAKAO, product.price, "ko", renews, trial
        )
        return (await self.desk.cashier.buy(self.buyer, draft))[0]

    async def subscribe(self, *, trial: bool = False) -> None:
        """Buy a month that renews."""
        placed = await self.order(renews=True, trial=trial)
        returned = self.till.approve(placed.order_id)
        await self.desk.cashier.came_back(KAKAO, placed.order_id, returned)

    async def days(self, count: int) -> None:
        """Let days pass, with somebody who looks after orders and subscriptions each hour."""
        for _ in range(count * 24):
            self.clock.now_ms += DAY_MS // 24
            await self.desk.cashier.reconcile()
            await self.desk.renewals.renew()

    async def state(self) -> SubscriptionState:
        """Say where the subscription stands."""
        held = await self.store.subscriptions.own(self.buyer)
        return held.subscription.state(self.clock())

    async def plan(self) -> Plan:
        """Say what the buyer is entitled to."""
        return plan_at((await self.store.credits.purse(self.buyer)).terms, self.clock())


@pytest.fixture
async def shop() -> Shop:
    """A shop with somebody who has subscribed."""
    one = await make_shop()
    await one.subscribe()
    return one


async def make_shop() -> Shop:
    """Open a shop with somebody who has bought nothing."""
    clock, ids, till = Clock(), Ids(), Till()
    store = open_memory_store(chance=Chance(clock, ids.fresh_id, ids.secret))
    desk = make_paydesk(store.orders, store.subscriptions, {KAKAO: till}, clock, NoMeter())
    me, *_ = await store.seeding.seed(SeedPlan(users=4, groups=1), now_ms=clock())
    return Shop(desk, store, till, clock, me.account)


async def test_each_period_is_charged_once(shop: Shop) -> None:
    for month in range(1, 4):
        assert (await shop.state(), await shop.plan()) == (SubscriptionState.ACTIVE, Plan.PREMIUM)
        assert shop.till.kept() == month * PRICE
        await shop.days(30)


async def test_a_second_one_beside_it_is_refused(shop: Shop) -> None:
    with pytest.raises(Conflict):
        await shop.subscribe()
    assert shop.till.kept() == PRICE


async def test_an_answer_that_was_lost_costs_nobody_a_second_charge(shop: Shop) -> None:
    await shop.days(29)
    shop.till.mute = True
    await shop.days(2)
    assert await shop.state() is SubscriptionState.PAST_DUE
    assert await shop.plan() is Plan.PREMIUM
    shop.till.mute = False
    await shop.days(2)
    assert (await shop.state(), shop.till.kept()) == (SubscriptionState.ACTIVE, 2 * PRICE)


async def test_who_cannot_pay_is_tried_for_a_week_and_then_it_is_over(shop: Shop) -> None:
    shop.till.refuses = True
    await shop.days(36)
    assert (await shop.state(), await shop.plan()) == (SubscriptionState.PAST_DUE, Plan.PREMIUM)
    await shop.days(2)
    with pytest.raises(NotFound):
        await shop.state()
    assert (await shop.plan(), shop.till.kept()) == (Plan.FREE, PRICE)
    shop.till.refuses = False
    await shop.days(40)
    assert shop.till.kept() == PRICE
    await shop.subscribe()
    assert await shop.state() is SubscriptionState.ACTIVE


async def test_a_card_that_is_full_again_pays_the_period(shop: Shop) -> None:
    shop.till.refuses = True
    await shop.days(33)
    shop.till.refuses = False
    await shop.days(1)
    assert (await shop.state(), shop.till.kept()) == (SubscriptionState.ACTIVE, 2 * PRICE)


async def test_who_cancels_is_not_charged_again_and_keeps_what_is_paid(shop: Shop) -> None:
    await shop.desk.renewals.change(shop.buyer, Change.CANCEL)
    assert list(shop.till.mandates.values()) == [Wish.STOP]
    await shop.days(29)
    assert (await shop.state(), await shop.plan()) == (SubscriptionState.CANCELLED, Plan.PREMIUM)
    await shop.days(2)
    assert (await shop.plan(), shop.till.kept()) == (Plan.FREE, PRICE)
    with pytest.raises(NotFound):
        await shop.desk.renewals.change(shop.buyer, Change.RESUME)


async def test_who_comes_back_in_time_goes_on(shop: Shop) -> None:
    await shop.desk.renewals.change(shop.buyer, Change.CANCEL)
    await shop.days(10)
    await shop.desk.renewals.change(shop.buyer, Change.RESUME)
    await shop.days(25)
    assert (await shop.state(), shop.till.kept()) == (SubscriptionState.ACTIVE, 2 * PRICE)


async def test_nothing_is_promised_while_the_provider_does_not_answer(shop: Shop) -> None:
    shop.till.down = True
    with pytest.raises(Unavailable):
        await shop.desk.renewals.change(shop.buyer, Change.CANCEL)
    assert await shop.state() is SubscriptionState.ACTIVE


async def test_who_is_erased_is_charged_no_more(shop: Shop) -> None:
    await shop.store.accounts.ask_deletion(
        shop.buyer, now_ms=shop.clock(), erases_at_ms=shop.clock()
    )
    while await shop.store.erasures.erase_due(now_ms=shop.clock()):
        shop.clock.now_ms += DAY_MS
    await shop.days(40)
    assert list(shop.till.mandates.values()) == [Wish.END]
    assert shop.till.kept() == PRICE


async def test_what_was_cancelled_at_the_provider_is_charged_no_more(shop: Shop) -> None:
    shop.till.tells = True
    shop.till.mandates = dict.fromkeys(shop.till.mandates, Wish.STOP)
    await shop.days(31)
    with pytest.raises(NotFound):
        await shop.state()
    assert (await shop.plan(), shop.till.kept()) == (Plan.FREE, PRICE)


async def test_free_days_come_first_and_cost_nothing() -> None:
    shop = await make_shop()
    await shop.subscribe(trial=True)
    assert (await shop.state(), shop.till.kept()) == (SubscriptionState.TRIAL, 0)
    await shop.days(6)
    assert await shop.plan() is Plan.TRIAL
    await shop.days(2)
    assert (await shop.state(), shop.till.kept()) == (SubscriptionState.ACTIVE, PRICE)


async def test_where_no_free_days_can_come_first_nothing_is_ordered() -> None:
    shop = await make_shop()
    shop.till.tries = False
    with pytest.raises(Conflict):
        await shop.subscribe(trial=True)
    assert not await shop.store.orders.orders(shop.buyer, after=None, limit=10)
    assert (shop.desk.cashier.renewing, shop.desk.cashier.trying) == ((KAKAO,), ())


async def test_a_charge_of_the_last_day_whose_answer_was_lost_counts(shop: Shop) -> None:
    shop.till.refuses = True
    await shop.days(35)
    shop.till.refuses, shop.till.mute = False, True
    await shop.days(3)
    assert (await shop.state(), await shop.plan()) == (SubscriptionState.EXPIRED, Plan.FREE)
    shop.till.mute = False
    await shop.days(1)
    assert (await shop.state(), await shop.plan()) == (SubscriptionState.ACTIVE, Plan.PREMIUM)
    assert shop.till.kept() == 2 * PRICE


async def test_the_page_for_cards_is_the_providers(shop: Shop) -> None:
    assert "portal/ko" in await shop.desk.renewals.portal(shop.buyer)
    shop.till.down = True
    with pytest.raises(Unavailable):
        await shop.desk.renewals.portal(shop.buyer)


async def test_a_period_is_charged_once_by_two_of_whom_one_was_slow(shop: Shop) -> None:
    """The slow one still believes that it is due when the other has charged and settled it."""
    await shop.days(29)
    shop.clock.now_ms += DAY_MS
    renewal, slow = shop.store.subscriptions.renewal, trio.Event()

    async def waits(name: SubscriptionId, *, now_ms: int) -> Placed:
        await slow.wait()
        return await renewal(name, now_ms=now_ms)

    async with trio.open_nursery() as nursery:
        with patch.object(shop.store.subscriptions, "renewal", waits):
            nursery.start_soon(shop.desk.renewals.renew)
            await trio.testing.wait_all_tasks_blocked()
        shop.clock.now_ms += ORDERS_LEASE_MS
        await shop.desk.renewals.renew()
        assert (await shop.state(), shop.till.kept()) == (SubscriptionState.ACTIVE, 2 * PRICE)
        slow.set()
    assert shop.till.kept() == 2 * PRICE


async def test_nobody_is_charged_whose_lease_may_end_before_it_is_done(shop: Shop) -> None:
    *_, other = await shop.store.seeding.seed(SeedPlan(users=4, groups=1), now_ms=shop.clock())
    shop.buyer = other.account
    await shop.subscribe()
    renew = shop.till.renew

    async def is_slow(*bill: object, **more: object) -> Told:
        shop.clock.now_ms += RENEWALS_WITHIN_MS + 1
        return await renew(*bill, **more)  # type: ignore[arg-type]

    shop.clock.now_ms += 30 * DAY_MS
    with patch.object(shop.till, "renew", is_slow):
        await shop.desk.renewals.renew()
        assert shop.till.kept() == 3 * PRICE, "one of the two"
        await shop.desk.renewals.renew()
        assert shop.till.kept() == 3 * PRICE, "the other is somebody's for now"
        shop.clock.now_ms += ORDERS_LEASE_MS
        await shop.desk.renewals.renew()
    assert shop.till.kept() == 4 * PRICE


@pytest.mark.usefixtures("autojump_clock")
async def test_a_desk_looks_after_orders_and_what_renews(shop: Shop) -> None:
    shop.clock.now_ms += 30 * DAY_MS
    order = (await shop.order(renews=False)).order_id
    shop.till.approve(order)
    shop.till.of(order).charged = PRICE
    shop.clock.now_ms += ORDER_ASK_FIRST_MS
    with trio.move_on_after(ORDERS_LOOK_EVERY_S / 2):
        await shop.desk.run()
    assert (await shop.store.orders.placed(order)).order.state is OrderState.APPLIED
    assert (await shop.state(), shop.till.kept()) == (SubscriptionState.ACTIVE, 3 * PRICE)


async def test_who_cancels_a_period_that_was_charged_unheard_has_it(shop: Shop) -> None:
    await shop.days(29)
    shop.till.mute = True
    shop.clock.now_ms += DAY_MS
    await shop.desk.renewals.renew()
    shop.till.mute = False
    assert (await shop.state(), shop.till.kept()) == (SubscriptionState.PAST_DUE, 2 * PRICE)
    await shop.desk.renewals.change(shop.buyer, Change.CANCEL)
    await shop.days(29)
    assert (await shop.state(), await shop.plan()) == (SubscriptionState.CANCELLED, Plan.PREMIUM)
    await shop.days(2)
    assert (await shop.plan(), shop.till.kept()) == (Plan.FREE, 2 * PRICE)


async def test_nobody_has_days_of_grace_for_ever(shop: Shop) -> None:
    """A card is empty, and its owner pauses and resumes whenever the grace is nearly over."""
    order = next(iter(shop.till.payments.values())).order
    shop.till.refuses = True
    await shop.days(30)
    for _ in range(3):
        for change in (Change.PAUSE, Change.RESUME):
            with suppress(Conflict, NotFound):
                await shop.desk.renewals.change(shop.buyer, change)
            await shop.store.subscriptions.nudge(order, now_ms=shop.clock())
            await shop.desk.renewals.renew()
        await shop.days(4)
    assert (await shop.plan(), shop.till.kept()) == (Plan.FREE, PRICE)


async def test_nobody_else_gives_up_a_period_whatever_they_are_told(shop: Shop) -> None:
    """The reconciler would, where a provider does not know of it yet."""
    await shop.days(29)
    shop.till.down, shop.till.vouches = True, False
    shop.clock.now_ms += DAY_MS
    await shop.desk.renewals.renew()
    (period, *_) = await shop.store.orders.orders(shop.buyer, after=None, limit=1)
    for number in range(3):
        body = f"event-{number} {period.order_id}".encode()
        with suppress(Unavailable):
            await shop.desk.cashier.webhook(KAKAO, {}, body)
    assert await shop.store.orders.placed(period.order_id) == period
    assert (period.order.state, period.ask_at) == (OrderState.AWAITING, None)
