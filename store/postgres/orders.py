"""Orders in PostgreSQL: what a provider said and what follows of it are one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.credits.plans import Plan, plan_at, premium_until, with_days
from engine.errors import NotFound, RateLimited
from engine.ids import AccountId, OrderId
from engine.limits_payments import (
    ORDER_EVENTS_KEPT_MS,
    ORDER_OPEN_MS,
    ORDERS_KEPT_MS,
    ORDERS_OPEN_MAX,
    ORDERS_PURGED_AT_ONCE,
)
from engine.model.access import check_own
from engine.model.look import Look
from engine.model.push import PushKind
from engine.payments.asking import ask_after, next_ask
from engine.payments.catalogue import CreditsGood, Currency, Money, ProductId, as_of
from engine.payments.effect import credits_of, term_of
from engine.payments.order import Dispute, Ending, Heard, Order
from engine.payments.provider import ProviderName
from engine.payments.subscription import check_trial
from engine.ports.payments import OrderDraft, Placed, Told
from store.bundle import Chance
from store.connection import Connection, Record
from store.mandates import Mandates
from store.postgres.credits import moved, read_terms, rewrite_terms
from store.postgres.operator_log import log_look
from store.postgres.pool import Postgres
from store.postgres.push_notes import note_push

CREATE = """
INSERT INTO orders (order_id, owner_id, product, version, provider, language, amount, currency,
    created_at, renews, trial)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING *
"""

OPEN = """
SELECT count(*) FROM orders
WHERE owner_id = $1 AND created_at > $2 AND charged = 0 AND ending = 0
"""

ONE = "SELECT * FROM orders WHERE order_id = $1"

OWN = """
SELECT * FROM orders o WHERE o.owner_id = $1 AND ($2::text IS NULL OR (o.created_at, o.order_id)
    < (SELECT a.created_at, a.order_id FROM orders a WHERE a.order_id = $2 AND a.owner_id = $1))
ORDER BY o.created_at DESC, o.order_id DESC LIMIT $3
"""

KEEP = """
UPDATE orders SET sent = $2, charged = $3, refunded = $4, dispute = $5, ending = $6, back = $7,
    given = $8, reference = $9, receipt = $10, ask_at = $11, asked = $12,
    mandate = CASE WHEN $13 THEN mandate ELSE '' END
WHERE order_id = $1
"""

AGREE = """
UPDATE orders SET mandate = $2, ask_at = $3, asked = 0
WHERE order_id = $1 AND charged = 0 AND ending = 0 AND mandate = ''
"""

MARK = "INSERT INTO order_events (provider, event, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"

DUE = """
UPDATE orders SET ask_at = $2 WHERE order_id IN (
    SELECT order_id FROM orders WHERE ask_at <= $1 ORDER BY ask_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING *
"""

ASK_AGAIN = "UPDATE orders SET ask_at = $2, asked = asked + $3 WHERE order_id = $1"

HAD_TRIAL = """
SELECT EXISTS (SELECT FROM trials t JOIN accounts a ON t.way_in IN (a.phone_digest, a.clerk_digest)
    WHERE a.account_id = $1)
"""

PAID = """
SELECT o.*,
    (SELECT -sum(m.issued) FROM credit_moves m
        WHERE m.owner_id = o.owner_id AND m.about = o.order_id) AS credits,
    (SELECT (t.ends_at - t.starts_at) / 86400000 FROM plan_terms t
        WHERE t.owner_id = o.owner_id AND t.command = 'order ' || o.order_id) AS days
FROM orders o WHERE o.charged > 0 AND o.order_id > $1
ORDER BY o.order_id LIMIT $2
"""

PURGE = """
DELETE FROM orders WHERE order_id IN (
    SELECT order_id FROM orders WHERE created_at < $1 ORDER BY created_at LIMIT $2)
"""

PURGE_EVENTS = """
DELETE FROM order_events WHERE (provider, event) IN (
    SELECT provider, event FROM order_events WHERE at < $1 ORDER BY at LIMIT $2)
"""


# One trial for each person: what they sign in by is remembered for as long as they are here, and
# after that for as long as payment records are.
PURGE_TRIALS = """
DELETE FROM trials WHERE way_in IN (
    SELECT t.way_in FROM trials t WHERE t.at < $1
        AND NOT EXISTS (SELECT FROM accounts a WHERE a.phone_digest = t.way_in)
        AND NOT EXISTS (SELECT FROM accounts a WHERE a.clerk_digest = t.way_in)
    ORDER BY t.at LIMIT $2)
"""


class PgOrders:
    """Orders; engine.ports.payments.Orders."""

    def __init__(self, postgres: Postgres, mandates: Mandates, chance: Chance) -> None:
        self._postgres = postgres
        self._mandates = mandates
        self._chance = chance

    async def create(self, owner: AccountId, draft: OrderDraft, *, now_ms: int) -> Placed:
        """Keep a new order; raises NotFound without such a person, RateLimited for too many."""
        order_id = OrderId(self._chance.fresh_id())
        return await self._postgres.run(_create, order_id, owner, draft, now_ms)

    async def order(self, owner: AccountId, order: OrderId) -> Placed:
        """Return one's own order; raises NotFound, also for those of others."""
        placed = await self.placed(order)
        check_own(placed.owner, owner)
        return placed

    async def orders(
        self, owner: AccountId, *, after: OrderId | None, limit: int
    ) -> Sequence[Placed]:
        """Return one's own orders, newest first, from behind `after`."""
        rows = await self._postgres.once(_fetch, OWN, owner, after, limit)
        return [placed_from(row) for row in rows]

    async def placed(self, order: OrderId) -> Placed:
        """Return anybody's order, for a provider or an operator; raises NotFound."""
        return placed_from(_found(await self._postgres.once(_one, ONE, order)))

    async def agree(self, order: OrderId, mandate: str, *, now_ms: int) -> bool:
        """Keep what an order that waits is to be paid by, once; say whether it is this."""
        held = (await self.placed(order)).order
        sealed = self._mandates.seal(mandate, order)
        ask_at = next_ask(held, asked=0, now_ms=now_ms)
        done = await self._postgres.execute(AGREE, order, sealed, ask_at)
        return done.endswith(" 1")

    async def mandate(self, order: OrderId) -> str:
        """Return what an order is to be paid by; empty without, and once it waits no more."""
        row = _found(await self._postgres.once(_one, ONE, order))
        return self._mandates.open(row["mandate"], order)

    async def sent(self, order: OrderId, reference: str, *, now_ms: int) -> Placed:
        """Keep that the buyer was sent to the provider; raises NotFound."""
        return await self._postgres.run(_sent, order, reference, now_ms)

    async def hear(
        self, order: OrderId, told: Told, event: str | None, *, now_ms: int
    ) -> tuple[Placed, bool]:
        """Join what a provider said, give or take back what follows, and mark the event: once."""
        return await self._postgres.run(_hear, order, told, event, now_ms)

    async def take_back(self, order: OrderId, amount: int, look: Look, *, now_ms: int) -> Placed:
        """Keep that so much of the money has to go back; raises NotFound, Conflict."""
        return await self._postgres.run(_take_back, order, amount, look, now_ms)

    async def due(self, *, now_ms: int, limit: int, lease_ms: int) -> Sequence[Placed]:
        """Return orders whose provider has to be asked now."""
        rows = await self._postgres.once(_fetch, DUE, now_ms, now_ms + lease_ms, limit)
        return [placed_from(row) for row in rows]

    async def ask_again(self, order: OrderId, *, at_ms: int | None, in_vain: bool) -> None:
        """Say when an order is due again; None: never by itself."""
        await self._postgres.execute(ASK_AGAIN, order, at_ms, int(in_vain))

    async def audit(self, *, after: OrderId | None, limit: int) -> Sequence[tuple[Placed, int]]:
        """Return paid orders by their ids, each with what the ledger or the plans say of it."""
        rows = await self._postgres.once(_fetch, PAID, after or "", limit)
        return [(placed, _granted(placed, row)) for row in rows for placed in [placed_from(row)]]

    async def purge(self, *, now_ms: int) -> int:
        """Drop what the law does not want kept any more; return how many orders."""
        return await self._postgres.once(_purge, now_ms)


async def _create(
    db: Connection, order_id: OrderId, owner: AccountId, draft: OrderDraft, now_ms: int
) -> Placed:
    await lock_buyer(db, owner)
    if await db.fetchval(OPEN, owner, now_ms - ORDER_OPEN_MS) >= ORDERS_OPEN_MAX:
        raise RateLimited("too many orders are open")
    said = (draft.product, draft.version, draft.provider.value, draft.language)
    price = (draft.price.amount, draft.price.currency.value)
    renews = (draft.renews, draft.trial)
    if draft.trial:
        check_trial(await read_terms(db, owner), had=await db.fetchval(HAD_TRIAL, owner))
    made = await db.fetchrow(CREATE, order_id, owner, *said, *price, now_ms, *renews)
    return placed_from(_found(made))


async def lock_buyer(db: Connection, owner: AccountId) -> None:
    """Lock a person; raises NotFound."""
    sql = "SELECT true FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE"
    if await db.fetchval(sql, owner) is None:
        raise NotFound("there is no such person")


async def _sent(db: Connection, order: OrderId, reference: str, now_ms: int) -> Placed:
    held = placed_from(_found(await _one(db, ONE + " FOR UPDATE", order)))
    is_sent = replace(held.order, sent=True)
    ask_at = next_ask(is_sent, asked=0, now_ms=now_ms)
    return await _keep(
        db, replace(held, order=is_sent, reference=reference, ask_at=ask_at, asked=0)
    )


async def _hear(
    db: Connection, order: OrderId, told: Told, event: str | None, now_ms: int
) -> tuple[Placed, bool]:
    row = _found(await _one(db, ONE + " FOR UPDATE", order))
    held = placed_from(row)
    heard = held.order.hears(told.heard)
    if held.owner is None:
        heard = heard.without_buyer()
    known = replace(
        held,
        order=heard,
        reference=told.reference or held.reference,
        receipt=told.receipt or held.receipt,
    )
    if known == held and (held.owner is None or not heard.step):
        return held, False
    if event is not None:
        marked = await db.execute(MARK, held.draft.provider.value, event, now_ms)
        if marked.endswith(" 0"):
            return held, False
    if held.owner is not None:
        heard = await _settle(db, held.owner, order, heard, row["steps"], now_ms)
    ask_at = ask_after(heard, ask_at=held.ask_at, now_ms=now_ms)
    return await _keep(db, replace(known, order=heard, asked=0, ask_at=ask_at)), True


async def _settle(
    db: Connection, owner: AccountId, order_id: OrderId, heard: Order, steps: int, now_ms: int
) -> Order:
    """Give, or take back, what the order is worth now."""
    if heard.step == 0:
        return heard
    if isinstance(heard.good, CreditsGood):
        await moved(db, owner, credits_of(heard, order_id, steps), now_ms)
        await db.execute("UPDATE orders SET steps = steps + 1 WHERE order_id = $1", order_id)
    else:
        await lay_term(db, owner, term_of(order_id), heard.good.plan, heard.due, now_ms)
    await note_push(db, PushKind.PAYMENT, [owner], now_ms)
    return heard.settled()


async def lay_term(
    db: Connection, owner: AccountId, term: str, plan: Plan, days: int, now_ms: int
) -> None:
    """Let somebody have so many days of a plan under one name, in the transaction that is open."""
    await lock_buyer(db, owner)
    terms = await read_terms(db, owner)
    laid = with_days(terms, term, plan, days, now_ms=now_ms)
    if laid != terms:
        until = premium_until(laid, now_ms) if plan_at(laid, now_ms).premium else 0
        await rewrite_terms(db, owner, terms, laid, until, now_ms)


async def _take_back(
    db: Connection, order: OrderId, amount: int, look: Look, now_ms: int
) -> Placed:
    held = placed_from(_found(await _one(db, ONE + " FOR UPDATE", order)))
    wanted = held.order.wants_back(amount)
    await log_look(db, look, order, f"refund {amount}", now_ms)
    ask_at = next_ask(wanted, asked=0, now_ms=now_ms)
    return await _keep(db, replace(held, order=wanted, asked=0, ask_at=ask_at))


async def _keep(db: Connection, placed: Placed) -> Placed:
    placed = replace(placed, agreed=placed.agreed and placed.order.waits)
    order, heard = placed.order, placed.order.heard
    said = (heard.charged, heard.refunded, int(heard.dispute), int(heard.ending))
    rest = (placed.reference, placed.receipt, placed.ask_at, placed.asked, placed.agreed)
    await db.execute(KEEP, placed.order_id, order.sent, *said, order.back, order.given, *rest)
    return placed


def placed_from(row: Record) -> Placed:
    """Read an order."""
    draft = OrderDraft(
        ProductId(row["product"]),
        row["version"],
        ProviderName(row["provider"]),
        Money(row["amount"], Currency(row["currency"])),
        row["language"],
        row["renews"],
        row["trial"],
    )
    heard = Heard(row["charged"], row["refunded"], Dispute(row["dispute"]), Ending(row["ending"]))
    good = as_of(draft.version).product(draft.product).good
    order = Order(good, draft.price, heard, row["sent"], row["given"], row["back"])
    names = (row["reference"], row["receipt"], row["created_at"])
    asks = (row["ask_at"], row["asked"], row["mandate"] != "")
    return Placed(row["order_id"], row["owner_id"], draft, order, *names, *asks)


def _granted(placed: Placed, row: Record) -> int:
    if placed.owner is None:
        return placed.order.given
    found: int | None = row["credits" if isinstance(placed.order.good, CreditsGood) else "days"]
    return found or 0


def _found(row: Record | None) -> Record:
    if row is None:
        raise NotFound
    return row


async def _one(db: Connection, sql: str, *args: object) -> Record | None:
    return await db.fetchrow(sql, *args)


async def _fetch(db: Connection, sql: str, *args: object) -> list[Record]:
    return await db.fetch(sql, *args)


async def _purge(db: Connection, now_ms: int) -> int:
    await db.execute(PURGE_EVENTS, now_ms - ORDER_EVENTS_KEPT_MS, ORDERS_PURGED_AT_ONCE)
    await db.execute(PURGE_TRIALS, now_ms - ORDERS_KEPT_MS, ORDERS_PURGED_AT_ONCE)
    done = await db.execute(PURGE, now_ms - ORDERS_KEPT_MS, ORDERS_PURGED_AT_ONCE)
    return int(done.rpartition(" ")[2])
