"""The cashier: sends buyers to providers, asks these what became of it, and sends money back.

Nothing that a browser or a webhook says is believed: each is a reason to ask the provider, and what
it answers is joined with what is known (engine.payments.order). Whatever breaks off in the middle
is found again by `reconcile`, since every order that waits for its money has a time when its
provider is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import Final

import trio

from engine.errors import BadRequest, Conflict, NotFound, Outage, Unauthenticated, Unavailable
from engine.ids import AccountId, OrderId
from engine.limits_payments import (
    HINTS_ASKED_TOGETHER,
    ORDERS_ASKED_TOGETHER,
    ORDERS_DUE_AT_ONCE,
    ORDERS_LEASE_MS,
    ORDERS_LOOK_EVERY_S,
    SUBSCRIPTION_TRIAL_DAYS,
)
from engine.payments.asking import given_up, is_for_renewals, next_ask
from engine.payments.catalogue import PlanGood, as_of
from engine.payments.order import Ending, Heard
from engine.payments.pace import Pace
from engine.payments.provider import ProviderName
from engine.payments.subscription import Wish
from engine.ports.meter import Meter
from engine.ports.payments import Bill, CardForm, OrderDraft, Orders, PaymentProvider, Placed, Told
from engine.ports.subscriptions import Subscriptions

_NOT_PAID: Final = Told("", Heard(ending=Ending.FAILED))
_NO_MONEY: Final = Told("", Heard(ending=Ending.CANCELLED))


class Cashier:
    """Takes orders of one process; any number of processes may have one."""

    def __init__(
        self,
        orders: Orders,
        subscriptions: Subscriptions,
        providers: Mapping[ProviderName, PaymentProvider],
        now_ms: Callable[[], int],
        meter: Meter,
    ) -> None:
        self._orders = orders
        self._subscriptions = subscriptions
        self._providers = providers
        self._now_ms = now_ms
        self._returns = Pace()  # of browsers
        self._hints = Pace()  # that anybody may have sent
        self._hints_asked = trio.CapacityLimiter(HINTS_ASKED_TOGETHER)
        self._meter = meter

    @property
    def providers(self) -> tuple[ProviderName, ...]:
        """Where one can pay, in the order of their names."""
        return tuple(name for name in ProviderName if name in self._providers)

    @property
    def renewing(self) -> tuple[ProviderName, ...]:
        """Where one can pay for what renews."""
        return tuple(name for name in self.providers if self._providers[name].renews)

    @property
    def trying(self) -> tuple[ProviderName, ...]:
        """Where free days can come before what renews."""
        return tuple(name for name in self.renewing if self._providers[name].tries)

    async def buy(self, owner: AccountId, draft: OrderDraft) -> tuple[Placed, str]:
        """Place an order; return it, and the address of the page where it is paid.

        Raises NotFound without such a provider, RateLimited, Conflict, Unavailable.
        """
        provider = self._provider(draft.provider)
        if draft.trial and not provider.tries:
            raise Conflict("no free days can come first here")
        if draft.renews:
            await self._refuse_second(owner)
        placed = await self._orders.create(owner, draft, now_ms=self._now_ms())
        try:
            page = await provider.begin(bill_of(placed))
        except (Conflict, Unavailable):
            # Nobody was given the address of a page, so no money can come of it.
            await self._hear(placed, _NO_MONEY)
            raise
        sent = await self._orders.sent(placed.order_id, page.reference, now_ms=self._now_ms())
        return sent, page.url

    async def _refuse_second(self, owner: AccountId) -> None:
        with suppress(NotFound):
            await self._subscriptions.own(owner)
            raise Conflict("there is a subscription that goes on already")

    async def card(self, name: ProviderName, order: OrderId) -> tuple[Placed, CardForm]:
        """Return what a page needs on which a buyer shows a card for an order; raises NotFound."""
        placed = await self._orders.placed(order)
        if placed.draft.provider is not name:
            raise NotFound
        return placed, self._provider(name).card(bill_of(placed))

    async def came_back(
        self, name: ProviderName, order: OrderId, returned: Mapping[str, str]
    ) -> Placed:
        """Take the money of a buyer whose browser has come back; raises NotFound.

        Where the provider does not answer or refuses, the order stays as it is: it is asked again.
        """
        placed = await self._orders.placed(order)
        if placed.draft.provider is not name:
            raise NotFound
        if not placed.order.waits or not self._returns.may(order, now_ms=self._now_ms()):
            return placed  # a page that was loaded again: anybody can do that, often
        provider = self._provider(name)
        try:
            told = await provider.confirm(bill_of(placed), placed.reference, returned)
            if told.mandate and not told.heard.begins:
                told = await self._agreed(placed, told.mandate)
        except (BadRequest, Conflict, Unavailable):
            self._count(name, "unconfirmed")
            return placed
        return await self._hear(placed, told)

    async def _agreed(self, placed: Placed, mandate: str) -> Told:
        """Keep a mandate, and charge by it: a charge whose mandate is lost would never renew."""
        kept = mandate
        if not await self._orders.agree(placed.order_id, mandate, now_ms=self._now_ms()):
            kept = await self._orders.mandate(placed.order_id)
        if kept != mandate:
            if kept:  # without one the order is settled, perhaps by this very card
                await self._forget(placed, mandate)
            raise Conflict("this order is paid by another card")
        return await self._first(placed)

    async def _first(self, placed: Placed) -> Told:
        """Charge the first period by the mandate that is kept: of its order, so once."""
        provider = self._provider(placed.draft.provider)
        mandate = await self._orders.mandate(placed.order_id)
        since_ms, take = placed.created_at, placed.owner is not None
        try:
            told = await provider.renew(
                bill_of(placed), mandate, placed.reference, since_ms=since_ms, take=take
            )
        except (Conflict, NotFound):
            told = _NOT_PAID
        if told.heard.ending is not Ending.NONE and not told.heard.begins:
            await self._forget(placed, mandate)
            return told
        return replace(told, mandate=mandate)

    async def _forget(self, placed: Placed, mandate: str) -> None:
        """End a mandate that nothing has begun by."""
        provider = self._provider(placed.draft.provider)
        await provider.steer(mandate, Wish.END, key=f"{placed.order_id}-end")

    async def webhook(self, name: ProviderName, headers: Mapping[str, str], body: bytes) -> None:
        """Follow a hint of a provider; raises BadRequest, NotFound, Unavailable: it is sent again.

        Every reason not to believe it is told alike.
        """
        provider = self._provider(name)
        try:
            hint = await provider.hint(headers, body, now_ms=self._now_ms())
        except (Unauthenticated, BadRequest):
            self._count(name, "forged")
            raise BadRequest("this is no event") from None
        if hint is None:
            return
        placed = await self._orders.placed(hint.order)
        if placed.draft.provider is not name:
            raise NotFound
        if not hint.vouched and not self._may_ask(hint.order):
            await self._ask_soon(placed)
            return
        async with nullcontext() if hint.vouched else self._hints_asked:
            told = await provider.ask(bill_of(placed), hint.reference or placed.reference)
        if hint.renews:
            await self._subscriptions.nudge(hint.order, now_ms=self._now_ms())
        await self._hear(placed, told, hint.event)

    async def _ask_soon(self, placed: Placed) -> None:
        """Let the reconciler ask in some seconds, once, however often it was said to."""
        if not is_for_renewals(placed.order, ask_at=placed.ask_at):
            await self._orders.ask_again(placed.order_id, at_ms=self._now_ms(), in_vain=False)

    def _may_ask(self, order: OrderId) -> bool:
        """Whether its provider is asked now because of a hint that anybody may have sent."""
        free = self._hints_asked.available_tokens > 0
        return free and self._hints.may(order, now_ms=self._now_ms())

    async def look(self, placed: Placed) -> Heard:
        """Say what the provider says now, and change nothing; raises NotFound, Unavailable."""
        provider = self._provider(placed.draft.provider)
        return (await provider.ask(bill_of(placed), placed.reference)).heard

    async def run(self) -> None:
        """Reconcile for ever; an outage only delays."""
        while True:
            try:
                while await self.reconcile() == ORDERS_DUE_AT_ONCE:
                    pass
            except Outage:
                self._meter.count("payments_total", provider="", what="store_down")
            await trio.sleep(ORDERS_LOOK_EVERY_S)

    async def reconcile(self) -> int:
        """Ask about the orders that are due, a bounded number; return how many."""
        due = await self._orders.due(
            now_ms=self._now_ms(), limit=ORDERS_DUE_AT_ONCE, lease_ms=ORDERS_LEASE_MS
        )
        room = trio.CapacityLimiter(ORDERS_ASKED_TOGETHER)
        async with trio.open_nursery() as nursery:
            for placed in due:
                nursery.start_soon(self._look_after, placed, room)
        return len(due)

    async def _look_after(self, placed: Placed, room: trio.CapacityLimiter) -> None:
        async with room:
            try:
                await self._follow(placed)
            except Outage:  # its lease ends, and then it is due again
                self._count(placed.draft.provider, "store_down")

    async def _follow(self, placed: Placed) -> None:
        """Ask about one order, and say when it is asked about again if that brought nothing."""
        told, answered = None, True
        try:
            told = await self._ask(placed)
        except NotFound:
            told = None
        except (Conflict, Unavailable):
            answered = False
        if told is not None and await self._is_news(placed, told):
            return
        over = given_up(placed.order, created_at=placed.created_at, now_ms=self._now_ms())
        if over is not None and answered:
            await self._hear(placed, Told("", over))
            return
        at_ms = next_ask(placed.order, asked=placed.asked + 1, now_ms=self._now_ms())
        await self._orders.ask_again(placed.order_id, at_ms=at_ms, in_vain=True)

    async def _ask(self, placed: Placed) -> Told:
        """Ask where the payment stands, and send back what has to go back."""
        if placed.agreed:
            return await self._first(placed)
        provider, bill = self._provider(placed.draft.provider), bill_of(placed)
        told = await provider.ask(bill, placed.reference)
        order = placed.order.hears(told.heard)
        if not order.to_refund:
            return told
        # The key names the step, so a refund whose answer was lost is not made again.
        key = f"{placed.order_id}-{order.heard.refunded}"
        return await provider.refund(bill, told.reference, order.to_refund, key=key)

    async def _is_news(self, placed: Placed, told: Told) -> bool:
        before = placed.order
        after = (await self._hear(placed, told)).order
        return after != before

    async def _hear(self, placed: Placed, told: Told, event: str | None = None) -> Placed:
        mandate = told.mandate
        if not mandate and placed.agreed:  # a webhook tells of a charge, and not by which mandate
            mandate = await self._orders.mandate(placed.order_id)
        if mandate and told.heard.begins:
            # First: an order that is settled is asked about no more, and its mandate would be lost.
            begun = await self._subscriptions.begin(placed.order_id, mandate, now_ms=self._now_ms())
            if not begun and not told.heard.charged:
                told = replace(told, heard=_NO_MONEY.heard)  # no free days for this one
        known, new = await self._orders.hear(placed.order_id, told, event, now_ms=self._now_ms())
        if new:
            self._count(placed.draft.provider, known.order.state.value)
        return known

    def _count(self, name: ProviderName, what: str) -> None:
        self._meter.count("payments_total", provider=name.value, what=what)

    def _provider(self, name: ProviderName) -> PaymentProvider:
        found = self._providers.get(name)
        if found is None:
            raise NotFound("nobody can pay there")
        return found


def bill_of(placed: Placed) -> Bill:
    """Write the bill of an order."""
    draft = placed.draft
    product = as_of(draft.version).product(draft.product)
    days = product.good.days if draft.renews and isinstance(product.good, PlanGood) else 0
    return Bill(
        placed.order_id,
        product.names[draft.language],
        draft.price,
        draft.language,
        draft.renews,
        days,
        SUBSCRIPTION_TRIAL_DAYS if draft.trial else 0,
    )
