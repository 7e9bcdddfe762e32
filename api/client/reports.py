"""Written by `python -m api.sdk`, not by hand: the calls of reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call, path


class NewReport(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whom, by their alias in the room, and what for; `seq` names one of their messages."""

    member: str
    category: Category
    seq: int | UnsetType | None = UNSET
    text: str | UnsetType = UNSET


# What a report is about.
if TYPE_CHECKING:
    Category = Literal[
        "fraud", "harassment", "minor", "other", "pretence", "sexual", "spam", "threat"
    ]
else:
    Category = str


class ReportView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A report that is kept."""

    report: str


def report_member(room: str, body: NewReport, *, key: str | None = None) -> Call[ReportView]:
    """Report somebody, with what was said around it; reporting the same again is one report."""
    return Call(
        "POST", path("/v1/rooms/{}/reports", room), ReportView, status=201, body=body, key=key
    )
