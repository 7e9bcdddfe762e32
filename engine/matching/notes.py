"""Who takes notes of a pool: everything that happens to it, by numbers and never by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from engine.matching.ticket import Ticket
from engine.model.like import Intent

if TYPE_CHECKING:  # it brings the compiled loops, which the first pool loads and no server before
    from engine.matching.search import Numbers


class Notes(Protocol):
    """Tickets have the number of their arrival."""

    def joined(self, number: int, ticket: Ticket, apart: Sequence[int], *, now_ms: int) -> None:
        """Somebody has come, who may not meet some of those who wait."""

    def updated(self, number: int, ticket: Ticket, *, now_ms: int) -> None:
        """Somebody says something else."""

    def left(self, number: int, *, now_ms: int) -> None:
        """Somebody waits no longer."""

    def parted(self, one: int, other: int, *, now_ms: int) -> None:
        """Two may not meet."""

    def began(self, *, now_ms: int) -> None:
        """A tick has begun."""

    def ended(self, intent: Intent, pairs: Numbers, *, now_ms: int) -> None:
        """A tick has ended for those of one intent: a row of two and their score for each pair."""

    def introduced(self, one: int, other: int, *, now_ms: int) -> None:
        """Two have met."""


class NoNotes:
    """Nobody takes notes."""

    def joined(self, number: int, ticket: Ticket, apart: Sequence[int], *, now_ms: int) -> None:
        """Forget."""

    def updated(self, number: int, ticket: Ticket, *, now_ms: int) -> None:
        """Forget."""

    def left(self, number: int, *, now_ms: int) -> None:
        """Forget."""

    def parted(self, one: int, other: int, *, now_ms: int) -> None:
        """Forget."""

    def began(self, *, now_ms: int) -> None:
        """Forget."""

    def ended(self, intent: Intent, pairs: Numbers, *, now_ms: int) -> None:
        """Forget."""

    def introduced(self, one: int, other: int, *, now_ms: int) -> None:
        """Forget."""


NO_NOTES = NoNotes()
