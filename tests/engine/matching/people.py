"""Small valid tickets for tests of pools, where only what a test speaks of is named."""

from __future__ import annotations

from engine.ids import AccountId, TicketId
from engine.matching.pool import Introduction, Pool, Round
from engine.matching.solver import solve
from engine.matching.ticket import Ages, Me, Person, Ticket, Want
from engine.model.account import Gender
from engine.model.like import Intent
from engine.model.pool_policy import PoolPolicy

POLICY = PoolPolicy()
MINUTE_MS = 60_000


def make_ticket(
    name: str,
    *,
    account: str | None = None,
    side: Gender = Gender.FEMALE,
    age: int = 25,
    premium: bool = False,
    interests: tuple[str, ...] = (),
    area: tuple[int, int] | None = None,
    features: tuple[str, ...] = (),
    intent: Intent = Intent.FRIEND,
    sides: tuple[Gender, ...] = tuple(Gender),
    ages: Ages | None = None,
    needs: tuple[str, ...] = (),
    at: int = 0,
    lives_ms: int = 10 * MINUTE_MS,
) -> Ticket:
    """Make the ticket of somebody who is open to everybody."""
    return Ticket(
        TicketId(name),
        AccountId(account or f"account of {name}"),
        Person(side, age, premium),
        Me(interests, area, features),
        Want(intent, sides, ages or Ages(), needs),
        at,
        at + lives_ms,
    )


def tick(pool: Pool, *, now_ms: int) -> list[Introduction]:
    """Do a whole tick, in which nothing happens and everything is made true."""
    pool.expire(now_ms=now_ms)
    made = []
    for begun in pool.begin(now_ms=now_ms):
        made += finish(pool, begun, now_ms=now_ms)
    return made


def finish(pool: Pool, begun: Round, *, now_ms: int) -> list[Introduction]:
    """End a round, and make true what it gives."""
    pairs = list(pool.end(begun, solve(begun.problem), now_ms=now_ms))
    for pair in pairs:
        pool.introduced(pair, now_ms=now_ms)
    return pairs


def names(pairs: list[Introduction]) -> set[frozenset[str]]:
    """Say who met whom."""
    return {frozenset((pair.one, pair.other)) for pair in pairs}
