"""Subscriptions in PostgreSQL: decided by the engine while their row is locked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.credits.plans import Plan
from engine.errors import NotFound
from engine.ids import AccountId, OrderId, SubscriptionId
from engine.limits_payments import SUBSCRIPTION_TRIAL_DAYS
from engine.payments.provider import ProviderName
from engine.payments.subscription import (
    Change,
    Standing,
    Subscription,
    grace_of,
    renewing,
    rest_after,
    trial_of,
)
from engine.ports.payments import Placed
from engine.ports.subscriptions import Subscribed
from store.bundle import Chance
from store.connection import Connection, Record
from store.mandates import Mandates
from store.postgres.credits import read_terms
from store.postgres.orders import HAD_TRIAL, lay_term, lock_buyer, placed_from
from store.postgres.pool import Postgres

BEGIN = """
INSERT INTO subscriptions (subscription_id, owner_id, began_by, product, version, provider,
    language, mandate, paid_until, trial, look_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""

BEGUN = "SELECT owner_id FROM subscriptions WHERE began_by = $1"

GOES_ON = "SELECT EXISTS (SELECT FROM subscriptions WHERE owner_id = $1 AND NOT ended)"

# One row for each way in; it says of each that is not there yet.
TRY = """
INSERT INTO trials (way_in, at)
SELECT w.way_in, $2 FROM accounts a, unnest(ARRAY[a.phone_digest, a.clerk_digest]) AS w (way_in)
WHERE a.account_id = $1 AND w.way_in IS NOT NULL
ON CONFLICT DO NOTHING
"""

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

# A change; the order of the turns is the order of the changes.
KEEP = """
UPDATE subscriptions SET paid_until = $2, cancelled = $3, paused = $4, ended = $5, renewal = $6,
    trial = $7, look_at = $8, mandate = CASE WHEN $5 THEN '' ELSE mandate END, turn = turn + 1
WHERE subscription_id = $1
"""

NUDGE = """
UPDATE subscriptions SET look_at = $2 WHERE NOT ended AND (began_by = $1
    OR renewal = $1 AND owner_id = (SELECT o.owner_id FROM orders o WHERE o.order_id = $1))
"""


class PgSubscriptions:
    """Subscriptions; engine.ports.subscriptions.Subscriptions."""

    def __init__(self, postgres: Postgres, mandates: Mandates, chance: Chance) -> None:
        self._postgres = postgres
        self._mandates = mandates
        self._chance = chance

    async def begin(self, order: OrderId, mandate: str, *, now_ms: int) -> bool:
        """Keep the subscription that an order begins, once; say whether its buyer has it."""
        name = SubscriptionId(self._chance.fresh_id())
        sealed = self._mandates.seal(mandate, name)
        return await self._postgres.run(_begin, order, name, sealed, now_ms)

    async def own(self, owner: AccountId) -> Subscribed:
        """Return one's own that has not ended; raises NotFound."""
        return self._opened(_from(_found(await self._postgres.once(_one, OWN, owner))))

    async def change(self, owner: AccountId, change: Change, *, now_ms: int) -> Subscribed:
        """Do what its owner wants; raises NotFound, Conflict."""
        return self._opened(await self._postgres.run(_change, owner, change, now_ms))

    async def stands(
        self, name: SubscriptionId, standing: Standing, *, turn: int, now_ms: int
    ) -> Subscribed:
        """Take what its provider said, asked at this turn."""
        return self._opened(await self._postgres.run(_stands, name, standing, turn, now_ms))

    async def nudge(self, order: OrderId, *, now_ms: int) -> None:
        """What this order has begun, or is a period of, is due now."""
        await self._postgres.execute(NUDGE, order, now_ms)

    async def due(self, *, now_ms: int, limit: int, lease_ms: int) -> Sequence[Subscribed]:
        """Return those that something has to be done about."""
        rows = await self._postgres.once(_fetch, DUE, now_ms, now_ms + lease_ms, limit)
        return [self._opened(_from(row)) for row in rows]

    async def renewal(self, name: SubscriptionId, *, now_ms: int) -> Placed:
        """Return the order of the next period, made the first time; raises NotFound."""
        order = OrderId(self._chance.fresh_id())
        return await self._postgres.run(_renewal, name, order, now_ms)

    async def settle(
        self, name: SubscriptionId, *, answered: bool = True, now_ms: int
    ) -> Subscribed:
        """See whether the period was paid, give or end the days of grace; raises NotFound."""
        rest_ms = rest_after(answered=answered)
        return self._opened(await self._postgres.run(_settle, name, rest_ms, now_ms))

    async def end(self, name: SubscriptionId, *, now_ms: int) -> None:
        """It is over: its mandate is used no more, and forgotten."""
        await self._postgres.run(_end, name, now_ms)

    def _opened(self, held: Subscribed) -> Subscribed:
        """Only those who charge see a mandate: all rows are read with it sealed."""
        name = held.subscription.subscription
        return replace(held, mandate=self._mandates.open(held.mandate, name))


async def _begin(
    db: Connection, order: OrderId, name: SubscriptionId, mandate: str, now_ms: int
) -> bool:
    placed = placed_from(_found(await db.fetchrow(PLACED + " FOR UPDATE", order)))
    begun = await db.fetchrow(BEGUN, order)
    if begun is not None:
        return begun["owner_id"] is not None
    draft, owner = placed.draft, placed.owner
    product = renewing(draft.product, draft.version)
    one = Subscription.begun(name, product, now_ms, trial=draft.trial)
    if owner is not None and not await _may_begin(db, owner, trial=draft.trial, now_ms=now_ms):
        owner = None
    kept = Subscribed(one, owner, draft.provider, draft.language, mandate, draft.version)
    said = (draft.product, draft.version, draft.provider.value, draft.language)
    rest = (mandate, one.paid_until, one.trial, kept.look_at(now_ms))
    await db.execute(BEGIN, name, owner, order, *said, *rest)
    if owner is not None and draft.trial:
        days = SUBSCRIPTION_TRIAL_DAYS
        await lay_term(db, owner, trial_of(name), Plan.TRIAL, days, now_ms)
    return owner is not None


async def _may_begin(db: Connection, owner: AccountId, *, trial: bool, now_ms: int) -> bool:
    await lock_buyer(db, owner)
    if await db.fetchval(GOES_ON, owner):
        return False
    if not trial:
        return True
    had = await db.fetchval(HAD_TRIAL, owner) or await read_terms(db, owner)
    await db.execute(TRY, owner, now_ms)
    return not had


async def _change(db: Connection, owner: AccountId, change: Change, now_ms: int) -> Subscribed:
    held = _from(_found(await db.fetchrow(OWN + " FOR UPDATE", owner)))
    changed = held.subscription.changed(change, now_ms)
    await _give_grace(db, owner, changed, now_ms)
    return await _keep(db, held, changed, changed.look_at(now_ms))


async def _stands(
    db: Connection, name: SubscriptionId, standing: Standing, turn: int, now_ms: int
) -> Subscribed:
    row = _found(await db.fetchrow(ONE + " FOR UPDATE", name))
    held = _from(row)
    if held.subscription.turn != turn:
        return held
    stands = held.subscription.stands(standing, now_ms)
    return await _keep(db, held, stands, row["look_at"])


async def _renewal(db: Connection, name: SubscriptionId, order: OrderId, now_ms: int) -> Placed:
    held = _from(_found(await db.fetchrow(ONE + " FOR UPDATE", name)))
    one = held.subscription
    if one.renewal is not None:
        return placed_from(_found(await db.fetchrow(PLACED, one.renewal)))
    one.check_due(now_ms)
    price = one.product.price
    made = await db.fetchrow(RENEW, name, order, price.amount, price.currency.value, now_ms)
    await db.execute(
        "UPDATE subscriptions SET renewal = $2 WHERE subscription_id = $1", name, order
    )
    return placed_from(_found(made))


async def _settle(db: Connection, name: SubscriptionId, rest_ms: int, now_ms: int) -> Subscribed:
    held = _from(_found(await db.fetchrow(ONE + " FOR UPDATE", name)))
    one = held.subscription
    if one.renewal is not None:
        one = one.settled(placed_from(_found(await db.fetchrow(PLACED, one.renewal))).order)
    await _give_grace(db, held.owner, one, now_ms)
    settled = replace(held, subscription=one)
    look_at = settled.look_at(now_ms, rest_ms=rest_ms)
    return await _keep(db, held, one, look_at)


async def _end(db: Connection, name: SubscriptionId, now_ms: int) -> None:
    row = await db.fetchrow(ONE + " FOR UPDATE", name)
    if row is not None:
        held = _from(row)
        ended = replace(held.subscription, ended=True)
        await _give_grace(db, held.owner, ended, now_ms)
        await _keep(db, held, ended, None)


async def _give_grace(
    db: Connection, owner: AccountId | None, one: Subscription, now_ms: int
) -> None:
    if owner is not None:
        term, days = grace_of(one.subscription), one.grace_days(now_ms)
        await lay_term(db, owner, term, one.good.plan, days, now_ms)


async def _keep(
    db: Connection, held: Subscribed, one: Subscription, look_at: int | None
) -> Subscribed:
    where = (one.paid_until, one.cancelled, one.paused, one.ended, one.renewal, one.trial)
    await db.execute(KEEP, one.subscription, *where, look_at)
    kept = replace(one, turn=one.turn + 1)
    return replace(held, subscription=kept, mandate="" if one.ended else held.mandate)


def _from(row: Record) -> Subscribed:
    one = Subscription(
        row["subscription_id"],
        renewing(row["product"], row["version"]),
        row["paid_until"],
        row["cancelled"],
        row["paused"],
        row["ended"],
        row["renewal"],
        row["trial"],
        row["turn"],
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
