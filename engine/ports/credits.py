"""Port: what people can pay with and what they are entitled to, decided by the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.credits.ledger import Ask, Balances, Move
from engine.credits.plans import Plan, Term
from engine.ids import AccountId


@dataclass(frozen=True, slots=True)
class Purse:
    """All that somebody has."""

    balances: Balances
    terms: tuple[Term, ...]


class Credits(Protocol):
    """A ledger and the plans of people."""

    async def move(self, owner: AccountId, ask: Ask, *, now_ms: int) -> tuple[Move, Balances]:
        """Move credits once, however often it is asked; raises what `decide_move` raises.

        Also raises NotFound where there is no such person, and Conflict for a command that was
        used for something else. The move and the balances are written in one transaction.
        """

    async def purse(self, owner: AccountId) -> Purse:
        """Return what somebody has; raises NotFound."""

    async def moves(self, owner: AccountId, *, after: str | None, limit: int) -> Sequence[Move]:
        """Moves of a person, newest first, from behind the one with the key `after`."""

    async def grant(
        self, owner: AccountId, command: str, plan: Plan, days: int, *, now_ms: int
    ) -> Term:
        """Give somebody a plan for some days, once; raises NotFound, BadRequest, Conflict.

        The next look at the account sees it: there is nothing that has to be switched on.
        """
