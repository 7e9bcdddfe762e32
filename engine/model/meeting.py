"""Instant meetings: some hours, entered by a code, with looks in place of profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import BadRequest, RateLimited, TooSpecific, WindowOver
from engine.ids import DescriptionId, MatchId
from engine.model.appearance import Appearance, Feature
from engine.model.group import Group
from engine.model.like import Intent
from engine.model.meeting_guard import FitBand, Verdict
from engine.model.meeting_policy import MeetingPolicy

HOUR_MS = 3_600_000

# Without 0, O, 1, I and L, which look alike on a poster; 31^8 is 8.5 * 10^11.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_CHARS = 8

# Random bytes for one code: so many that no letter is noticeably more likely.
CODE_BYTES = 16


class MeetingMode(StrEnum):
    """How people are found for each other; the organiser chooses."""

    INTEREST = "interest"  # I describe whom I saw, as often as I saw somebody
    AUTO = "auto"  # I say once whom I look for


@dataclass(frozen=True, slots=True)
class MeetingDraft:
    """What a new meeting is, beside being a group."""

    mode: MeetingMode
    starts_at: int  # ms
    ends_at: int  # ms


@dataclass(frozen=True, slots=True)
class MeetingCode:
    """A code, and the keyed hash by which it is found."""

    text: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class OwnLook:
    """How somebody said they look, from a moment on."""

    look: Appearance
    line: str  # for whoever they meet
    at: int  # ms


@dataclass(frozen=True, slots=True)
class Description:
    """Whom somebody saw, or looks for; `cid` makes the retry harmless."""

    wanted: Appearance
    intent: Intent
    cid: str


@dataclass(frozen=True, slots=True)
class DescriptionReceipt:
    """The answer to a description: nothing of whether it was mutual."""

    description: DescriptionId
    band: FitBand | None  # None in auto, where nobody is counted
    left: int  # descriptions of this hour


@dataclass(frozen=True, slots=True)
class KeptDescription:
    """A description of one's own that is looked for."""

    description: DescriptionId
    wanted: Appearance
    intent: Intent
    at: int  # ms


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as one of its people sees it."""

    group: Group
    mode: MeetingMode
    ends_at: int  # ms
    code: str | None  # for the organiser
    look: OwnLook | None
    looks_left: int
    descriptions: Sequence[KeptDescription]
    descriptions_left: int
    lines: dict[MatchId, str]  # of those one has met


def make_meeting(
    mode: MeetingMode, hours: int, policy: MeetingPolicy, *, now_ms: int
) -> MeetingDraft:
    """Check what a new meeting is to be; raises BadRequest."""
    if not 1 <= hours <= policy.hours_max:
        raise BadRequest(f"hours is 1 to {policy.hours_max}")
    return MeetingDraft(mode, now_ms, now_ms + hours * HOUR_MS)


def write_code(secret: bytes) -> str:
    """Write a code from random bytes."""
    assert len(secret) == CODE_BYTES
    number, letters = int.from_bytes(secret), ""
    for _ in range(CODE_CHARS):
        number, place = divmod(number, len(CODE_LETTERS))
        letters += CODE_LETTERS[place]
    return letters


def read_code(text: str) -> str | None:
    """Return a code as it is written, from how it was typed; None if it cannot be one."""
    code = text.upper().replace("-", "").replace(" ", "")
    return code if len(code) == CODE_CHARS and set(code) <= set(CODE_LETTERS) else None


def check_open(ends_at: int, *, ended: bool, now_ms: int) -> None:
    """A meeting ends by itself at its hour; raises WindowOver."""
    if ended or now_ms >= ends_at:
        raise WindowOver("this meeting is over")


def check_tries(tries: Sequence[int], policy: MeetingPolicy, *, now_ms: int) -> list[int]:
    """Return the wrong codes of the last hour; raises RateLimited when they are too many."""
    recent = [at for at in tries if at > now_ms - HOUR_MS]
    if len(recent) >= policy.code_tries_per_hour_max:
        raise RateLimited(retry_after_ms=min(recent) + HOUR_MS - now_ms)
    return recent


def add_look(looks: Sequence[OwnLook], newest: OwnLook, policy: MeetingPolicy) -> list[OwnLook]:
    """Return the looks with the newest, unless it says what the last one did.

    Who changes at will could try out whom others look for; raises RateLimited.
    """
    if looks and (looks[-1].look, looks[-1].line) == (newest.look, newest.line):
        return list(looks)
    if len(looks) >= policy.looks_max:
        raise RateLimited(f"a look can be given {policy.looks_max} times in a meeting")
    return [*looks, newest]


def look_at(looks: Sequence[OwnLook], moment_ms: int) -> OwnLook | None:
    """Return how somebody looked at a moment, oldest look first."""
    return next((one for one in reversed(looks) if one.at <= moment_ms), None)


def descriptions_left(asked_at: Sequence[int], policy: MeetingPolicy, *, now_ms: int) -> int:
    """Say how many descriptions are left of this hour."""
    recent = sum(at > now_ms - HOUR_MS for at in asked_at)
    return max(0, policy.descriptions_per_hour_max - recent)


def check_descriptions(asked_at: Sequence[int], policy: MeetingPolicy, *, now_ms: int) -> int:
    """Return how many are left after one more; raises RateLimited."""
    left = descriptions_left(asked_at, policy, now_ms=now_ms)
    if left == 0:
        oldest = min(at for at in asked_at if at > now_ms - HOUR_MS)
        raise RateLimited(retry_after_ms=oldest + HOUR_MS - now_ms)
    return left - 1


def refusal_of(verdict: Verdict) -> TooSpecific | None:
    """Return why a description is refused, if it is."""
    if verdict.band is not None:
        return None
    return too_specific(verdict.rare)


def too_specific(rare: Feature | None) -> TooSpecific:
    """Say that a description fits too few, and by which feature."""
    what = "say less of them" if rare is None else f"few people here are like that: {rare.value}"
    return TooSpecific(f"this description fits too few people; {what}", feature=rare)
