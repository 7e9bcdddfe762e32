"""Renewals: each period of a subscription is charged once, and who is late is tried every day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import trio

from actors.cashier import bill_of
from engine.errors import Conflict, NotFound, Outage, Unavailable
from engine.ids import AccountId
from engine.limits_payments import (
    ORDERS_DUE_AT_ONCE,
    ORDERS_LEASE_MS,
    ORDERS_LOOK_EVERY_S,
    RENEWALS_WITHIN_MS,
)
from engine.payments.order import Ending, Heard
from engine.payments.provider import ProviderName
from engine.payments.subscription import WISHES, Change, SubscriptionState, Wish
from engine.ports.meter import Meter
from engine.ports.payments import Orders, PaymentProvider, Placed, Told
from engine.ports.subscriptions import Subscribed, Subscriptions

_NOT_PAID: Final = Told("", Heard(ending=Ending.FAILED))


class Renewals:
    """Looks after the subscriptions of one process; any number of processes may have one."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        orders: Orders,
        providers: Mapping[ProviderName, PaymentProvider],
        now_ms: Callable[[], int],
        meter: Meter,
    ) -> None:
        self._subscriptions = subscriptions
        self._orders = orders
        self._providers = providers
        self._now_ms = now_ms
        self._meter = meter

    async def change(self, owner: AccountId, change: Change) -> Subscribed:
        """Do what a buyer wants, here and at the provider; raises NotFound, Conflict, Unavailable.

        The provider first: whoever hears that nothing more is charged may rely on it.
        """
        held = await self._subscriptions.own(owner)
        held.subscription.changed(change, self._now_ms())  # raises Conflict
        one, wish = held.subscription, WISHES[change]
        key = f"{one.subscription}-{one.turn}-{wish}"
        await self._provider(held).steer(held.mandate, wish, key=key)
        return await self._subscriptions.change(owner, change, now_ms=self._now_ms())

    async def portal(self, owner: AccountId) -> str:
        """Return the page of the provider where a buyer sees to what renews.

        Raises NotFound without a subscription, Conflict where the provider has no such page,
        Unavailable.
        """
        held = await self._subscriptions.own(owner)
        return await self._provider(held).portal(held.mandate, held.language)

    async def run(self) -> None:
        """Look after them for ever; an outage only delays."""
        while True:
            try:
                while await self.renew() == ORDERS_DUE_AT_ONCE:
                    pass
            except Outage:
                self._meter.count("payments_total", provider="", what="store_down")
            await trio.sleep(ORDERS_LOOK_EVERY_S)

    async def renew(self) -> int:
        """Do what is due, a bounded number; return how many."""
        began = self._now_ms()
        due = await self._subscriptions.due(
            now_ms=began, limit=ORDERS_DUE_AT_ONCE, lease_ms=ORDERS_LEASE_MS
        )
        for held in due:
            if self._now_ms() - began > RENEWALS_WITHIN_MS:
                break  # another process may have the others before we are done with them
            try:
                await self._look_after(held)
            except (NotFound, Conflict, Outage):  # its lease ends, and then it is due again
                self._count(held, "renewal_failed")
        return len(due)

    async def _look_after(self, held: Subscribed) -> None:
        held = await self._asked(held)
        one, now_ms = held.subscription, self._now_ms()
        if held.owner is None or one.state(now_ms) is SubscriptionState.EXPIRED:
            await self._end(held)
            return
        answered = True
        if one.wants_charge(now_ms):
            try:
                await self._charge(held)
            except Unavailable:  # perhaps it was charged: the same order is asked about again
                answered = False
                self._count(held, "renewal_unanswered")
        await self._subscriptions.settle(one.subscription, answered=answered, now_ms=self._now_ms())

    async def _asked(self, held: Subscribed) -> Subscribed:
        """Ask where it stands: people change it at the provider, too."""
        try:
            standing = await self._provider(held).standing(held.mandate)
        except Unavailable:  # then what is known here holds
            standing = None
        if standing is None:
            return held
        one = held.subscription
        return await self._subscriptions.stands(
            one.subscription, standing, turn=one.turn, now_ms=self._now_ms()
        )

    async def _end(self, held: Subscribed) -> None:
        """Let it be over, unless its last period was paid and nobody has told us."""
        one = held.subscription
        if one.renewal is not None:
            await self._charge(held, take=False)
            held = await self._subscriptions.settle(
                one.subscription, answered=False, now_ms=self._now_ms()
            )
            one = held.subscription
            if held.owner and one.state(self._now_ms()) is not SubscriptionState.EXPIRED:
                return
        await self._provider(held).steer(held.mandate, Wish.END, key=f"{one.subscription}-end")
        if one.renewal is not None:  # nothing can be charged for it any more
            await self._orders.hear(one.renewal, _NOT_PAID, None, now_ms=self._now_ms())
        await self._subscriptions.end(one.subscription, now_ms=self._now_ms())
        self._count(held, "ended")

    async def _charge(self, held: Subscribed, *, take: bool = True) -> None:
        """Charge the next period: of its order, so once."""
        name = held.subscription.subscription
        placed = await self._subscriptions.renewal(name, now_ms=self._now_ms())
        if placed.order.heard.charged:
            return
        try:
            told = await self._told(held, placed, take=take)
        except (Conflict, NotFound):
            told = _NOT_PAID
        known, _ = await self._orders.hear(placed.order_id, told, None, now_ms=self._now_ms())
        self._count(held, f"renewal_{known.order.state.value}")

    async def _told(self, held: Subscribed, placed: Placed, *, take: bool) -> Told:
        since_ms = placed.created_at
        return await self._provider(held).renew(
            bill_of(placed), held.mandate, placed.reference, since_ms=since_ms, take=take
        )

    def _provider(self, held: Subscribed) -> PaymentProvider:
        found = self._providers.get(held.provider)
        if found is None:
            raise Unavailable("nobody can be asked about this subscription")
        return found

    def _count(self, held: Subscribed, what: str) -> None:
        self._meter.count("payments_total", provider=held.provider.value, what=what)
