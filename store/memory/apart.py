"""What the memory twin holds of people who want to have nothing to do with each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.ids import AccountId, Alias, BlockId, ReportId
from engine.rooms.events import Veil
from engine.rooms.report import Evidence, ReportOutcome, ReportRequest


@dataclass(slots=True)
class BlockRow:
    """A block, as its owner lists it."""

    block: BlockId
    nickname: str
    at: int


@dataclass(slots=True)
class ReportRow:
    """A report with its evidence."""

    report: ReportId
    request: ReportRequest
    reported: AccountId
    at: int
    evidence: Evidence
    closed_at: int | None = None
    outcome: ReportOutcome | None = None


@dataclass(slots=True)
class VeilRow:
    """Two people who are hidden from each other in a room."""

    pair: frozenset[AccountId]
    after: int
    until: int | None = None


@dataclass(slots=True)
class Veils:
    """Who is or was hidden from whom in one room."""

    rows: list[VeilRow] = field(default_factory=list)

    def of(
        self, account: AccountId, everybody: Sequence[tuple[Alias, AccountId]]
    ) -> tuple[Veil, ...]:
        """Return whom somebody does not see; `everybody` has all aliases there ever were."""
        return tuple(
            Veil(
                frozenset(alias for alias, one in everybody if {one, account} == row.pair),
                row.after,
                row.until,
            )
            for row in self.rows
            if account in row.pair
        )

    def let_down(self, pair: frozenset[AccountId], *, after: int) -> bool:
        """Hide two people from each other; False if they are hidden already."""
        if any(row.pair == pair and row.until is None for row in self.rows):
            return False
        # One that was lifted before anything else was said is let down again.
        self.rows = [row for row in self.rows if (row.pair, row.after) != (pair, after)]
        self.rows.append(VeilRow(pair, after))
        return True

    def lift(self, pair: frozenset[AccountId], *, until: int) -> None:
        """Show two people to each other again from now on."""
        for row in self.rows:
            if row.pair == pair and row.until is None:
                row.until = until
