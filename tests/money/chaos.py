"""Stories of a shop: after the dust settles, what everybody has is what their money is worth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import astuple
from typing import TypeVar

import trio
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
)
from hypothesis.strategies import SearchStrategy

from engine.credits.ledger import Ask, Balances, Cause, Entries, Kind
from engine.errors import Outage, Refused
from engine.ids import OrderId
from engine.limits_payments import ORDER_OPEN_MS, ORDERS_KEPT_MS
from engine.model.look import Look
from engine.payments.catalogue import CreditsGood, on_sale
from engine.payments.order import Dispute, Ending, Heard
from engine.payments.provider import ProviderName
from engine.ports.payments import OrderDraft, Placed, Told
from tests.money.fuse import Crash, Death, Moment
from tests.money.shop import PEOPLE, Process, Shop, make_shop
from tests.till import Headers, Payment

T = TypeVar("T")
HOUR_MS = 3_600_000
LOOK = Look("kim", "desk", "asked for it")
PRODUCTS = ("credits_10", "credits_50", "premium_month", "premium_plus_month")

processes: SearchStrategy[int] = st.integers(0, 1)
# Where a process dies: at which of its calls; one that is cut off comes so far, in seconds.
deaths: SearchStrategy[Death | None] = st.none() | st.builds(
    Death, st.integers(0, 4), st.sampled_from(Moment), st.sampled_from([0.0, 0.001, 0.003])
)


class ChaosInTheShop(RuleBasedStateMachine):
    """Buyers, their banks, operators, a till that loses answers, and processes that die."""

    orders = Bundle("orders")

    def __init__(self, shop: Shop | None = None) -> None:
        super().__init__()
        self.shop: Shop = shop or make_shop()
        self.late: list[tuple[OrderId, Heard]] = []  # answers that are still on their way
        self.at_the_desk: set[OrderId] = set()  # what only an event tells us of

    @initialize()
    def open(self) -> None:
        self.shop.run(self.shop.open)

    def act(
        self, process: int, death: Death | None, do: Callable[[Process], Awaitable[T]]
    ) -> T | None:
        """Let a process do something, and perhaps die of it."""
        one = self.shop.processes[process]

        async def run() -> T | None:
            try:
                return await do(one)
            except (Refused, Outage, Crash):
                return None

        one.fuse.death = death
        try:
            return self.shop.run(run)
        finally:
            one.fuse.death = None

    def payment(self, order: OrderId) -> Payment:
        return self.shop.till.of(order)

    @rule(
        target=orders,
        process=processes,
        death=deaths,
        who=st.integers(0, PEOPLE - 1),
        name=st.sampled_from(PRODUCTS),
        provider=st.sampled_from(ProviderName),
    )
    def order(
        self,
        process: int,
        death: Death | None,
        who: int,
        name: str,
        provider: ProviderName,
    ) -> object:
        catalogue = on_sale()
        product = catalogue.product(name)
        draft = OrderDraft(product.product, catalogue.version, provider, product.price)
        buyer = self.shop.buyers[who]
        bought = self.act(process, death, lambda one: one.cashier.buy(buyer, draft))
        return multiple() if bought is None else bought[0].order_id

    @rule(
        target=orders,
        process=processes,
        death=deaths,
        name=st.sampled_from(PRODUCTS),
        provider=st.sampled_from(ProviderName),
        wrong=st.sampled_from([None, None, None, 1, 10**6]),
        answered=st.booleans(),
    )
    def buy(
        self,
        process: int,
        death: Death | None,
        name: str,
        provider: ProviderName,
        wrong: int | None,
        *,
        answered: bool,
    ) -> object:
        """Order, pay and come back at once; the till's answer or the process may be lost."""
        self.weather(down=False, mute=False)
        product = on_sale().product(name)
        draft = OrderDraft(product.product, on_sale().version, provider, product.price)
        buyer = self.shop.buyers[0]
        bought = self.act(process, None, lambda one: one.cashier.buy(buyer, draft))
        if bought is None:  # too many are open
            return multiple()
        order = bought[0].order_id
        self.weather(down=False, mute=not answered)
        returned = self.shop.till.approve(order, wrong)
        self.act(process, death, lambda one: one.cashier.came_back(provider, order, returned))
        return order

    @rule(order=orders)
    def answer_late(self, order: OrderId) -> None:
        """Keep what the provider would say now; it is heard when more has happened."""
        self.late.append((order, self.payment(order).heard))

    @rule()
    def hear_late(self) -> None:
        if self.late:
            order, heard = self.late.pop(0)

            async def run(_: Process) -> None:
                told = Told("", heard)
                await self.shop.store.orders.hear(order, told, None, now_ms=self.shop.clock())

            self.act(0, None, run)

    @rule(order=orders, wrong=st.sampled_from([None, None, None, 1, 10**6]))
    def approve(self, order: OrderId, wrong: int | None) -> None:
        if not self.payment(order).charged:
            self.shop.till.approve(order, wrong)

    @rule(order=orders)
    def decline(self, order: OrderId) -> None:
        if not self.payment(order).charged:
            self.payment(order).ending = Ending.FAILED

    @rule(order=orders, process=processes, death=deaths, forged=st.booleans())
    def come_back(self, order: OrderId, process: int, death: Death | None, *, forged: bool) -> None:
        token = "paid for another" if forged else f"paid {order}"
        name = self.shop.run(self.shop.store.orders.placed, order).draft.provider
        returned = {"token": token}
        self.act(process, death, lambda one: one.cashier.came_back(name, order, returned))

    @rule(order=orders)
    def take_without_a_word(self, order: OrderId) -> None:
        payment = self.payment(order)
        if payment.approved and payment.ending is Ending.NONE and not payment.charged:
            payment.charged = payment.price
            self.at_the_desk.add(order)

    @rule(
        order=orders,
        process=processes,
        death=deaths,
        event=st.sampled_from(["one", "two", "forged", "other"]),
    )
    def webhook(self, order: OrderId, process: int, death: Death | None, event: str) -> None:
        self.act(process, death, lambda one: self.tell(one, order, event))

    async def tell(self, one: Process, order: OrderId, event: str) -> None:
        name = (await self.shop.store.orders.placed(order)).draft.provider
        headers, body = self.event(name, order, event)
        await one.cashier.webhook(name, headers, body)

    def event(self, name: ProviderName, order: OrderId, event: str) -> tuple[Headers, bytes]:
        """Write an event: it has one name for all its copies, and no other event has it."""
        state = "-".join(str(part) for part in astuple(self.payment(order).heard))
        named = event if event in {"forged", "other"} else f"{event}-{order}-{state}"
        return self.shop.till.event(name, order, named)

    @rule(order=orders)
    def webhooks_of_two_processes_at_once(self, order: OrderId) -> None:
        async def run() -> None:
            async with trio.open_nursery() as nursery:
                for one in self.shop.processes:
                    nursery.start_soon(tell, one)

        async def tell(one: Process) -> None:
            with suppress(Refused, Outage):
                await self.tell(one, order, "both")

        self.shop.run(run)

    @rule(order=orders, to=st.sampled_from(Dispute))
    def dispute(self, order: OrderId, to: Dispute) -> None:
        payment = self.payment(order)
        if payment.charged and to > payment.dispute:
            payment.dispute = to
            self.at_the_desk.add(order)

    @rule(order=orders, part=st.integers(1, 100))
    def give_back_at_the_desk(self, order: OrderId, part: int) -> None:
        payment = self.payment(order)
        payment.refunded += (payment.charged - payment.refunded) * part // 100
        self.at_the_desk.add(order)

    @rule(order=orders, part=st.integers(1, 100))
    def take_back(self, order: OrderId, part: int) -> None:
        placed = self.shop.run(self.shop.store.orders.placed, order)
        amount = placed.draft.price.amount * part // 100

        async def run(_: Process) -> None:
            await self.shop.store.orders.take_back(order, amount, LOOK, now_ms=self.shop.clock())

        self.act(0, None, run)

    @rule(who=st.integers(0, PEOPLE - 1), amount=st.integers(1, 30), number=st.integers(0, 9))
    def spend(self, who: int, amount: int, number: int) -> None:
        ask = Ask(Kind.SPEND, Cause.LIKE, f"spend {number}", amount)

        async def run(_: Process) -> None:
            await self.shop.store.credits.move(self.shop.buyers[who], ask, now_ms=self.shop.clock())

        self.act(0, None, run)

    @rule(down=st.booleans(), mute=st.booleans())
    def weather(self, *, down: bool, mute: bool) -> None:
        self.shop.till.down, self.shop.till.mute = down, mute

    @rule(process=processes, death=deaths, minutes=st.sampled_from([1, 5, 60, 600]))
    def reconcile(self, process: int, death: Death | None, minutes: int) -> None:
        self.shop.clock.now_ms += minutes * 60_000
        try:
            self.act(process, death, lambda one: one.cashier.reconcile())
        except BaseExceptionGroup as crashed:
            assert crashed.split(Crash)[1] is None  # noqa: PT017  # all of it is the crash

    def teardown(self) -> None:
        if self.shop.buyers:
            self.shop.run(self.settle)
            self.shop.run(self.check)
            self.shop.run(self.forget)

    async def settle(self) -> None:
        """Let the weather clear, providers tell what they have to, and two days pass."""
        shop, (one, other) = self.shop, self.shop.processes
        shop.till.down = shop.till.mute = False
        while self.late:
            order, heard = self.late.pop()
            await shop.store.orders.hear(order, Told("", heard), None, now_ms=shop.clock())
        for order in self.at_the_desk:
            await self.tell(one, order, "told")
        for _ in range((ORDER_OPEN_MS + 24 * HOUR_MS) // HOUR_MS):
            shop.clock.now_ms += HOUR_MS
            await one.cashier.reconcile()
            await other.cashier.reconcile()

    async def check(self) -> None:
        """See that everybody has what their money is worth, and nothing twice."""
        store = self.shop.store
        found = await store.orders.audit(after=None, limit=10_000)
        audited = {placed.order_id: (placed, granted) for placed, granted in found}
        assert len(audited) < 10_000
        for payment in self.shop.till.payments.values():
            placed = await store.orders.placed(payment.order)
            self.check_order(placed, payment)
            if payment.charged:
                assert audited[placed.order_id] == (placed, worth(placed, payment))
        given = dict.fromkeys(self.shop.buyers, 0)
        for placed, granted in audited.values():
            if isinstance(placed.order.good, CreditsGood) and placed.owner is not None:
                given[placed.owner] += granted
        for buyer, credits_given in given.items():
            balances = (await store.credits.purse(buyer)).balances
            moves = await store.credits.moves(buyer, after=None, limit=10_000)
            opening = sum(-move.entries.issued for move in moves if not move.about)
            assert balances.issued == credits_given + opening
            held = Balances()
            for move in reversed(moves):
                assert sum(astuple(move.entries)) == 0
                held = held.after(Entries(*astuple(move.entries)))
            assert held == balances

    async def forget(self) -> None:
        """Let the next story find an empty shop."""
        while await self.shop.store.orders.purge(now_ms=self.shop.clock() + 2 * ORDERS_KEPT_MS):
            pass

    def check_order(self, placed: Placed, payment: Payment) -> None:
        order = placed.order
        known = (order.heard.charged, order.heard.refunded, order.heard.dispute)
        assert known == (payment.charged, payment.refunded, payment.dispute), order.state
        assert order.step == 0, order.state
        assert order.to_refund == 0, "money that nobody bought anything for stays with us"
        if payment.charged != order.price.amount:
            assert (payment.refunded, order.given) == (payment.charged, 0)


def worth(placed: Placed, payment: Payment) -> int:
    """Say what somebody should have of an order, by the provider's books alone."""
    good, price = placed.order.good, placed.draft.price.amount
    if payment.charged != price or payment.dispute in {Dispute.OPEN, Dispute.LOST}:
        return 0
    whole = good.credits if isinstance(good, CreditsGood) else good.days
    return whole * (price - payment.refunded) // price
