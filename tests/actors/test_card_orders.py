"""What renews and begins with a card: kept first, charged then, once, whatever is lost."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import trio

from actors.paydesk import Paydesk, make_paydesk
from engine.errors import NotFound
from engine.ids import AccountId, OrderId
from engine.limits_payments import PACED_EVERY_MS
from engine.payments.catalogue import ProductId, on_sale
from engine.payments.order import Ending, Heard, OrderState
from engine.payments.provider import ProviderName
from engine.payments.subscription import Wish
from engine.ports.meter import NoMeter
from engine.ports.payments import Bill, OrderDraft, Told
from engine.ports.seeding import SeedPlan
from store.bundle import Chance, StoreBundle
from store.memory import open_memory_store
from tests.api.edge import Chance as Ids
from tests.api.edge import Clock
from tests.till import Till

TOSS = ProviderName.TOSS
PRICE = 9_900
MINUTE_MS = 60_000


@dataclass
class Shop:
    """A pay desk, its till, a buyer and a clock."""

    desk: Paydesk
    store: StoreBundle
    till: Till
    clock: Clock
    buyer: AccountId

    async def order(self) -> OrderId:
        """Order a month that renews."""
        product = on_sale().product(ProductId("premium_month"))
        draft = OrderDraft(product.product, on_sale().version, TOSS, product.price, renews=True)
        return (await self.desk.cashier.buy(self.buyer, draft))[0].order_id

    async def come_back(self, order: OrderId) -> None:
        """Show a card and come back, a moment after the last time."""
        self.clock.now_ms += PACED_EVERY_MS
        await self.desk.cashier.came_back(TOSS, order, self.till.approve(order))

    async def wait(self, minutes: int) -> None:
        """Let time pass, with somebody who reconciles and renews."""
        for _ in range(minutes):
            self.clock.now_ms += MINUTE_MS
            await self.desk.cashier.reconcile()
            await self.desk.renewals.renew()

    async def state(self, order: OrderId) -> OrderState:
        """Say what became of an order."""
        return (await self.store.orders.placed(order)).order.state

    async def mandate(self) -> str:
        """Return by what the buyer's subscription is charged."""
        return (await self.store.subscriptions.own(self.buyer)).mandate


@pytest.fixture
async def shop() -> Shop:
    clock, ids, till = Clock(), Ids(), Till(cards=True)
    store = open_memory_store(chance=Chance(clock, ids.fresh_id, ids.secret))
    desk = make_paydesk(store.orders, store.subscriptions, {TOSS: till}, clock, NoMeter())
    me, *_ = await store.seeding.seed(SeedPlan(users=4, groups=1), now_ms=clock())
    return Shop(desk, store, till, clock, me.account)


async def test_a_card_is_kept_charged_and_begins_what_renews(shop: Shop) -> None:
    order = await shop.order()
    for _ in range(2):  # the page is loaded again
        await shop.come_back(order)
        assert await shop.state(order) is OrderState.APPLIED
    assert (shop.till.kept(), shop.till.charges) == (PRICE, 1)
    assert await shop.mandate() == f"mandate {order}"
    assert await shop.store.orders.mandate(order) == ""


async def test_an_answer_of_the_charge_that_was_lost_is_found_within_minutes(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await shop.order()
    await shop.wait(50)  # the buyer takes their time, and their provider is asked seldom by now
    charge = shop.till.renew

    async def lost(bill: Bill, mandate: str, reference: str, *, since_ms: int, take: bool) -> Told:
        shop.till.mute = True
        return await charge(bill, mandate, reference, since_ms=since_ms, take=take)

    with monkeypatch.context() as patched:
        patched.setattr(shop.till, "renew", lost)
        await shop.come_back(order)
    shop.till.mute = False
    assert (await shop.state(order), shop.till.charges) == (OrderState.AWAITING, 1)
    await shop.wait(10)
    assert (await shop.state(order), shop.till.charges) == (OrderState.APPLIED, 1)
    assert await shop.mandate() == f"mandate {order}"


async def test_a_webhook_of_the_charge_begins_what_renews_too(shop: Shop) -> None:
    order = await shop.order()
    shop.till.approve(order)
    mandate = f"mandate {order}"
    shop.till.mandates[mandate] = Wish.GO
    await shop.store.orders.agree(order, mandate, now_ms=shop.clock())
    shop.till.of(order).charged = PRICE  # by a process that has died since
    await shop.desk.cashier.webhook(TOSS, {}, f"evt {order}".encode())
    assert (await shop.state(order), await shop.mandate()) == (OrderState.APPLIED, mandate)


async def test_a_card_that_is_refused_is_forgotten_and_said(shop: Shop) -> None:
    order = await shop.order()
    shop.till.refuses = True
    await shop.come_back(order)
    assert await shop.state(order) is OrderState.FAILED
    assert shop.till.mandates == {f"mandate {order}": Wish.END}
    with pytest.raises(NotFound):
        await shop.mandate()
    shop.till.refuses = False
    again = await shop.order()
    await shop.come_back(again)
    assert await shop.state(again) is OrderState.APPLIED


async def test_a_charge_that_the_bank_has_undone_leaves_no_card(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await shop.order()

    async def renew(*_: object, **__: object) -> Told:
        await trio.lowlevel.checkpoint()
        return Told("key", Heard(ending=Ending.FAILED))

    monkeypatch.setattr(shop.till, "renew", renew)
    await shop.come_back(order)
    assert await shop.state(order) is OrderState.FAILED
    assert shop.till.mandates == {f"mandate {order}": Wish.END}


async def test_a_browser_that_comes_back_again_ends_no_card_in_use(shop: Shop) -> None:
    order = await shop.order()
    mandate = f"mandate {order}"
    await shop.store.orders.agree(order, mandate, now_ms=shop.clock())  # and then it has died
    await shop.come_back(order)
    assert await shop.state(order) is OrderState.APPLIED
    assert (await shop.mandate(), shop.till.mandates) == (mandate, {mandate: Wish.GO})


async def test_another_card_for_the_same_order_is_forgotten(shop: Shop) -> None:
    order = await shop.order()
    kept, other = "mandate of before", f"mandate {order}"
    shop.till.mandates[kept] = Wish.GO
    await shop.store.orders.agree(order, kept, now_ms=shop.clock())
    await shop.come_back(order)
    assert shop.till.mandates == {kept: Wish.GO, other: Wish.END}
    await shop.wait(2)
    assert (await shop.state(order), await shop.mandate()) == (OrderState.APPLIED, kept)


async def test_two_that_were_begun_at_once_leave_one_card(shop: Shop) -> None:
    first, second = await shop.order(), await shop.order()
    await shop.come_back(first)
    await shop.come_back(second)
    await shop.wait(2)
    assert await shop.mandate() == f"mandate {first}"
    assert shop.till.mandates[f"mandate {second}"] is Wish.END


async def test_who_is_erased_meanwhile_is_charged_nothing(shop: Shop) -> None:
    order = await shop.order()
    mandate = f"mandate {order}"
    shop.till.mandates[mandate] = Wish.GO
    await shop.store.orders.agree(order, mandate, now_ms=shop.clock())
    await shop.store.accounts.ask_deletion(
        shop.buyer, now_ms=shop.clock(), erases_at_ms=shop.clock()
    )
    while await shop.store.erasures.erase_due(now_ms=shop.clock()):
        pass
    await shop.wait(5)
    assert (shop.till.kept(), shop.till.mandates) == (0, {mandate: Wish.END})
    assert await shop.state(order) is OrderState.FAILED
