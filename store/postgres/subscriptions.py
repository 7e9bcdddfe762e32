"""Subscriptions in PostgreSQL: decided by the engine while their row is locked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.errors import NotFound
from engine.ids import AccountId, OrderId, SubscriptionId
from engine.payments.provider import ProviderName
from engine.payments.subscription import Change, Subscription, grace_of, renewing
from engine.ports.payments import Placed
from engine.ports.subscriptions import Subscribed
from store.bundle import Chance
from store.connection import Connection, Record
from store.postgres.orders import lay_term, placed_from
from store.postgres.pool import Postgres

# Whoever is erased meanwhile has nothing that could begin.
BEGIN = """
INSERT INTO subscriptions (subscription_id, owner_id, began_by, product, version, provider,
    language, mandate, paid_until, look_at)
SELECT $2, o.owner_id, o.order_id, o.product, o.version, o.provider, o.language, $3, $4, $5
FROM orders o WHERE o.order_id = $1 AND o.owner_id IS NOT NULL
ON CONFLICT DO NOTHING
"""

ORDER = "SELECT product, version FROM orders WHERE order_id = $1"

OWN = "SELECT * FROM subscriptions WHERE owner_id = $1 AND NOT ended"

ONE = "SELECT * FROM subscriptions WHERE subscription_id = $1"

DUE = """
UPDATE subscriptions SET look_at = $2 WHERE subscription_id IN (
    SELECT subscription_id FROM subscriptions WHERE look_at <= $1
    ORDER BY look_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING *
"""

RENEW = """
INSERT INTO orders (order_id, owner_id, product, version, provider, language, amount, currency,
    sent, created_at, renews)
SELECT $2, s.owner_id, s.product, s.version, s.provider, s.language, $3, $4, true, $5, true
FROM subscriptions s WHERE s.subscription_id = $1
RETURNING *
"""

PLACED = "SELECT * FROM orders WHERE order_id = $1"

KEEP = """
UPDATE subscriptions SET paid_until = $2, cancelled = $3, paused = $4, ended = $5, renewal = $6,
    look_at = $7, mandate = CASE WHEN $5 THEN '' ELSE mandate END
WHERE subscription_id = $1
"""


class PgSubscriptions:
    """Subscriptions; engine.ports.subscriptions.Subscriptions."""

    def __init__(self, postgres: Postgres, chance: Chance) -> None:
        self._postgres = postgres
        self._chance = chance

    async def begin(self, order: OrderId, mandate: str, *, now_ms: int) -> None:
        """Keep the subscription that an order begins, once; raises NotFound."""
        name = SubscriptionId(self._chance.fresh_id())
        await self._postgres.run(_begin, order, name, mandate, now_ms)

    async def own(self, owner: AccountId) -> Subscribed:
        """Return one's own that has not ended; raises NotFound."""
        return _from(_found(await self._postgres.once(_one, OWN, owner)))

    async def change(self, owner: AccountId, change: Change, *, now_ms: int) -> Subscribed:
        """Do what its owner wants; raises NotFound, Conflict."""
        return await self._postgres.run(_change, owner, change, now_ms)

    async def due(self, *, now_ms: int, limit: int, lease_ms: int) -> Sequence[Subscribed]:
        """Return those that something has to be done about."""
        rows = await self._postgres.once(_fetch, DUE, now_ms, now_ms + lease_ms, limit)
        return [_from(row) for row in rows]

    async def renewal(self, name: SubscriptionId, *, now_ms: int) -> Placed:
        """Return the order of the next period, made the first time; raises NotFound."""
        order = OrderId(self._chance.fresh_id())
        return await self._postgres.run(_renewal, name, order, now_ms)

    async def settle(self, name: SubscriptionId, *, now_ms: int) -> Subscribed:
        """See whether the period was paid, give or end the days of grace; raises NotFound."""
        return await self._postgres.run(_settle, name, now_ms)

    async def end(self, name: SubscriptionId, *, now_ms: int) -> None:
        """It is over: its mandate is used no more, and forgotten."""
        await self._postgres.run(_end, name, now_ms)


async def _begin(
    db: Connection, order: OrderId, name: SubscriptionId, mandate: str, now_ms: int
) -> None:
    row = _found(await db.fetchrow(ORDER, order))
    one = Subscription.begun(name, renewing(row["product"], row["version"]), now_ms)
    await db.execute(BEGIN, order, name, mandate, one.paid_until, one.look_at(now_ms))


async def _change(db: Connection, owner: AccountId, change: Change, now_ms: int) -> Subscribed:
    held = _from(_found(await db.fetchrow(OWN + " FOR UPDATE", owner)))
    return await _keep(db, held, held.subscription.changed(change, now_ms), now_ms)


async def _renewal(db: Connection, name: SubscriptionId, order: OrderId, now_ms: int) -> Placed:
    held = _from(_found(await db.fetchrow(ONE + " FOR UPDATE", name)))
    one = held.subscription
    if one.renewal is not None:
        return placed_from(_found(await db.fetchrow(PLACED, one.renewal)))
    price = one.product.price
    made = await db.fetchrow(RENEW, name, order, price.amount, price.currency.value, now_ms)
    await db.execute(
        "UPDATE subscriptions SET renewal = $2 WHERE subscription_id = $1", name, order
    )
    return placed_from(_found(made))


async def _settle(db: Connection, name: SubscriptionId, now_ms: int) -> Subscribed:
    held = _from(_found(await db.fetchrow(ONE + " FOR UPDATE", name)))
    one = held.subscription
    if one.renewal is not None:
        one = one.settled(placed_from(_found(await db.fetchrow(PLACED, one.renewal))).order)
    await _give_grace(db, held.owner, one, now_ms)
    return await _keep(db, held, one, now_ms, tried=True)


async def _end(db: Connection, name: SubscriptionId, now_ms: int) -> None:
    row = await db.fetchrow(ONE + " FOR UPDATE", name)
    if row is not None:
        held = _from(row)
        ended = replace(held.subscription, ended=True)
        await _give_grace(db, held.owner, ended, now_ms)
        await _keep(db, held, ended, now_ms)


async def _give_grace(
    db: Connection, owner: AccountId | None, one: Subscription, now_ms: int
) -> None:
    if owner is not None:
        term, days = grace_of(one.subscription), one.grace_days(now_ms)
        await lay_term(db, owner, term, one.good.plan, days, now_ms)


async def _keep(
    db: Connection, held: Subscribed, one: Subscription, now_ms: int, *, tried: bool = False
) -> Subscribed:
    where = (one.paid_until, one.cancelled, one.paused, one.ended, one.renewal)
    await db.execute(KEEP, one.subscription, *where, one.look_at(now_ms, tried=tried))
    return replace(held, subscription=one, mandate="" if one.ended else held.mandate)


def _from(row: Record) -> Subscribed:
    one = Subscription(
        row["subscription_id"],
        renewing(row["product"], row["version"]),
        row["paid_until"],
        row["cancelled"],
        row["paused"],
        row["ended"],
        row["renewal"],
    )
    provider = ProviderName(row["provider"])
    return Subscribed(
        one, row["owner_id"], provider, row["language"], row["mandate"], row["version"]
    )


def _found(row: Record | None) -> Record:
    if row is None:
        raise NotFound("there is no subscription")
    return row


async def _one(db: Connection, sql: str, *args: object) -> Record | None:
    return await db.fetchrow(sql, *args)


async def _fetch(db: Connection, sql: str, *args: object) -> list[Record]:
    return await db.fetch(sql, *args)
