"""Reports: what somebody finds wrong, and what was said around it, kept as evidence."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import BadRequest, RateLimited
from engine.ids import AccountId, Alias, ReportId, RoomId
from engine.model.policy import ReportPolicy
from engine.model.text import is_control
from engine.rooms.events import Event

DAY_MS = 86_400_000


class Category(StrEnum):
    """What a report is about."""

    HARASSMENT = "harassment"
    SEXUAL = "sexual"
    THREAT = "threat"
    FRAUD = "fraud"
    MINOR = "minor"  # somebody who is too young to be here
    PRETENCE = "pretence"  # somebody who is not who they say
    SPAM = "spam"
    OTHER = "other"


class ReportOutcome(StrEnum):
    """How a report was closed; the reported is told by what is done, never of the report."""

    NOTHING = "nothing"
    WARNED = "warned"
    BANNED = "banned"


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """One person's report of somebody in a room, or of one of their messages there."""

    reporter: AccountId
    room: RoomId
    alias: Alias
    seq: int | None
    category: Category
    text: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the reporter had in front of them; it outlives the room and its key."""

    nickname: str  # of the reported, in that room
    me: Alias  # of the reporter
    text: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class ReportHead:
    """An open report in a list: nothing in it is about a person."""

    report: ReportId
    category: Category
    at: int  # ms


@dataclass(frozen=True, slots=True)
class Report:
    """A report as an operator reads it."""

    head: ReportHead
    alias: Alias
    seq: int | None
    evidence: Evidence
    reports_of_reported: int  # how often, by whomever
    outcome: ReportOutcome | None


def make_report_text(text: str, policy: ReportPolicy) -> str:
    """Return what a reporter adds, in one form; raises BadRequest."""
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) > policy.text_chars_max:
        raise BadRequest(f"a report says at most {policy.text_chars_max} characters")
    if any(is_control(char) and char != "\n" for char in text):
        raise BadRequest("a report is plain text")
    return text


def check_rate(reported_at: Sequence[int], policy: ReportPolicy, *, now_ms: int) -> None:
    """Refuse who has reported enough within a day; `reported_at` is when, in any order."""
    within = sorted(at for at in reported_at if at > now_ms - DAY_MS)
    if len(within) >= policy.per_day_max:
        again_ms = within[-policy.per_day_max] + DAY_MS
        raise RateLimited("these are many reports in a day", retry_after_ms=again_ms - now_ms)


def shown_around(
    events: Sequence[Event], seq: int | None, policy: ReportPolicy
) -> tuple[Event, ...]:
    """Return those of a stretch of the log, oldest first, that are kept with a report."""
    if seq is None:
        return tuple(events[-policy.messages_before :])
    return tuple(
        event
        for event in events
        if seq - policy.messages_before <= event.seq <= seq + policy.messages_after
    )
