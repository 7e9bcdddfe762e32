"""The ledger and the plans in PostgreSQL: decided by the engine while the person is locked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

from engine.credits.ledger import Ask, Balances, Cause, Entries, Kind, Move, decide_move, repeated
from engine.credits.plans import Plan, Term, next_term, premium_until
from engine.errors import NotFound
from engine.ids import AccountId
from engine.ports.credits import Purse
from store.connection import Connection, Record
from store.postgres.pool import Postgres

BALANCES = """
SELECT credits, credits_held, credits_spent, credits_issued, credits_owed
FROM accounts WHERE account_id = $1
"""

MOVES = """
SELECT * FROM credit_moves
WHERE owner_id = $1 AND ($2::text IS NULL OR number
    < (SELECT m.number FROM credit_moves m WHERE m.owner_id = $1 AND m.key = $2))
ORDER BY number DESC LIMIT $3
"""

KEEP_MOVE = """
INSERT INTO credit_moves
    (owner_id, key, kind, cause, amount, about, at, wallet, held, spent, issued, owed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""

KEEP_BALANCES = """
UPDATE accounts SET credits = $2, credits_held = $3, credits_spent = $4, credits_issued = $5,
    credits_owed = $6
WHERE account_id = $1
"""

TERMS = """
SELECT command, plan, starts_at, ends_at FROM plan_terms WHERE owner_id = $1 ORDER BY starts_at
"""

KEEP_TERM = """
INSERT INTO plan_terms (owner_id, command, plan, starts_at, ends_at, granted_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
"""

FORGET_TERMS = "DELETE FROM plan_terms WHERE owner_id = $1 AND command = ANY($2::text[])"


class PgCredits:
    """What people can pay with; engine.ports.credits.Credits."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres

    async def move(self, owner: AccountId, ask: Ask, *, now_ms: int) -> tuple[Move, Balances]:
        """Move credits once, however often it is asked."""
        return await self._postgres.run(moved, owner, ask, now_ms)

    async def purse(self, owner: AccountId) -> Purse:
        """Return what somebody has; raises NotFound."""
        return await self._postgres.run(_purse, owner)

    async def moves(self, owner: AccountId, *, after: str | None, limit: int) -> Sequence[Move]:
        """Moves of a person, newest first, from behind the one with the key `after`."""
        rows = await self._postgres.once(_moves, owner, after, limit)
        return [_move_from(row) for row in rows]

    async def grant(
        self, owner: AccountId, command: str, plan: Plan, days: int, *, now_ms: int
    ) -> Term:
        """Give somebody a plan for some days, once."""
        return await self._postgres.run(_grant, owner, command, plan, days, now_ms)


async def moved(db: Connection, owner: AccountId, ask: Ask, now_ms: int) -> tuple[Move, Balances]:
    """Move credits in the transaction that is open; the person is locked by it."""
    row = await db.fetchrow(BALANCES + "FOR NO KEY UPDATE", owner)
    if row is None:
        raise NotFound("there is no such person")
    balances = _balances_from(row)
    rows = await db.fetch(
        "SELECT * FROM credit_moves WHERE owner_id = $1 AND key = ANY($2::text[])",
        owner,
        [ask.key, ask.of_key],
    )
    known = {row["key"]: _move_from(row) for row in rows}
    if ask.key in known:
        return repeated(ask, known[ask.key]), balances
    of = None if ask.of_key is None else known.get(ask.of_key)
    move = decide_move(balances, ask, of, now_ms=now_ms)
    balances = balances.after(move.entries)
    await db.execute(KEEP_MOVE, owner, *move_row(move))
    await db.execute(KEEP_BALANCES, owner, *astuple(balances))
    return move, balances


def move_row(move: Move) -> tuple[object, ...]:
    """Lay a move out as the columns of its table, behind its owner."""
    said = (move.key, move.kind.value, move.cause.value, move.amount, move.about, move.at)
    return (*said, *astuple(move.entries))


def _move_from(row: Record) -> Move:
    entries = Entries(row["wallet"], row["held"], row["spent"], row["issued"], row["owed"])
    kind, cause = Kind(row["kind"]), Cause(row["cause"])
    return Move(row["key"], kind, cause, row["amount"], row["about"], row["at"], entries)


def _balances_from(row: Record) -> Balances:
    return Balances(
        row["credits"],
        row["credits_held"],
        row["credits_spent"],
        row["credits_issued"],
        row["credits_owed"],
    )


async def _purse(db: Connection, owner: AccountId) -> Purse:
    row = await db.fetchrow(BALANCES, owner)
    if row is None:
        raise NotFound("there is no such person")
    return Purse(_balances_from(row), await read_terms(db, owner))


async def read_terms(db: Connection, owner: AccountId) -> tuple[Term, ...]:
    """Return the terms of a person, the first first."""
    return tuple(
        Term(row["command"], Plan(row["plan"]), row["starts_at"], row["ends_at"])
        for row in await db.fetch(TERMS, owner)
    )


async def _moves(db: Connection, owner: AccountId, after: str | None, limit: int) -> list[Record]:
    return await db.fetch(MOVES, owner, after, limit)


async def _grant(
    db: Connection, owner: AccountId, command: str, plan: Plan, days: int, now_ms: int
) -> Term:
    there = await db.fetchval(
        "SELECT true FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE", owner
    )
    if there is None:
        raise NotFound("there is no such person")
    terms = await read_terms(db, owner)
    term = next_term(terms, command, plan, days, now_ms=now_ms)
    await db.execute(KEEP_TERM, owner, command, plan.value, term.starts_at, term.ends_at, now_ms)
    await db.execute(
        "UPDATE accounts SET premium_until = greatest(premium_until, $2) WHERE account_id = $1",
        owner,
        premium_until((*terms, term), now_ms),
    )
    return term


async def rewrite_terms(
    db: Connection,
    owner: AccountId,
    before: Sequence[Term],
    after: Sequence[Term],
    until: int,
    now_ms: int,
) -> None:
    """Write terms that were laid again, and the end of the time with premium."""
    gone = [one.command for one in before if one not in after]
    await db.execute(FORGET_TERMS, owner, gone)
    for one in after:
        if one not in before:
            laid = (one.command, one.plan.value, one.starts_at, one.ends_at)
            await db.execute(KEEP_TERM, owner, *laid, now_ms)
    await db.execute("UPDATE accounts SET premium_until = $2 WHERE account_id = $1", owner, until)
