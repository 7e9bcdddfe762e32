"""Likes: who may like whom, what it costs, and when two likes are a match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import (
    BadRequest,
    CooldownActive,
    MatchingClosed,
    NotEnoughCredits,
    NotFound,
    PremiumRequired,
)
from engine.ids import AccountId, Alias, GroupId, LikeId, MatchId, MemberId, RoomId
from engine.model.account import Gender
from engine.model.group import matching_open, romantic_open
from engine.model.policy import Policy


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


@dataclass(frozen=True, slots=True)
class LikeFacts:
    """What the store knew when it had both memberships locked."""

    sender_active: bool
    target_active: bool
    oneself: bool
    members: int
    per_side: Mapping[Gender, int]
    liked_at_ms: int | None  # the newest like from this sender to this person, in any shared group
    matched: bool  # they have an open match in this group already
    likes_today: int
    credits: int
    premium: bool
    mutual: bool  # the other side has an open like of the same intent


@dataclass(frozen=True, slots=True)
class LikeDecision:
    """A like that may be stored; with `match` it also makes the match."""

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


def decide_like(
    facts: LikeFacts, request: LikeRequest, policy: Policy, *, now_ms: int
) -> LikeDecision:
    """Decide a like from locked facts; raises the Refused that says why not.

    Nothing here may depend on whether the other side liked first, except `match` itself (I8):
    every refusal is decided before `mutual` is looked at.
    """
    if not facts.sender_active or not facts.target_active:
        raise NotFound("there is no such member")
    if facts.oneself:
        raise BadRequest("this is you")
    _check_open(facts, request, policy)
    if request.super and not facts.premium:
        raise PremiumRequired("a super-like is part of premium")
    # The cooldown first: a match that is not told yet must not change the answer to a second like.
    again_at = (facts.liked_at_ms or 0) + policy.likes.again_after_s * 1000
    if facts.liked_at_ms is not None and now_ms < again_at:
        raise CooldownActive(retry_after_ms=again_at - now_ms)
    if facts.matched:
        raise CooldownActive("you have a match with this member")
    free = max(0, policy.likes.free_per_day - facts.likes_today)
    cost = 0 if facts.premium or free > 0 else 1
    if cost > facts.credits:
        raise NotEnoughCredits
    return LikeDecision(
        cost=cost,
        match=facts.mutual,
        left_today=max(0, free - 1),
        credits=facts.credits - cost,
    )


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
