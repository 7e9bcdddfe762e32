"""The cashier: whatever is lost on the way, a buyer ends with what the money is worth, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unittest.mock import patch

import pytest
import trio
import trio.testing

from actors.cashier import Cashier
from engine.errors import BadRequest, Conflict, NotFound, Unavailable
from engine.ids import AccountId, OrderId
from engine.limits_payments import (
    HINTS_ASKED_TOGETHER,
    ORDER_ASK_DISPUTED_MS,
    ORDER_OPEN_MS,
    ORDERS_LEASE_MS,
    ORDERS_LOOK_EVERY_S,
    ORDERS_OPEN_MAX,
    PACED_EVERY_MS,
)
from engine.model.look import Look
from engine.payments.catalogue import ProductId, on_sale
from engine.payments.order import Dispute, Order, OrderState
from engine.payments.provider import ProviderName
from engine.ports.meter import NoMeter
from engine.ports.payments import Bill, OrderDraft, Placed, Told
from engine.ports.seeding import SeedPlan
from store.bundle import Chance, StoreBundle
from store.memory import open_memory_store
from tests.api.edge import Chance as Ids
from tests.api.edge import Clock
from tests.till import Till

MINUTE_MS = 60_000
LOOK = Look("kim", "desk", "asked for it")
TOSS, KAKAO = ProviderName.TOSS, ProviderName.KAKAO


@dataclass
class Shop:
    """A cashier, its till, a buyer and a clock."""

    cashier: Cashier
    store: StoreBundle
    till: Till
    clock: Clock
    buyer: AccountId

    async def buy(self, provider: ProviderName = TOSS) -> OrderId:
        """Order ten credits."""
        catalogue = on_sale()
        product = catalogue.product(ProductId("credits_10"))
        draft = OrderDraft(product.product, catalogue.version, provider, product.price)
        placed, url = await self.cashier.buy(self.buyer, draft)
        assert url.endswith(placed.order_id)
        return placed.order_id

    async def come_back(self, order: OrderId) -> None:
        """Pay at the provider's page and come back."""
        await self.cashier.came_back(TOSS, order, self.till.approve(order))

    async def order(self, order: OrderId) -> Order:
        """Read an order."""
        return (await self.store.orders.placed(order)).order

    async def wallet(self) -> int:
        """Say what may be spent."""
        return (await self.store.credits.purse(self.buyer)).balances.wallet

    async def wait(self, ms: int) -> None:
        """Let time pass, minute by minute, with somebody who reconciles."""
        for _ in range(ms // MINUTE_MS):
            self.clock.now_ms += MINUTE_MS
            await self.cashier.reconcile()


@pytest.fixture
async def shop() -> Shop:
    clock, ids = Clock(), Ids()
    store = open_memory_store(chance=Chance(clock, ids.fresh_id, ids.secret))
    till = Till()
    cashier = Cashier(
        store.orders, store.subscriptions, {TOSS: till, KAKAO: till}, clock, NoMeter()
    )
    plan = SeedPlan(users=4, groups=1)
    me, *_ = await store.seeding.seed(plan, now_ms=clock())
    return Shop(cashier, store, till, clock, me.account)


async def test_who_pays_has_it(shop: Shop) -> None:
    order = await shop.buy()
    assert (await shop.order(order)).state is OrderState.AWAITING
    for _ in range(2):  # the page is loaded again
        await shop.come_back(order)
        assert (await shop.order(order)).state is OrderState.APPLIED
        assert await shop.wallet() == 10
    await shop.wait(60 * MINUTE_MS)
    assert shop.till.asked == 0


async def test_browsers_that_come_back_again_and_again_reach_the_provider_once(shop: Shop) -> None:
    order = await shop.buy()
    calls = 0
    confirm = shop.till.confirm

    async def counted(bill: Bill, reference: str, returned: Mapping[str, str]) -> Told:
        nonlocal calls
        calls += 1
        return await confirm(bill, reference, returned)

    shop.till.confirm = counted  # type: ignore[method-assign]
    for _ in range(100):
        await shop.cashier.came_back(TOSS, order, {})
    assert calls == 1
    shop.clock.now_ms += PACED_EVERY_MS
    await shop.come_back(order)
    assert (calls, await shop.wallet()) == (2, 10)


async def test_a_charge_whose_answer_was_lost_is_found_within_ten_minutes(shop: Shop) -> None:
    order = await shop.buy()
    shop.till.mute = True
    await shop.come_back(order)
    assert shop.till.kept() == 4_500
    assert (await shop.order(order)).state is OrderState.AWAITING
    shop.till.mute = False
    await shop.wait(10 * MINUTE_MS)
    assert (await shop.order(order)).state is OrderState.APPLIED
    assert (await shop.wallet(), shop.till.kept()) == (10, 4_500)


async def test_money_of_another_amount_goes_back_once(shop: Shop) -> None:
    order = await shop.buy()
    await shop.cashier.came_back(TOSS, order, shop.till.approve(order, amount=1))
    assert (await shop.order(order)).state is OrderState.REFUNDING
    shop.till.mute = True
    await shop.wait(MINUTE_MS)
    shop.till.mute = False
    await shop.wait(10 * MINUTE_MS)
    assert (await shop.order(order)).state is OrderState.REFUNDED
    assert (await shop.wallet(), shop.till.kept()) == (0, 0)


async def test_a_refund_whose_answer_was_lost_is_not_made_again(shop: Shop) -> None:
    order = await shop.buy()
    await shop.come_back(order)
    await shop.store.orders.take_back(order, 900, LOOK, now_ms=shop.clock())
    shop.till.mute = True
    await shop.wait(MINUTE_MS)
    shop.till.mute = False
    await shop.wait(10 * MINUTE_MS)
    assert (await shop.order(order)).state is OrderState.APPLIED
    assert (await shop.wallet(), shop.till.kept()) == (8, 3_600)


async def test_who_walks_away_is_asked_about_for_a_day_and_ever_less_often(shop: Shop) -> None:
    order = await shop.buy()
    await shop.wait(ORDER_OPEN_MS - MINUTE_MS)
    assert (await shop.order(order)).state is OrderState.AWAITING
    assert 20 < shop.till.asked < 40
    await shop.wait(120 * MINUTE_MS)
    assert (await shop.order(order)).state is OrderState.CANCELLED
    asked = shop.till.asked
    await shop.wait(120 * MINUTE_MS)
    assert shop.till.asked == asked


async def test_while_a_provider_is_down_no_order_is_given_up(shop: Shop) -> None:
    order = await shop.buy()
    shop.till.approve(order)
    shop.till.down = True
    await shop.wait(ORDER_OPEN_MS + 60 * MINUTE_MS)
    assert (await shop.order(order)).state is OrderState.AWAITING
    shop.till.down = False
    shop.till.of(order).charged = 4_500
    await shop.wait(60 * MINUTE_MS)
    assert await shop.wallet() == 10


async def test_a_dispute_is_followed_until_it_is_won(shop: Shop) -> None:
    order = await shop.buy()
    await shop.come_back(order)
    shop.till.dispute(order, Dispute.OPEN)
    await shop.cashier.webhook(TOSS, {}, f"event {order}".encode())
    assert ((await shop.order(order)).state, await shop.wallet()) == (OrderState.DISPUTED, 0)
    shop.till.dispute(order, Dispute.WON)
    await shop.wait(ORDER_ASK_DISPUTED_MS + MINUTE_MS)
    assert ((await shop.order(order)).state, await shop.wallet()) == (OrderState.APPLIED, 10)


async def test_a_webhook_is_a_reason_to_ask_and_nothing_else(shop: Shop) -> None:
    order = await shop.buy()
    for _ in range(3):
        await shop.cashier.webhook(TOSS, {}, f"paid {order}".encode())
    assert await shop.wallet() == 0
    shop.till.of(order).charged = 4_500
    for event in ("done", "done", "again"):
        await shop.cashier.webhook(TOSS, {}, f"{event} {order}".encode())
    assert await shop.wallet() == 10
    with pytest.raises(BadRequest):
        await shop.cashier.webhook(TOSS, {}, f"forged {order}".encode())
    with pytest.raises(NotFound):
        await shop.cashier.webhook(KAKAO, {}, f"event {order}".encode())
    shop.till.down = True
    with pytest.raises(Unavailable):
        await shop.cashier.webhook(TOSS, {}, f"later {order}".encode())


async def test_what_came_back_with_another_order_is_nothing(shop: Shop) -> None:
    mine, other = await shop.buy(), await shop.buy()
    returned = shop.till.approve(other)
    with pytest.raises(NotFound):
        await shop.cashier.came_back(TOSS, mine, returned)
    with pytest.raises(NotFound):
        await shop.cashier.came_back(KAKAO, mine, returned)
    assert (await shop.wallet(), shop.till.kept()) == (0, 0)


async def test_a_page_that_did_not_open_leaves_no_open_order(shop: Shop) -> None:
    for trouble, error in (("down", Unavailable), ("refuses", Conflict)):
        setattr(shop.till, trouble, True)
        for _ in range(ORDERS_OPEN_MAX):
            with pytest.raises(error):
                await shop.buy()
        setattr(shop.till, trouble, False)
    await shop.buy()


async def test_where_nobody_can_pay_nothing_is_ordered(shop: Shop) -> None:
    assert shop.cashier.providers == (TOSS, KAKAO)
    with pytest.raises(NotFound):
        await shop.buy(ProviderName.STRIPE)
    assert list(await shop.store.orders.orders(shop.buyer, after=None, limit=9)) == []


async def test_an_order_stays_with_the_provider_it_was_placed_at(shop: Shop) -> None:
    order = await shop.buy(KAKAO)
    returned = shop.till.approve(order)
    with pytest.raises(NotFound):
        await shop.cashier.came_back(TOSS, order, returned)
    assert (await shop.wallet(), shop.till.kept()) == (0, 0)
    await shop.cashier.came_back(KAKAO, order, returned)
    assert (await shop.wallet(), shop.till.kept()) == (10, 4_500)


async def test_two_who_send_the_same_money_back_send_it_once(shop: Shop) -> None:
    """Whoever was slow has lost the order to another process, and goes on all the same."""
    order = await shop.buy()
    await shop.come_back(order)
    await shop.store.orders.take_back(order, 900, LOOK, now_ms=shop.clock())
    refund, slow = shop.till.refund, trio.Event()

    async def waits(bill: Bill, reference: str, amount: int, *, key: str) -> Told:
        await slow.wait()
        return await refund(bill, reference, amount, key=key)

    async with trio.open_nursery() as nursery:
        shop.till.refund = waits  # type: ignore[method-assign]
        nursery.start_soon(shop.cashier.reconcile)
        await trio.testing.wait_all_tasks_blocked()
        shop.till.refund = refund  # type: ignore[method-assign]
        shop.clock.now_ms += ORDERS_LEASE_MS
        await shop.cashier.reconcile()
        slow.set()
    assert (await shop.wallet(), shop.till.kept()) == (8, 3_600)


async def test_an_order_that_the_store_loses_does_not_hold_up_the_others(shop: Shop) -> None:
    lost, other = await shop.buy(), await shop.buy()
    for order in (lost, other):
        shop.till.approve(order)
        shop.till.of(order).charged = 4_500
    hear = shop.store.orders.hear

    async def fails(order: OrderId, told: Told, event: str | None, *, now_ms: int) -> object:
        if order == lost:
            raise Unavailable
        return await hear(order, told, event, now_ms=now_ms)

    with patch.object(shop.store.orders, "hear", fails):
        await shop.wait(MINUTE_MS)
    assert ((await shop.order(lost)).state, await shop.wallet()) == (OrderState.AWAITING, 10)
    await shop.wait(ORDERS_LEASE_MS)
    assert ((await shop.order(lost)).state, await shop.wallet()) == (OrderState.APPLIED, 20)


@pytest.mark.usefixtures("autojump_clock")
async def test_an_outage_only_delays(shop: Shop) -> None:
    order = await shop.buy()
    shop.till.approve(order)
    shop.till.of(order).charged = 4_500
    shop.clock.now_ms += MINUTE_MS
    find, looks = shop.store.orders.due, 0

    async def fails_once(*, now_ms: int, limit: int, lease_ms: int) -> Sequence[Placed]:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise Unavailable
        return await find(now_ms=now_ms, limit=limit, lease_ms=lease_ms)

    with (
        patch.object(shop.store.orders, "due", fails_once),
        trio.move_on_after(1.5 * ORDERS_LOOK_EVERY_S),
    ):
        await shop.cashier.run()
    assert (looks, await shop.wallet()) == (2, 10)


async def test_a_flood_of_webhooks_that_anybody_sends_asks_once(shop: Shop) -> None:
    """What it says is not lost: the order is due, and asked about by the reconciler."""
    order, shop.till.vouches = await shop.buy(), False
    for number in range(100):
        await shop.cashier.webhook(TOSS, {}, f"event-{number} {order}".encode())
    assert shop.till.asked == 1
    shop.till.of(order).charged = 4_500
    await shop.cashier.webhook(TOSS, {}, f"paid {order}".encode())
    assert (shop.till.asked, await shop.wallet()) == (1, 0)
    await shop.cashier.reconcile()
    assert (shop.till.asked, await shop.wallet()) == (2, 10)
    shop.till.of(order).refunded = 4_500
    shop.clock.now_ms += PACED_EVERY_MS
    await shop.cashier.webhook(TOSS, {}, f"back {order}".encode())
    assert (shop.till.asked, await shop.wallet()) == (3, 0)


async def test_webhooks_that_anybody_sends_leave_room_for_buyers(shop: Shop) -> None:
    orders, shop.till.vouches = [await shop.buy() for _ in range(HINTS_ASKED_TOGETHER + 3)], False
    ask, slow = shop.till.ask, trio.Event()

    async def waits(bill: Bill, reference: str) -> Told:
        await slow.wait()
        return await ask(bill, reference)

    with patch.object(shop.till, "ask", waits):
        async with trio.open_nursery() as nursery:
            for order in orders:
                body = f"event {order}".encode()
                nursery.start_soon(shop.cashier.webhook, TOSS, {}, body)
            await trio.testing.wait_all_tasks_blocked()
            slow.set()
    assert shop.till.asked == HINTS_ASKED_TOGETHER
    await shop.cashier.reconcile()
    assert shop.till.asked == len(orders)
