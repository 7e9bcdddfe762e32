"""Subscriptions in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import trio

from engine.credits.plans import plan_at, premium_until, with_days
from engine.errors import NotFound
from engine.ids import AccountId, OrderId, SubscriptionId
from engine.payments.order import Order
from engine.payments.subscription import Change, Subscription, grace_of, renewing
from engine.ports.payments import OrderDraft, Placed
from engine.ports.subscriptions import Subscribed
from store.bundle import Chance
from store.memory.order_rows import SubscribedRow
from store.memory.state import Memory


class MemorySubscriptions:
    """Subscriptions; engine.ports.subscriptions.Subscriptions."""

    def __init__(self, memory: Memory, chance: Chance) -> None:
        self._memory = memory
        self._rows = memory.orders.subscribed
        self._chance = chance

    async def begin(self, order: OrderId, mandate: str, *, now_ms: int) -> None:
        """Keep the subscription that an order begins, once; raises NotFound."""
        await trio.lowlevel.checkpoint()
        placed = self._memory.orders.orders.get(order)
        if placed is None:
            raise NotFound
        goes_on = [
            row
            for row in self._rows.values()
            if row.began_by == order
            or (row.kept.owner == placed.owner and not row.kept.subscription.ended)
        ]
        if goes_on or placed.owner is None:
            return
        draft, name = placed.draft, SubscriptionId(self._chance.fresh_id())
        product = renewing(draft.product, draft.version)
        one = Subscription.begun(name, product, now_ms)
        kept = Subscribed(one, placed.owner, draft.provider, draft.language, mandate, draft.version)
        self._rows[name] = SubscribedRow(kept, order, one.look_at(now_ms))

    async def own(self, owner: AccountId) -> Subscribed:
        """Return one's own that has not ended; raises NotFound."""
        await trio.lowlevel.checkpoint()
        return self._own(owner).kept

    async def change(self, owner: AccountId, change: Change, *, now_ms: int) -> Subscribed:
        """Do what its owner wants; raises NotFound, Conflict."""
        await trio.lowlevel.checkpoint()
        row = self._own(owner)
        return self._keep(row, row.kept.subscription.changed(change, now_ms), now_ms)

    async def due(self, *, now_ms: int, limit: int, lease_ms: int) -> Sequence[Subscribed]:
        """Return those that something has to be done about."""
        await trio.lowlevel.checkpoint()
        due = [
            (row.look_at, name)
            for name, row in self._rows.items()
            if row.look_at is not None and row.look_at <= now_ms
        ]
        taken = [self._rows[name] for _, name in sorted(due)[:limit]]
        for row in taken:
            row.look_at = now_ms + lease_ms
        return [row.kept for row in taken]

    async def renewal(self, name: SubscriptionId, *, now_ms: int) -> Placed:
        """Return the order of the next period, made the first time; raises NotFound."""
        await trio.lowlevel.checkpoint()
        row, orders = self._row(name), self._memory.orders.orders
        one = row.kept.subscription
        if one.renewal is not None:
            return orders[one.renewal]
        kept, order_id = row.kept, OrderId(self._chance.fresh_id())
        draft = OrderDraft(
            one.product.product,
            kept.version,
            kept.provider,
            one.product.price,
            kept.language,
            renews=True,
        )
        order = Order(one.product.good, one.product.price, sent=True)
        # Whoever renews asks: nobody else does, since the provider may not know of it yet.
        placed = Placed(order_id, kept.owner, draft, order, "", "", now_ms, None)
        orders[order_id] = placed
        row.kept = replace(kept, subscription=replace(one, renewal=order_id))
        return placed

    async def settle(self, name: SubscriptionId, *, now_ms: int) -> Subscribed:
        """See whether the period was paid, give or end the days of grace; raises NotFound."""
        await trio.lowlevel.checkpoint()
        row = self._row(name)
        one = row.kept.subscription
        if one.renewal is not None:
            one = one.settled(self._memory.orders.orders[one.renewal].order)
        self._give_grace(row.kept.owner, one, now_ms)
        return self._keep(row, one, now_ms, tried=True)

    def _give_grace(self, owner: AccountId | None, one: Subscription, now_ms: int) -> None:
        buyer = None if owner is None else self._memory.accounts.get(owner)
        if buyer is None:
            return
        term, plan = grace_of(one.subscription), one.good.plan
        buyer.terms = list(
            with_days(buyer.terms, term, plan, one.grace_days(now_ms), now_ms=now_ms)
        )
        covered = plan_at(buyer.terms, now_ms).premium
        buyer.premium_until = premium_until(buyer.terms, now_ms) if covered else 0

    async def end(self, name: SubscriptionId, *, now_ms: int) -> None:
        """It is over: its mandate is used no more, and forgotten."""
        await trio.lowlevel.checkpoint()
        row = self._rows.get(name)
        if row is not None:
            row.kept = replace(row.kept, mandate="")
            ended = self._keep(row, replace(row.kept.subscription, ended=True), now_ms)
            self._give_grace(row.kept.owner, ended.subscription, now_ms)

    def _own(self, owner: AccountId) -> SubscribedRow:
        for row in self._rows.values():
            if row.kept.owner == owner and not row.kept.subscription.ended:
                return row
        raise NotFound("there is no subscription")

    def _row(self, name: SubscriptionId) -> SubscribedRow:
        row = self._rows.get(name)
        if row is None:
            raise NotFound
        return row

    def _keep(
        self, row: SubscribedRow, one: Subscription, now_ms: int, *, tried: bool = False
    ) -> Subscribed:
        row.kept = replace(row.kept, subscription=one)
        row.look_at = one.look_at(now_ms, tried=tried)
        return row.kept
