"""The ledger and the plans in PostgreSQL: decided by the engine while the person is locked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

from engine.credits.ledger import Ask, Balances, Cause, Entries, Kind, Move, decide_move, repeated
from engine.credits.plans import Plan, Term, next_term, premium_until
from engine.errors import NotFound, Refused
from engine.ids import AccountId
from engine.limits_payments import MOVES_TOGETHER_MAX, MOVES_WAITING_MAX
from engine.ports.credits import Purse
from store.connection import Connection, Record
from store.postgres.joined import Joined
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

LOCKED = """
SELECT account_id, credits, credits_held, credits_spent, credits_issued, credits_owed
FROM accounts WHERE account_id = ANY($1::text[]) ORDER BY account_id FOR NO KEY UPDATE
"""

MADE = """
SELECT m.* FROM unnest($1::text[], $2::text[]) AS a(owner_id, key)
JOIN credit_moves m ON m.owner_id = a.owner_id AND m.key = a.key
"""

KEEP_MOVES = """
INSERT INTO credit_moves
    (owner_id, key, kind, cause, amount, about, at, wallet, held, spent, issued, owed)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[],
    $7::bigint[], $8::int[], $9::int[], $10::int[], $11::int[], $12::int[])
"""

KEEP_BALANCES = """
UPDATE accounts a SET credits = b.wallet, credits_held = b.held, credits_spent = b.spent,
    credits_issued = b.issued, credits_owed = b.owed
FROM unnest($1::text[], $2::int[], $3::int[], $4::int[], $5::int[], $6::int[])
    AS b(account_id, wallet, held, spent, issued, owed)
WHERE a.account_id = b.account_id
"""

TERMS = """
SELECT command, plan, starts_at, ends_at FROM plan_terms WHERE owner_id = $1 ORDER BY starts_at
"""

KEEP_TERM = """
INSERT INTO plan_terms (owner_id, command, plan, starts_at, ends_at, granted_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
"""

FORGET_TERMS = "DELETE FROM plan_terms WHERE owner_id = $1 AND command = ANY($2::text[])"


@dataclass(frozen=True, slots=True)
class Wish:
    """A move that somebody asks for."""

    owner: AccountId
    ask: Ask
    now_ms: int


class PgCredits:
    """What people can pay with; engine.ports.credits.Credits."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        self._moves = Joined(
            self._move_all,
            batch_max=MOVES_TOGETHER_MAX,
            waiting_max=MOVES_WAITING_MAX,
        )

    async def move(self, owner: AccountId, ask: Ask, *, now_ms: int) -> tuple[Move, Balances]:
        """Move credits once, however often it is asked."""
        return await self._moves.do(Wish(owner, ask, now_ms))

    async def _move_all(self, wishes: Sequence[Wish]) -> list[tuple[Move, Balances] | Refused]:
        return await self._postgres.run(moved_together, wishes)

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
    (answer,) = await moved_together(db, [Wish(owner, ask, now_ms)])
    if isinstance(answer, Refused):
        raise answer
    return answer


async def moved_together(
    db: Connection, wishes: Sequence[Wish]
) -> list[tuple[Move, Balances] | Refused]:
    """Make many moves in the transaction that is open; what is refused says so in its place."""
    owners = sorted({wish.owner for wish in wishes})
    rows = await db.fetch(LOCKED, owners)
    balances = {row["account_id"]: _balances_from(row) for row in rows}
    known = await _known(db, wishes)
    fresh: list[tuple[AccountId, Move]] = []
    answers: list[tuple[Move, Balances] | Refused] = []
    for wish in wishes:
        owner, ask = wish.owner, wish.ask
        try:
            held = balances.get(owner)
            if held is None:
                raise NotFound("there is no such person")
            first = known.get((owner, ask.key))
            if first is None:
                of = None if ask.of_key is None else known.get((owner, ask.of_key))
                first = decide_move(held, ask, of, now_ms=wish.now_ms)
                balances[owner] = held.after(first.entries)
                known[owner, ask.key] = first
                fresh.append((owner, first))
            answers.append((repeated(ask, first), balances[owner]))
        except Refused as why:
            answers.append(why)
    if fresh:
        await _keep(db, fresh, balances)
    return answers


async def _known(db: Connection, wishes: Sequence[Wish]) -> dict[tuple[AccountId, str], Move]:
    """Return the moves that were made already under the keys of the wishes."""
    keys = [
        (wish.owner, key)
        for wish in wishes
        for key in (wish.ask.key, wish.ask.of_key)
        if key is not None
    ]
    rows = await db.fetch(MADE, [owner for owner, _ in keys], [key for _, key in keys])
    return {(row["owner_id"], row["key"]): _move_from(row) for row in rows}


async def _keep(
    db: Connection,
    fresh: Sequence[tuple[AccountId, Move]],
    balances: Mapping[AccountId, Balances],
) -> None:
    moves = [(owner, *move_row(move)) for owner, move in fresh]
    await db.execute(KEEP_MOVES, *map(list, zip(*moves, strict=True)))
    owners = sorted({owner for owner, _ in fresh})
    changed = [(owner, *astuple(balances[owner])) for owner in owners]
    await db.execute(KEEP_BALANCES, *map(list, zip(*changed, strict=True)))


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
