"""The ledger and the plans in memory."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from engine.credits.ledger import Ask, Balances, Move, decide_move, repeated
from engine.credits.plans import Plan, Term, next_term, premium_until
from engine.errors import NotFound
from engine.ids import AccountId
from engine.ports.credits import Purse
from store.memory.state import AccountRow, Memory


class MemoryCredits:
    """What people can pay with; engine.ports.credits.Credits."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def move(self, owner: AccountId, ask: Ask, *, now_ms: int) -> tuple[Move, Balances]:
        """Move credits once, however often it is asked."""
        await trio.lowlevel.checkpoint()
        row = self._row(owner)
        return moved(row, ask, now_ms=now_ms), row.balances

    async def purse(self, owner: AccountId) -> Purse:
        """Return what somebody has; raises NotFound."""
        await trio.lowlevel.checkpoint()
        row = self._row(owner)
        return Purse(row.balances, tuple(sorted(row.terms, key=lambda term: term.starts_at)))

    async def moves(self, owner: AccountId, *, after: str | None, limit: int) -> Sequence[Move]:
        """Moves of a person, newest first, from behind the one with the key `after`."""
        await trio.lowlevel.checkpoint()
        row = self._memory.accounts.get(owner)
        newest_first = [] if row is None else list(reversed(row.moves.values()))
        if after is not None:
            keys = [move.key for move in newest_first]
            newest_first = newest_first[keys.index(after) + 1 :] if after in keys else []
        return newest_first[:limit]

    async def grant(
        self, owner: AccountId, command: str, plan: Plan, days: int, *, now_ms: int
    ) -> Term:
        """Give somebody a plan for some days, once."""
        await trio.lowlevel.checkpoint()
        row = self._row(owner)
        term = next_term(row.terms, command, plan, days, now_ms=now_ms)
        if term not in row.terms:
            row.terms.append(term)
            row.premium_until = max(row.premium_until, premium_until(row.terms, now_ms))
        return term

    def _row(self, owner: AccountId) -> AccountRow:
        row = self._memory.accounts.get(owner)
        if row is None:
            raise NotFound("there is no such person")
        return row


def moved(row: AccountRow, ask: Ask, *, now_ms: int) -> Move:
    """Move credits of a person."""
    if ask.key in row.moves:
        return repeated(ask, row.moves[ask.key])
    of = None if ask.of_key is None else row.moves.get(ask.of_key)
    move = decide_move(row.balances, ask, of, now_ms=now_ms)
    row.balances = row.balances.after(move.entries)
    row.moves[move.key] = move
    return move
