"""Subscriptions in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import trio

from engine.credits.plans import Plan, plan_at, premium_until, with_days
from engine.errors import NotFound
from engine.ids import AccountId, OrderId, SubscriptionId
from engine.limits_payments import SUBSCRIPTION_TRIAL_DAYS
from engine.payments.order import Order
from engine.payments.subscription import (
    Change,
    Standing,
    Subscription,
    grace_of,
    renewing,
    rest_after,
    trial_of,
)
from engine.ports.payments import OrderDraft, Placed
from engine.ports.subscriptions import Subscribed
from store.bundle import Chance
from store.memory.order_rows import SubscribedRow
from store.memory.state import Memory
from store.memory.ways_in import ways_in


class MemorySubscriptions:
    """Subscriptions; engine.ports.subscriptions.Subscriptions."""

    def __init__(self, memory: Memory, chance: Chance) -> None:
        self._memory = memory
        self._rows = memory.orders.subscribed
        self._chance = chance

    async def begin(self, order: OrderId, mandate: str, *, now_ms: int) -> bool:
        """Keep the subscription that an order begins, once; say whether its buyer has it."""
        await trio.lowlevel.checkpoint()
        placed = self._memory.orders.orders.get(order)
        if placed is None:
            raise NotFound
        for row in self._rows.values():
            if row.began_by == order:
                return row.kept.owner is not None
        draft, name = placed.draft, SubscriptionId(self._chance.fresh_id())
        product = renewing(draft.product, draft.version)
        one = Subscription.begun(name, product, now_ms, trial=draft.trial)
        owner = placed.owner if self._may_begin(placed, now_ms) else None
        kept = Subscribed(one, owner, draft.provider, draft.language, mandate, draft.version)
        self._rows[name] = SubscribedRow(kept, order, kept.look_at(now_ms))
        if draft.trial:
            self._lay(owner, trial_of(name), Plan.TRIAL, SUBSCRIPTION_TRIAL_DAYS, now_ms)
        return owner is not None

    def _may_begin(self, placed: Placed, now_ms: int) -> bool:
        buyer = None if placed.owner is None else self._memory.accounts.get(placed.owner)
        goes_on = any(
            row.kept.owner == placed.owner and not row.kept.subscription.ended
            for row in self._rows.values()
        )
        if buyer is None or goes_on:
            return False
        if not placed.draft.trial:
            return True
        trials = self._memory.orders.trials
        had = [way for way in ways_in(buyer) if way in trials]
        for way in ways_in(buyer):
            trials.setdefault(way, now_ms)
        return not (had or buyer.terms)

    async def own(self, owner: AccountId) -> Subscribed:
        """Return one's own that has not ended; raises NotFound."""
        await trio.lowlevel.checkpoint()
        return self._own(owner).kept

    async def change(self, owner: AccountId, change: Change, *, now_ms: int) -> Subscribed:
        """Do what its owner wants; raises NotFound, Conflict."""
        await trio.lowlevel.checkpoint()
        row = self._own(owner)
        changed = row.kept.subscription.changed(change, now_ms)
        self._give_grace(owner, changed, now_ms)
        return self._keep(row, changed, now_ms)

    async def stands(
        self, name: SubscriptionId, standing: Standing, *, turn: int, now_ms: int
    ) -> Subscribed:
        """Take what its provider said, asked at this turn."""
        await trio.lowlevel.checkpoint()
        row = self._row(name)
        one = row.kept.subscription
        if one.turn != turn:
            return row.kept
        stands = replace(one.stands(standing, now_ms), turn=turn + 1)
        row.kept = replace(row.kept, subscription=stands)
        return row.kept

    async def nudge(self, order: OrderId, *, now_ms: int) -> None:
        """What this order has begun, or is a period of, is due now."""
        await trio.lowlevel.checkpoint()
        for row in self._rows.values():
            one = row.kept.subscription
            if order in {row.began_by, one.renewal} and not one.ended:
                row.look_at = now_ms

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
        one.check_due(now_ms)
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

    async def settle(
        self, name: SubscriptionId, *, answered: bool = True, now_ms: int
    ) -> Subscribed:
        """See whether the period was paid, give or end the days of grace; raises NotFound."""
        await trio.lowlevel.checkpoint()
        row = self._row(name)
        one = row.kept.subscription
        if one.renewal is not None:
            one = one.settled(self._memory.orders.orders[one.renewal].order)
        self._give_grace(row.kept.owner, one, now_ms)
        return self._keep(row, one, now_ms, rest_ms=rest_after(answered=answered))

    def _give_grace(self, owner: AccountId | None, one: Subscription, now_ms: int) -> None:
        term = grace_of(one.subscription)
        self._lay(owner, term, one.good.plan, one.grace_days(now_ms), now_ms)

    def _lay(self, owner: AccountId | None, term: str, plan: Plan, days: int, now_ms: int) -> None:
        buyer = None if owner is None else self._memory.accounts.get(owner)
        if buyer is None:
            return
        laid = list(with_days(buyer.terms, term, plan, days, now_ms=now_ms))
        if laid == buyer.terms:
            return
        buyer.terms = laid
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
        self, row: SubscribedRow, one: Subscription, now_ms: int, *, rest_ms: int = 0
    ) -> Subscribed:
        row.kept = replace(row.kept, subscription=replace(one, turn=one.turn + 1))
        row.look_at = row.kept.look_at(now_ms, rest_ms=rest_ms)
        return row.kept
