"""Pushes: who gets one, when, and the one thing that all of them say.

Every push is the same: what it is about would be told to whoever carries it, and to whoever lies
beside the phone. So kinds decide whether and when there is one, and never what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from engine.errors import BadRequest
from engine.limits_pushes import (
    PUSH_JITTER_SHARE,
    PUSH_RETRY_FIRST_MS,
    PUSH_RETRY_MOST_MS,
    PUSH_TOKEN_CHARS_MAX,
    PUSH_TRIES_MAX,
)
from engine.model.consent import Purpose
from engine.model.push_policy import PushPolicy

MINUTE_MS: Final = 60_000
DAY_MINUTES: Final = 1_440

# The world's clocks lie between UTC-12 and UTC+14.
_OFFSET_MIN, _OFFSET_MAX = -720, 840

# FCM is abroad: without both no token is kept (docs/adr/0038).
PUSH_CONSENTS: Final = (Purpose.PUSH, Purpose.OVERSEAS)


class PushKind(StrEnum):
    """What a push can be about; each can be switched off."""

    MATCH = "match"
    MESSAGE = "message"
    LIKES = "likes"
    INVITATION = "invitation"  # a group has let one in
    VERIFICATION = "verification"
    PAYMENT = "payment"
    SUBSCRIPTION = "subscription"  # a plan is about to end
    SYSTEM = "system"


class Language(StrEnum):
    """What people read."""

    KOREAN = "ko"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one minute of the day to another, which may be of the next day."""

    start: int
    end: int

    def __post_init__(self) -> None:
        for minute in (self.start, self.end):
            if not 0 <= minute < DAY_MINUTES:
                raise BadRequest("a minute of the day is 0 to 1439")
        if self.start == self.end:
            raise BadRequest("quiet hours that begin as they end are none or all of the day")

    def left(self, minute: int) -> int:
        """Return for how many more minutes they last; 0: it is not quiet."""
        lasts = (self.end - self.start) % DAY_MINUTES
        gone = (minute - self.start) % DAY_MINUTES
        return lasts - gone if gone < lasts else 0


@dataclass(frozen=True, slots=True)
class PushSettings:
    """What a person wants to be told of, and when."""

    muted: frozenset[PushKind] = frozenset()
    quiet: QuietHours | None = None
    offset_minutes: int = 540  # of their clock, east of UTC: Seoul
    language: Language = Language.KOREAN

    def __post_init__(self) -> None:
        if not _OFFSET_MIN <= self.offset_minutes <= _OFFSET_MAX:
            raise BadRequest(f"a clock is {_OFFSET_MIN} to {_OFFSET_MAX} minutes off UTC")

    def quiet_until(self, now_ms: int) -> int | None:
        """Return when it is no longer quiet; None: it is not."""
        if self.quiet is None:
            return None
        minutes = now_ms // MINUTE_MS + self.offset_minutes
        left = self.quiet.left(minutes % DAY_MINUTES)
        return (now_ms // MINUTE_MS + left) * MINUTE_MS if left else None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits to be told to one device."""

    kinds: frozenset[PushKind]
    since_ms: int  # when the first of it came
    active: bool = True  # whether the account is neither suspended nor deleted
    unread: bool = True  # whether there still is something to read
    sent_ms: int | None = None  # the last push that was taken for the device


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of what waits: it is told, held until a moment, or of no interest."""

    wanted: frozenset[PushKind]  # the rest is forgotten
    until_ms: int  # when to look again; in the past: tell it now


def decide(waiting: Waiting, settings: PushSettings, policy: PushPolicy, now_ms: int) -> Verdict:
    """Say whether a push leaves now, for one or more kinds at once."""
    if not waiting.active or now_ms >= waiting.since_ms + policy.kept_s * 1000:
        return Verdict(frozenset(), now_ms)
    wanted = waiting.kinds - settings.muted
    if not waiting.unread:
        wanted -= {PushKind.MESSAGE}
    until_ms = settings.quiet_until(now_ms) or now_ms
    if waiting.sent_ms is not None:
        until_ms = max(until_ms, waiting.sent_ms + policy.apart_s * 1000)
    return Verdict(wanted, until_ms)


def retry_at(tries: int, now_ms: int, jitter: float) -> int | None:
    """Return when a push that failed for the `tries`th time is tried again; None: never.

    `jitter` is drawn from 0 to 1, so that not all that failed together come back together.
    """
    if tries >= PUSH_TRIES_MAX:
        return None
    wait_ms = min(PUSH_RETRY_FIRST_MS << min(tries - 1, 16), PUSH_RETRY_MOST_MS)
    return now_ms + int(wait_ms * (1 + PUSH_JITTER_SHARE * jitter))


@dataclass(frozen=True, slots=True)
class PushText:
    """What a lock screen shows."""

    title: str
    body: str


# Nobody is named, nothing is quoted, and no kind can be told from another.
PUSH_TEXTS: Mapping[Language, PushText] = MappingProxyType(
    {
        Language.KOREAN: PushText("Glimpse", "새로운 소식이 있어요. 앱에서 확인해 주세요."),
        Language.ENGLISH: PushText("Glimpse", "There is something new. Open the app to see it."),
    }
)


@dataclass(frozen=True, slots=True)
class PushToken:
    """The name of an app on a device at FCM: whoever knows it and our key reaches that screen."""

    value: str = field(repr=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.value) <= PUSH_TOKEN_CHARS_MAX or not self.value.isascii():
            raise BadRequest("this is not a token of FCM")
        if any(not " " < char <= "~" for char in self.value):
            raise BadRequest("this is not a token of FCM")
