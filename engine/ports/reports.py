"""Ports: what people report, and the log of those who look at it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.ids import ReportId
from engine.model.look import LoggedLook, Look
from engine.model.policy import ReportPolicy
from engine.rooms.report import Report, ReportHead, ReportOutcome, ReportRequest


class Reports(Protocol):
    """Reports with their evidence, sealed; whom one is about never learns of it."""

    async def file(
        self, request: ReportRequest, report: ReportId, policy: ReportPolicy, *, now_ms: int
    ) -> ReportId:
        """Keep a report with what the reporter could read around it; return its name.

        What was reported already and is open is that report again. Raises NotFound (the room,
        the member, a message of theirs), BadRequest (oneself), RateLimited, Unauthenticated.
        Who has left the room can be reported too, under any alias they had there.
        """

    async def waiting(self, *, after: ReportId | None, limit: int) -> Sequence[ReportHead]:
        """Open reports, the oldest first."""

    async def read(self, report: ReportId, look: Look, *, now_ms: int) -> Report:
        """Return a report; the look is logged in the same transaction. Raises NotFound."""

    async def close(
        self, report: ReportId, outcome: ReportOutcome, look: Look, *, now_ms: int
    ) -> None:
        """Close a report, logged alike; `banned` bans whom it is about from the room's group.

        Both or neither. Raises NotFound, and Conflict for another outcome or an owner's ban.
        """

    async def purge(self, policy: ReportPolicy, *, now_ms: int) -> int:
        """Drop some of the closed reports that were kept long enough; return how many."""


class OperatorLog(Protocol):
    """Every look of an operator at somebody's data."""

    async def page(self, *, after: int, limit: int) -> Sequence[LoggedLook]:
        """Links after a number, in their order."""
