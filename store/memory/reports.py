"""Reports and the log of operators in memory."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from engine.errors import Conflict, NotFound, Unauthenticated
from engine.ids import Alias, ReportId
from engine.limits import REPORTS_PURGED_MAX
from engine.model.access import check_other
from engine.model.look import LoggedLook, Look
from engine.model.policy import ReportPolicy
from engine.rooms.events import EventName
from engine.rooms.report import (
    Evidence,
    Report,
    ReportHead,
    ReportOutcome,
    ReportRequest,
    check_rate,
    shown_around,
)
from engine.rooms.veils import as_seen
from store.memory.apart import ReportRow
from store.memory.groups import MemoryGroups
from store.memory.state import Memory, RoomMemberRow, RoomRow


class MemoryReports:
    """What people report; engine.ports.reports.Reports."""

    def __init__(self, memory: Memory, groups: MemoryGroups) -> None:
        self._memory = memory
        self._groups = groups

    async def file(
        self, request: ReportRequest, report: ReportId, policy: ReportPolicy, *, now_ms: int
    ) -> ReportId:
        """Keep a report with what the reporter could read around it; return its name."""
        await trio.lowlevel.checkpoint()
        if self._memory.accounts[request.reporter].state != "active":
            raise Unauthenticated
        room, me, member = self._found(request, now_ms)
        reports = self._memory.reports.values()
        mine = [row for row in reports if row.request.reporter == request.reporter]
        for row in mine:
            if row.closed_at is None and _about(row.request) == _about(request):
                return row.report
        check_rate([row.at for row in mine], policy, now_ms=now_ms)
        events = as_seen(room.events[me.since :], me.alias, room.veils_of(me.account))
        named = [event for event in events if event.seq == request.seq]
        if request.seq is not None and not any(
            event.name is EventName.MESSAGE and event.sender == request.alias for event in named
        ):
            raise NotFound("there is no such message")
        shown = shown_around(events, request.seq, policy)
        evidence = Evidence(member.nickname, me.alias, request.text, shown)
        row = ReportRow(report, request, member.account, now_ms, evidence)
        self._memory.reports[report] = row
        return report

    def _found(
        self, request: ReportRequest, now_ms: int
    ) -> tuple[RoomRow, RoomMemberRow, RoomMemberRow]:
        room = self._memory.rooms.get(request.room)
        me = room.member_of(request.reporter) if room and room.visible_at <= now_ms else None
        if room is None or me is None:
            raise NotFound
        member = room.ever(request.alias)
        check_other(None if member is None else member.account, request.reporter)
        assert member is not None
        return room, me, member

    async def waiting(self, *, after: ReportId | None, limit: int) -> Sequence[ReportHead]:
        """Open reports, the oldest first."""
        await trio.lowlevel.checkpoint()
        found = sorted(
            (row.at, row.report) for row in self._memory.reports.values() if row.closed_at is None
        )
        if after is not None:
            last = self._memory.reports.get(after)
            found = [place for place in found if last and place > (last.at, last.report)]
        return [_head(self._memory.reports[report]) for _, report in found[:limit]]

    async def read(self, report: ReportId, look: Look, *, now_ms: int) -> Report:
        """Return a report; the look is logged with it."""
        await trio.lowlevel.checkpoint()
        row = self._looked(report, look, "report read", now_ms)
        reports = self._memory.reports.values()
        return Report(
            head=_head(row),
            alias=row.request.alias,
            seq=row.request.seq,
            evidence=row.evidence,
            reports_of_reported=sum(other.reported == row.reported for other in reports),
            outcome=row.outcome,
        )

    async def close(
        self, report: ReportId, outcome: ReportOutcome, look: Look, *, now_ms: int
    ) -> None:
        """Close a report, logged alike; `banned` bans from the group at once."""
        await trio.lowlevel.checkpoint()
        known = self._memory.reports.get(report)
        if known is not None and known.outcome not in {None, outcome}:
            raise Conflict("this report was closed with another outcome")
        if known is not None and known.outcome is None and outcome is ReportOutcome.BANNED:
            room = self._memory.rooms.get(known.request.room)
            if room is not None and room.group is not None:
                self._groups.ban_by_operator(room.group, known.reported, now_ms=now_ms)
        row = self._looked(report, look, f"report closed: {outcome}", now_ms)
        if row.outcome is None:
            row.closed_at, row.outcome = now_ms, outcome

    async def purge(self, policy: ReportPolicy, *, now_ms: int) -> int:
        """Drop some of the closed reports that were kept long enough; return how many."""
        await trio.lowlevel.checkpoint()
        before_ms = now_ms - policy.keep_s * 1000
        old = [
            row.report
            for row in self._memory.reports.values()
            if row.closed_at is not None and row.closed_at < before_ms
        ][:REPORTS_PURGED_MAX]
        for report in old:
            del self._memory.reports[report]
        return len(old)

    def _looked(self, report: ReportId, look: Look, deed: str, now_ms: int) -> ReportRow:
        row = self._memory.reports.get(report)
        if row is None:
            raise NotFound("there is no such report")
        self._memory.log_look(look, f"{report} {row.reported}", deed, now_ms=now_ms)
        return row


class MemoryOperatorLog:
    """Every look of an operator; engine.ports.reports.OperatorLog."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def page(self, *, after: int, limit: int) -> Sequence[LoggedLook]:
        """Links after a number, in their order."""
        await trio.lowlevel.checkpoint()
        return self._memory.operator_log[after : after + limit]


def _head(row: ReportRow) -> ReportHead:
    return ReportHead(row.report, row.request.category, row.at)


def _about(request: ReportRequest) -> tuple[str, Alias, int | None]:
    return request.room, request.alias, request.seq
