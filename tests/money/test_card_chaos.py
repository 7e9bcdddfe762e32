"""Chaos around a card: processes die at every step between the window and the subscription."""

from __future__ import annotations

import trio
from hypothesis import given, note, settings
from hypothesis import strategies as st

from engine.credits.plans import Plan, plan_at
from engine.errors import NotFound, Outage, Refused
from engine.ids import OrderId
from engine.limits_payments import ORDER_OPEN_MS, PACED_EVERY_MS
from engine.payments.catalogue import on_sale
from engine.payments.order import OrderState
from engine.payments.provider import ProviderName
from engine.payments.subscription import Wish
from engine.ports.payments import OrderDraft
from tests.money.fuse import Crash, Death, Moment
from tests.money.shop import Process, Shop, make_shop

TOSS = ProviderName.TOSS
MINUTE_MS = 60_000
_EXAMPLES_PER_ROUND = 20  # 60 in the suite, 1,000 in a soak

deaths = st.none() | st.builds(
    Death, st.integers(0, 6), st.sampled_from(Moment), st.sampled_from([0.0, 0.001])
)
# What happens to one order that begins with a card, in which process, and how that dies.
happenings = st.lists(
    st.tuples(
        st.sampled_from(["back", "webhook", "reconcile", "renew", "again"]),
        st.integers(0, 1),
        deaths,
        st.sampled_from(["well", "well", "mute", "down", "refuses"]),
    ),
    max_size=8,
)
Happening = tuple[str, int, Death | None, str]


class Story:
    """One buyer who subscribes by a card, once or twice."""

    def __init__(self) -> None:
        self.shop: Shop = make_shop()
        self.shop.till.cards = True
        self.orders: list[OrderId] = []

    async def tell(self, happenings: list[Happening]) -> None:
        await self.shop.open()
        await self._order(self.shop.processes[0])
        for what, number, death, weather in happenings:
            self.shop.clock.now_ms += PACED_EVERY_MS
            self._weather(weather)
            process = self.shop.processes[number]
            process.fuse.death = death
            try:
                await self._happens(what, process)
            except* (Refused, Outage, Crash):  # several are looked after at once
                pass
            finally:
                process.fuse.death = None
        self._weather("well")
        for _ in range(ORDER_OPEN_MS // (60 * MINUTE_MS) + 2):
            self.shop.clock.now_ms += 60 * MINUTE_MS
            desk = self.shop.processes[1].desk
            await desk.cashier.reconcile()
            await desk.renewals.renew()
        await self._check()

    def _weather(self, kind: str) -> None:
        till = self.shop.till
        till.mute, till.down, till.refuses = kind == "mute", kind == "down", kind == "refuses"

    async def _order(self, process: Process) -> None:
        product = on_sale().product("premium_month")
        draft = OrderDraft(product.product, on_sale().version, TOSS, product.price, renews=True)
        placed, _ = await process.desk.cashier.buy(self.shop.buyers[0], draft)
        self.orders.append(placed.order_id)

    async def _happens(self, what: str, process: Process) -> None:
        cashier, order = process.desk.cashier, self.orders[-1]
        match what:
            case "back":
                await cashier.came_back(TOSS, order, self.shop.till.approve(order))
            case "webhook":
                event = f"evt{self.shop.clock.now_ms} {order}"
                await cashier.webhook(TOSS, {}, event.encode())
            case "reconcile":
                self.shop.clock.now_ms += 5 * MINUTE_MS
                await cashier.reconcile()
            case "renew":
                await process.desk.renewals.renew()
            case _:
                await self._order(process)

    async def _check(self) -> None:
        """What was taken was given and renews by one card; all other cards are forgotten."""
        store, till, buyer = self.shop.store, self.shop.till, self.shop.buyers[0]
        states = [(await store.orders.placed(one)).order.state for one in self.orders]
        assert set(states) <= {OrderState.APPLIED, OrderState.FAILED, OrderState.CANCELLED}
        paid = [one for one, state in zip(self.orders, states, strict=True) if _applied(state)]
        assert till.charges == len(paid)
        assert [till.of(one).charged > 0 for one in self.orders] == [_applied(s) for s in states]
        assert [await store.orders.mandate(one) for one in self.orders] == [""] * len(states)
        purse = await store.credits.purse(buyer)
        has = plan_at(purse.terms, self.shop.clock()) is Plan.PREMIUM
        assert has is bool(paid)
        try:
            going = {(await store.subscriptions.own(buyer)).mandate}
        except NotFound:
            going = set()
        assert bool(going) is bool(paid)
        kept = {mandate for mandate, wish in till.mandates.items() if wish is not Wish.END}
        assert going <= kept
        # A card of which nobody heard is known to the provider alone, and charged by nobody.
        assert kept - going <= {f"mandate {one}" for one in self.orders if one not in paid}


def _applied(state: OrderState) -> bool:
    return state is OrderState.APPLIED


def test_a_card_is_charged_for_what_renews_or_not_at_all(rounds: int) -> None:
    @settings(max_examples=rounds * _EXAMPLES_PER_ROUND)
    @given(st.random_module(), happenings)
    def tell(_: object, many: list[Happening]) -> None:
        note(repr(many))
        trio.run(Story().tell, many)

    tell()
