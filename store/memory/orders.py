"""Orders in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import trio

from engine.credits.plans import plan_at, premium_until, with_days
from engine.errors import NotFound, RateLimited
from engine.ids import AccountId, OrderId
from engine.limits_payments import (
    ORDER_EVENTS_KEPT_MS,
    ORDER_OPEN_MS,
    ORDERS_KEPT_MS,
    ORDERS_OPEN_MAX,
)
from engine.model.access import check_own
from engine.model.look import Look
from engine.model.push import PushKind
from engine.payments.asking import ask_after, next_ask
from engine.payments.catalogue import CreditsGood, as_of
from engine.payments.effect import credits_of, term_of
from engine.payments.order import Order, OrderState
from engine.payments.subscription import check_trial
from engine.ports.payments import OrderDraft, Placed, Told
from store.bundle import Chance
from store.memory.credits import moved
from store.memory.state import AccountRow, Memory
from store.memory.ways_in import ways_in

_OPEN = frozenset((OrderState.CREATED, OrderState.AWAITING))


class MemoryOrders:
    """Orders; engine.ports.payments.Orders."""

    def __init__(self, memory: Memory, chance: Chance) -> None:
        self._memory = memory
        self._rows = memory.orders
        self._chance = chance

    async def create(self, owner: AccountId, draft: OrderDraft, *, now_ms: int) -> Placed:
        """Keep a new order; raises NotFound without such a person, RateLimited for too many."""
        await trio.lowlevel.checkpoint()
        if owner not in self._memory.accounts:
            raise NotFound("there is no such person")
        theirs = [one for one in self._rows.orders.values() if one.owner == owner]
        recent = [one for one in theirs if one.created_at > now_ms - ORDER_OPEN_MS]
        if sum(one.order.state in _OPEN for one in recent) >= ORDERS_OPEN_MAX:
            raise RateLimited("too many orders are open")
        if draft.trial:
            buyer = self._memory.accounts[owner]
            had = [way for way in ways_in(buyer) if way in self._rows.trials]
            check_trial(buyer.terms, had=bool(had))
        good = as_of(draft.version).product(draft.product).good
        order_id = OrderId(self._chance.fresh_id())
        placed = Placed(order_id, owner, draft, Order(good, draft.price), "", "", now_ms, None)
        self._rows.orders[order_id] = placed
        return placed

    async def order(self, owner: AccountId, order: OrderId) -> Placed:
        """Return one's own order; raises NotFound, also for those of others."""
        placed = await self.placed(order)
        check_own(placed.owner, owner)
        return placed

    async def orders(
        self, owner: AccountId, *, after: OrderId | None, limit: int
    ) -> Sequence[Placed]:
        """Return one's own orders, newest first, from behind `after`."""
        await trio.lowlevel.checkpoint()
        theirs = [one for one in self._rows.orders.values() if one.owner == owner]
        theirs.sort(key=lambda one: (one.created_at, one.order_id), reverse=True)
        names = [one.order_id for one in theirs]
        if after is not None:
            theirs = theirs[names.index(after) + 1 :] if after in names else []
        return theirs[:limit]

    async def placed(self, order: OrderId) -> Placed:
        """Return anybody's order, for a provider or an operator; raises NotFound."""
        await trio.lowlevel.checkpoint()
        return self._held(order)

    async def agree(self, order: OrderId, mandate: str, *, now_ms: int) -> bool:
        """Keep what an order that waits is to be paid by, once; say whether it is this."""
        await trio.lowlevel.checkpoint()
        held = self._held(order)
        if not held.order.waits or held.agreed:
            return False
        self._rows.mandates[order] = mandate
        ask_at = next_ask(held.order, asked=0, now_ms=now_ms)
        self._keep(replace(held, agreed=True, ask_at=ask_at, asked=0))
        return True

    async def mandate(self, order: OrderId) -> str:
        """Return what an order is to be paid by; empty without, and once it waits no more."""
        await trio.lowlevel.checkpoint()
        self._held(order)
        return self._rows.mandates.get(order, "")

    async def sent(self, order: OrderId, reference: str, *, now_ms: int) -> Placed:
        """Keep that the buyer was sent to the provider; raises NotFound."""
        await trio.lowlevel.checkpoint()
        held = self._held(order)
        is_sent = replace(held.order, sent=True)
        ask_at = next_ask(is_sent, asked=0, now_ms=now_ms)
        return self._keep(replace(held, order=is_sent, reference=reference, ask_at=ask_at, asked=0))

    async def hear(
        self, order: OrderId, told: Told, event: str | None, *, now_ms: int
    ) -> tuple[Placed, bool]:
        """Join what a provider said, give or take back what follows, and mark the event: once."""
        await trio.lowlevel.checkpoint()
        held = self._held(order)
        heard = held.order.hears(told.heard)
        buyer = None if held.owner is None else self._memory.accounts.get(held.owner)
        if buyer is None:
            heard = heard.without_buyer()
        known = replace(
            held,
            order=heard,
            reference=told.reference or held.reference,
            receipt=told.receipt or held.receipt,
        )
        if known == held and (buyer is None or not heard.step):
            return held, False
        if event is not None:
            name = (held.draft.provider, event)
            if name in self._rows.events:
                return held, False
            self._rows.events[name] = now_ms
        if buyer is not None:
            heard = self._settle(buyer, held, heard, now_ms)
        ask_at = ask_after(heard, ask_at=held.ask_at, now_ms=now_ms)
        return self._keep(replace(known, order=heard, asked=0, ask_at=ask_at)), True

    def _settle(self, buyer: AccountRow, held: Placed, heard: Order, now_ms: int) -> Order:
        """Give, or take back, what the order is worth now."""
        if heard.step == 0:
            return heard
        if isinstance(heard.good, CreditsGood):
            steps = self._rows.steps.get(held.order_id, 0)
            moved(buyer, credits_of(heard, held.order_id, steps), now_ms=now_ms)
            self._rows.steps[held.order_id] = steps + 1
        else:
            term, plan = term_of(held.order_id), heard.good.plan
            buyer.terms = list(with_days(buyer.terms, term, plan, heard.due, now_ms=now_ms))
            covered = plan_at(buyer.terms, now_ms).premium
            buyer.premium_until = premium_until(buyer.terms, now_ms) if covered else 0
        self._memory.pushes.note(PushKind.PAYMENT, [buyer.account], now_ms=now_ms)
        return heard.settled()

    async def take_back(self, order: OrderId, amount: int, look: Look, *, now_ms: int) -> Placed:
        """Keep that so much of the money has to go back; raises NotFound, Conflict."""
        await trio.lowlevel.checkpoint()
        held = self._held(order)
        wanted = held.order.wants_back(amount)
        self._memory.log_look(look, order, f"refund {amount}", now_ms=now_ms)
        ask_at = next_ask(wanted, asked=0, now_ms=now_ms)
        return self._keep(replace(held, order=wanted, asked=0, ask_at=ask_at))

    async def due(self, *, now_ms: int, limit: int, lease_ms: int) -> Sequence[Placed]:
        """Return orders whose provider has to be asked now."""
        await trio.lowlevel.checkpoint()
        waiting = [
            (one.ask_at, one.order_id)
            for one in self._rows.orders.values()
            if one.ask_at is not None and one.ask_at <= now_ms
        ]
        taken = [self._rows.orders[order] for _, order in sorted(waiting)[:limit]]
        for one in taken:
            self._keep(replace(one, ask_at=now_ms + lease_ms))
        return taken

    async def ask_again(self, order: OrderId, *, at_ms: int | None, in_vain: bool) -> None:
        """Say when an order is due again; None: never by itself."""
        await trio.lowlevel.checkpoint()
        held = self._rows.orders.get(order)
        if held is not None:
            self._keep(replace(held, ask_at=at_ms, asked=held.asked + in_vain))

    async def audit(self, *, after: OrderId | None, limit: int) -> Sequence[tuple[Placed, int]]:
        """Return paid orders by their ids, each with what the ledger or the plans say of it."""
        await trio.lowlevel.checkpoint()
        paid = sorted(
            one.order_id
            for one in self._rows.orders.values()
            if one.order.heard.charged and (after is None or one.order_id > after)
        )
        return [
            (self._rows.orders[order], self._granted(self._rows.orders[order]))
            for order in paid[:limit]
        ]

    def _granted(self, placed: Placed) -> int:
        buyer = None if placed.owner is None else self._memory.accounts.get(placed.owner)
        if buyer is None:
            return placed.order.given
        if isinstance(placed.order.good, CreditsGood):
            theirs = [one for one in buyer.moves.values() if one.about == placed.order_id]
            return -sum(one.entries.issued for one in theirs)
        name = term_of(placed.order_id)
        return sum(one.days for one in buyer.terms if one.command == name)

    async def purge(self, *, now_ms: int) -> int:
        """Drop what the law does not want kept any more; return how many orders."""
        await trio.lowlevel.checkpoint()
        rows = self._rows
        old = [
            one.order_id for one in rows.orders.values() if one.created_at < now_ms - ORDERS_KEPT_MS
        ]
        for order in old:
            del rows.orders[order]
            rows.steps.pop(order, None)
        events = [name for name, at in rows.events.items() if at < now_ms - ORDER_EVENTS_KEPT_MS]
        for name in events:
            del rows.events[name]
        here = {way for one in self._memory.accounts.values() for way in ways_in(one)}
        for way, at in list(rows.trials.items()):
            if at < now_ms - ORDERS_KEPT_MS and way not in here:
                del rows.trials[way]
        return len(old)

    def _held(self, order: OrderId) -> Placed:
        held = self._rows.orders.get(order)
        if held is None:
            raise NotFound
        return held

    def _keep(self, placed: Placed) -> Placed:
        placed = replace(placed, agreed=placed.agreed and placed.order.waits)
        if not placed.agreed:
            self._rows.mandates.pop(placed.order_id, None)
        self._rows.orders[placed.order_id] = placed
        return placed
