"""What an operator does with reports: list the open ones, read one, close it, check who looked."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from api.serve import Process
from engine.errors import Conflict, NotFound
from engine.ids import ReportId, is_id
from engine.limits import LIST_PAGE_MAX
from engine.model.look import LoggedLook, Look, first_broken
from engine.rooms.events import Event
from engine.rooms.report import Report, ReportHead, ReportOutcome

_OPEN = "open"


def add_reports(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the verbs."""
    verbs.add_parser("reports", help="list the open reports, the oldest first")
    one = verbs.add_parser("report", help="read a report, or close it; the look is logged")
    one.add_argument("report", type=ReportId, help="its name, from the list")
    one.add_argument("--operator", required=True, help="who looks")
    one.add_argument("--why", required=True, help="why they look")
    one.add_argument(
        "--close",
        choices=[one.value for one in ReportOutcome],
        help="how it ends; `banned` bans them from the group",
    )
    verbs.add_parser("log", help="print who has looked at what, and check that nothing is missing")


async def list_reports(process: Process) -> str:
    """Say which reports are open; nothing in the list is about a person."""
    heads: list[ReportHead] = []
    while True:
        after = heads[-1].report if heads else None
        page = await process.store.reports.waiting(after=after, limit=LIST_PAGE_MAX)
        heads += page
        if len(page) < LIST_PAGE_MAX:
            break
    now_ms = process.world.now_ms()
    within_ms = process.policy.reports.answer_within_s * 1000
    lines = [
        f"{head.report}  {said_when(head.at)}  {head.category}"
        + ("  overdue" if now_ms - head.at > within_ms else "")
        for head in heads
    ]
    return "\n".join([*lines, f"{len(heads)} open"])


async def show_report(process: Process, chosen: argparse.Namespace) -> str:
    """Read one report, or close it."""
    look, now_ms = Look(chosen.operator, socket.gethostname(), chosen.why), process.world.now_ms()
    if not is_id(chosen.report):
        raise NotFound("there is no such report")
    if chosen.close is not None:
        outcome = ReportOutcome(chosen.close)
        await process.store.reports.close(chosen.report, outcome, look, now_ms=now_ms)
        return f"{chosen.report} closed: {outcome}"
    report = await process.store.reports.read(chosen.report, look, now_ms=now_ms)
    return "\n".join(_told(report))


async def show_log(process: Process) -> str:
    """Print the log of operators; raises Conflict where its chain is broken."""
    chain: list[LoggedLook] = []
    while True:
        page = await process.store.operator_log.page(after=len(chain), limit=LIST_PAGE_MAX)
        chain += page
        if len(page) < LIST_PAGE_MAX:
            break
    broken = first_broken(None, chain)
    if broken is not None:
        raise Conflict(f"the log of operators is broken at number {broken}")
    return "\n".join([*_links(chain), f"{len(chain)} looks, unbroken"])


def _links(chain: Sequence[LoggedLook]) -> Iterator[str]:
    for one in chain:
        look = one.look
        yield (
            f"{one.number}  {said_when(one.at)}  {look.operator} at {look.place}: {one.deed} "
            f"({one.subject}): {look.reason}"
        )


def _told(report: Report) -> Iterator[str]:
    head, evidence = report.head, report.evidence
    yield f"{head.report}  {said_when(head.at)}  {head.category}  {report.outcome or _OPEN}"
    yield f"about {evidence.nickname} ({report.alias}), reported {report.reports_of_reported} times"
    if evidence.text:
        yield f"the reporter says: {_plain(evidence.text)}"
    sides: dict[str | None, str] = {report.alias: "reported", evidence.me: "reporter"}
    for event in evidence.events:
        mark = ">" if event.seq == report.seq else " "
        who = sides.get(event.sender, "other")
        yield f"{mark} {event.seq}  {said_when(event.at)}  {who}: {_said(event)}"


def _said(event: Event) -> str:
    if event.deleted:
        return "(taken back)"
    body = event.content.get("body")
    return _plain(body if isinstance(body, str) else f"{event.name} {dict(event.content)}")


def _plain(text: str) -> str:
    """Return a text on one line: what people wrote must not steer the operator's terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def said_when(at_ms: int) -> str:
    """Write a moment as the operators' lists have it."""
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%SZ")
