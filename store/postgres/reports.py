"""Reports in PostgreSQL: the evidence is sealed with the master key, so it outlives its room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from engine.errors import Conflict, NotFound, Unauthenticated
from engine.ids import GroupId, ReportId
from engine.limits import REPORTS_PURGED_MAX
from engine.model.access import check_other
from engine.model.look import Look
from engine.model.policy import ReportPolicy
from engine.rooms.events import Event, EventName
from engine.rooms.report import (
    DAY_MS,
    Category,
    Evidence,
    Report,
    ReportHead,
    ReportOutcome,
    ReportRequest,
    check_rate,
    shown_around,
)
from engine.rooms.veils import as_seen
from store.connection import Connection, Record
from store.postgres.directory import BEFORE, MEMBER, SEAT
from store.postgres.leaving import ban_by_operator
from store.postgres.operator_log import log_look
from store.postgres.pool import Postgres
from store.postgres.room_rows import event_from
from store.postgres.rooms import SEQ_MAX
from store.postgres.veils import veils_of
from store.vault import Vault

HOLD = "SELECT state FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE"

SAME = """
SELECT report_id FROM reports
WHERE reporter_id = $1 AND room_id = $2 AND alias = $3 AND seq = $4 AND closed_at IS NULL
"""

RECENT = "SELECT at FROM reports WHERE reporter_id = $1 AND at > $2"

KEEP = """
INSERT INTO reports (report_id, reporter_id, reported_id, room_id, alias, seq, category, at, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

WAITING = """
SELECT report_id, category, at FROM reports
WHERE closed_at IS NULL AND (at, report_id) > (
    CASE WHEN $1::text IS NULL THEN -1
        ELSE (SELECT r.at FROM reports r WHERE r.report_id = $1) END, coalesce($1::text, ''))
ORDER BY at, report_id LIMIT $2
"""

READ = """
SELECT r.*, (SELECT count(*) FROM reports o WHERE o.reported_id = r.reported_id) AS times
FROM reports r WHERE r.report_id = $1 FOR NO KEY UPDATE OF r
"""

GROUP = "SELECT group_id FROM rooms WHERE room_id = $1"

CLOSE = "UPDATE reports SET closed_at = $2, outcome = $3 WHERE report_id = $1"

PURGE = """
DELETE FROM reports WHERE report_id IN (
    SELECT report_id FROM reports WHERE closed_at < $1 ORDER BY closed_at LIMIT $2)
RETURNING report_id
"""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Evidence).decode


@dataclass(frozen=True, slots=True)
class _Filing:
    """What is kept, under which name and rules."""

    request: ReportRequest
    report: ReportId
    policy: ReportPolicy
    now_ms: int


class PgReports:
    """What people report; engine.ports.reports.Reports."""

    def __init__(self, postgres: Postgres, vault: Vault) -> None:
        self._postgres = postgres
        self._vault = vault

    async def file(
        self, request: ReportRequest, report: ReportId, policy: ReportPolicy, *, now_ms: int
    ) -> ReportId:
        """Keep a report with what the reporter could read around it; return its name."""
        filing = _Filing(request, report, policy, now_ms)
        return await self._postgres.run(_file, self._vault, filing)

    async def waiting(self, *, after: ReportId | None, limit: int) -> Sequence[ReportHead]:
        """Open reports, the oldest first."""
        return [_head(row) for row in await self._postgres.once(_waiting, after, limit)]

    async def read(self, report: ReportId, look: Look, *, now_ms: int) -> Report:
        """Return a report; the look is logged in the same transaction."""
        row = await self._postgres.run(_read, report, look, "report read", now_ms)
        seq = row["seq"]
        return Report(
            head=_head(row),
            alias=row["alias"],
            seq=seq or None,
            evidence=_decode(self._vault.open(row["sealed"], _place(report))),
            reports_of_reported=row["times"],
            outcome=None if row["outcome"] is None else ReportOutcome(row["outcome"]),
        )

    async def close(
        self, report: ReportId, outcome: ReportOutcome, look: Look, *, now_ms: int
    ) -> None:
        """Close a report, logged alike; `banned` bans from the group in the same transaction."""
        await self._postgres.run(_close, report, outcome, look, now_ms)

    async def purge(self, policy: ReportPolicy, *, now_ms: int) -> int:
        """Drop some of the closed reports that were kept long enough; return how many."""
        return await self._postgres.once(_purge, now_ms - policy.keep_s * 1000)


async def _file(db: Connection, vault: Vault, filing: _Filing) -> ReportId:
    request, now_ms = filing.request, filing.now_ms
    # One at a time of one person: neither the rate nor "reported already" can be raced.
    if await db.fetchval(HOLD, request.reporter) != "active":
        raise Unauthenticated
    seat = await db.fetchrow(SEAT, request.reporter, request.room, now_ms)
    if seat is None:
        raise NotFound
    member = await db.fetchrow(MEMBER, request.room, request.alias)
    check_other(None if member is None else member["account_id"], request.reporter)
    assert member is not None
    place = (request.reporter, request.room, request.alias, request.seq or 0)
    known: ReportId | None = await db.fetchval(SAME, *place)
    if known is not None:
        return known
    recent = await db.fetch(RECENT, request.reporter, now_ms - DAY_MS)
    check_rate([row["at"] for row in recent], filing.policy, now_ms=now_ms)
    events = await _around(db, vault, filing, seat)
    evidence = Evidence(member["nickname"], seat["alias"], request.text, events)
    reporter, *where = place
    await db.execute(
        KEEP,
        filing.report,
        reporter,
        member["account_id"],
        *where,
        request.category.value,
        now_ms,
        vault.seal(_encode(evidence), _place(filing.report)),
    )
    return filing.report


async def _around(db: Connection, vault: Vault, filing: _Filing, seat: Record) -> tuple[Event, ...]:
    request, policy = filing.request, filing.policy
    below = SEQ_MAX if request.seq is None else request.seq + policy.messages_after + 1
    wanted = policy.messages_before + policy.messages_after + 1
    rows = await db.fetch(BEFORE, request.room, seat["since_seq"], below, wanted)
    vault.learn(request.room, seat["key_wrapped"])
    said = [event_from(row, vault, request.room) for row in reversed(rows)]
    veils = await veils_of(db, request.reporter, request.room)
    events = as_seen(said, seat["alias"], veils.get(request.room, ()))
    named = next((event for event in events if event.seq == request.seq), None)
    if request.seq is not None and (
        named is None or named.name is not EventName.MESSAGE or named.sender != request.alias
    ):
        raise NotFound("there is no such message")
    return shown_around(events, request.seq, policy)


async def _waiting(db: Connection, after: ReportId | None, limit: int) -> list[Record]:
    return await db.fetch(WAITING, after, limit)


async def _read(db: Connection, report: ReportId, look: Look, deed: str, now_ms: int) -> Record:
    row = await db.fetchrow(READ, report)
    if row is None:
        raise NotFound("there is no such report")
    await log_look(db, look, f"{report} {row['reported_id']}", deed, now_ms)
    return row


async def _close(
    db: Connection, report: ReportId, outcome: ReportOutcome, look: Look, now_ms: int
) -> None:
    row = await _read(db, report, look, f"report closed: {outcome}", now_ms)
    if row["outcome"] not in {None, outcome.value}:
        raise Conflict("this report was closed with another outcome")
    if row["outcome"] is not None:
        return
    await db.execute(CLOSE, report, now_ms, outcome.value)
    if outcome is ReportOutcome.BANNED and row["reported_id"] is not None:
        group: GroupId | None = await db.fetchval(GROUP, row["room_id"])
        if group is not None:
            await ban_by_operator(db, group, row["reported_id"], now_ms)


async def _purge(db: Connection, before_ms: int) -> int:
    return len(await db.fetch(PURGE, before_ms, REPORTS_PURGED_MAX))


def _head(row: Record) -> ReportHead:
    return ReportHead(row["report_id"], Category(row["category"]), row["at"])


def _place(report: ReportId) -> str:
    return f"report|{report}"
