"""Likes: who may like whom, what it costs, and when two likes are a match."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import (
    BadRequest,
    ConsentRequired,
    ContactTooSoon,
    CooldownActive,
    MatchingClosed,
    NotEnoughCredits,
    NotFound,
    PremiumRequired,
    RateLimited,
)
from engine.ids import AccountId, Alias, GroupId, LikeId, MatchId, MemberId, RoomId
from engine.model.account import Gender
from engine.model.consent import Purpose
from engine.model.contacts import Grade, grade
from engine.model.group import matching_open, romantic_open
from engine.model.policy import LikePolicy, Policy
from engine.model.text import is_control


class Intent(StrEnum):
    """What a like hopes for; only equal intents meet."""

    FRIEND = "friend"
    ROMANTIC = "romantic"


@dataclass(frozen=True, slots=True)
class LikeRequest:
    """One person's wish to like one member; `cid` makes the retry harmless."""

    group: GroupId
    sender: AccountId
    member: MemberId
    intent: Intent
    super: bool
    cid: str
    line: str = ""  # of a super-like; the other reads it after the match
    shown: bool = False  # "premium members may see this"


@dataclass(frozen=True, slots=True)
class LikeFacts:
    """What the store knows when it holds both people."""

    target: AccountId | None  # None: no such member, for this sender
    members: int  # as the sender sees the group
    per_side: Mapping[Gender, int]
    liked_at_ms: int | None  # the newest like from this sender to this person in this group
    matched: bool  # they have an open match in this group already
    likes_today: int
    supers_today: int
    tomorrow_ms: int  # when these two begin anew
    credits: int
    premium: bool
    mutual: bool  # the other side has an open like of the same intent
    agreed: bool = True  # to what their wishes say of them; looked at where it is asked for


@dataclass(frozen=True, slots=True)
class LikeDecision:
    """A like that may be stored; with `match` it also makes the match."""

    target: AccountId
    cost: int
    match: bool
    left_today: int
    credits: int


@dataclass(frozen=True, slots=True)
class LikeReceipt:
    """The answer to a like: the same whatever the other side did."""

    like: LikeId
    left_today: int
    credits: int


@dataclass(frozen=True, slots=True)
class Match:
    """An introduction of two members, as one of them sees it."""

    match: MatchId
    room: RoomId
    group: GroupId
    peer: Alias
    peer_nickname: str
    at: int  # ms, rounded to the tick at which both were told
    open: bool
    line: str = ""  # what the peer wrote with a super-like


@dataclass(frozen=True, slots=True)
class SentLike:
    """A like of one's own that is open, as far as one knows."""

    like: LikeId
    member: MemberId
    intent: Intent
    super: bool
    shown: bool
    at: int  # ms


@dataclass(frozen=True, slots=True)
class ShownLike:
    """A like whose sender lets premium members see it."""

    member: MemberId
    nickname: str
    intent: Intent
    super: bool


def make_line(text: str, policy: LikePolicy) -> str:
    """Return the line of a super-like as it is kept; raises BadRequest."""
    line = unicodedata.normalize("NFC", text).strip()
    if len(line) > policy.line_chars_max:
        raise BadRequest(f"a line has at most {policy.line_chars_max} characters")
    if any(is_control(char) for char in line):
        raise BadRequest("a line has no control characters")
    if grade(line) is Grade.CERTAIN:
        raise ContactTooSoon
    return line


def decide_like(
    facts: LikeFacts, request: LikeRequest, policy: Policy, *, now_ms: int
) -> LikeDecision:
    """Decide a like from locked facts; raises the Refused that says why not.

    Nothing here may depend on whether the other side liked first, except `match` itself (I8):
    every refusal is decided before `mutual` is looked at.
    """
    if facts.target is None:
        raise NotFound("there is no such member")
    if facts.target == request.sender:
        raise BadRequest("this is you")
    if is_sensitive(request.intent, policy) and not facts.agreed:
        raise ConsentRequired(f"this needs your consent: {Purpose.SENSITIVE}")
    _check_open(facts, request, policy)
    if request.super and not facts.premium:
        raise PremiumRequired("a super-like is part of premium")
    if request.line and not request.super:
        raise BadRequest("a line goes with a super-like")
    # The cooldown first: a match that is not told yet must not change the answer to a second like.
    again_at = (facts.liked_at_ms or 0) + policy.likes.again_after_s * 1000
    if facts.liked_at_ms is not None and now_ms < again_at:
        raise CooldownActive(retry_after_ms=again_at - now_ms)
    if facts.matched:
        raise CooldownActive("you have a match with this member")
    if request.super and facts.supers_today >= policy.likes.supers_per_day_max:
        raise RateLimited("no super-like is left today", retry_after_ms=facts.tomorrow_ms - now_ms)
    free = left_today(facts.likes_today, policy.likes)
    cost = 0 if facts.premium or free > 0 else policy.likes.credits_each
    if cost > facts.credits:
        raise NotEnoughCredits
    return LikeDecision(
        target=facts.target,
        cost=cost,
        match=facts.mutual,
        left_today=max(0, free - 1),
        credits=facts.credits - cost,
    )


def is_sensitive(intent: Intent, policy: Policy) -> bool:
    """Say whether a wish needs a consent of its own: it tells whom somebody is drawn to."""
    return intent is Intent.ROMANTIC and policy.asks_sensitive


def left_today(likes_today: int, policy: LikePolicy) -> int:
    """Say how many free likes are left of a day."""
    return max(0, policy.free_per_day - likes_today)


def _check_open(facts: LikeFacts, request: LikeRequest, policy: Policy) -> None:
    if request.intent is Intent.ROMANTIC:
        is_open = romantic_open(facts.members, facts.per_side, policy=policy.groups)
    else:
        is_open = matching_open(facts.members, policy=policy.groups)
    if not is_open:
        raise MatchingClosed


def next_tick_ms(now_ms: int, *, tick_s: float) -> int:
    """Return the coarse moment at which a match made now is told to both (I8)."""
    tick_ms = int(tick_s * 1000)
    return (now_ms // tick_ms + 1) * tick_ms


def answer_wait_s(taken_s: float, *, step_s: float) -> float:
    """Return how long an answer that is ready still waits, so that its time tells nothing (I8).

    It leaves a whole number of steps after its question came, whatever was to be done for it.
    """
    steps = max(1, -int(-taken_s // step_s))
    return max(0.0, steps * step_s - taken_s)
