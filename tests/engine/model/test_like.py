"""Likes: no refusal and no price depends on what the other side did (I8)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import (
    BadRequest,
    CooldownActive,
    MatchingClosed,
    NotEnoughCredits,
    NotFound,
    PremiumRequired,
    RateLimited,
    Refused,
)
from engine.ids import AccountId, GroupId, MemberId
from engine.model.account import Gender
from engine.model.like import Intent, LikeFacts, LikeRequest, decide_like, next_tick_ms
from engine.model.policy import GroupPolicy, LikePolicy, Policy

POLICY = Policy(
    groups=GroupPolicy(matching_members_min=4, matching_per_side_min=2),
    likes=LikePolicy(free_per_day=2, again_after_s=100),
)
NOW = 1_000_000
FACTS = LikeFacts(
    target=AccountId("b"),
    members=4,
    per_side={Gender.FEMALE: 2, Gender.MALE: 2},
    liked_at_ms=None,
    matched=False,
    likes_today=0,
    supers_today=0,
    tomorrow_ms=NOW + 5_000,
    credits=0,
    premium=False,
    mutual=False,
)
LIKE = LikeRequest(
    GroupId("g"), AccountId("a"), MemberId("m"), Intent.ROMANTIC, super=False, cid="c"
)


def test_free_likes_first_then_credits() -> None:
    def decided(today: int, credit: int) -> tuple[int, int, int]:
        facts = replace(FACTS, likes_today=today, credits=credit)
        done = decide_like(facts, LIKE, POLICY, now_ms=NOW)
        return done.cost, done.left_today, done.credits

    assert decided(0, 5) == (0, 1, 5)
    assert decided(1, 5) == (0, 0, 5)
    assert decided(2, 5) == (1, 0, 4)
    with pytest.raises(NotEnoughCredits):
        decided(2, 0)


def test_premium_pays_nothing() -> None:
    facts = replace(FACTS, premium=True, likes_today=99)
    assert decide_like(facts, LIKE, POLICY, now_ms=NOW).cost == 0


@pytest.mark.parametrize(
    ("facts", "request_", "refusal"),
    [
        (replace(FACTS, target=None), LIKE, NotFound),
        (replace(FACTS, target=LIKE.sender), LIKE, BadRequest),
        (replace(FACTS, members=3), LIKE, MatchingClosed),
        (replace(FACTS, per_side={Gender.MALE: 4}), LIKE, MatchingClosed),
        (FACTS, replace(LIKE, super=True), PremiumRequired),
        (FACTS, replace(LIKE, line="hi"), BadRequest),
        (replace(FACTS, premium=True, supers_today=3), replace(LIKE, super=True), RateLimited),
        (replace(FACTS, matched=True), LIKE, CooldownActive),
        (replace(FACTS, liked_at_ms=NOW - 99_999), LIKE, CooldownActive),
    ],
)
def test_refusals(facts: LikeFacts, request_: LikeRequest, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        decide_like(facts, request_, POLICY, now_ms=NOW)


def test_the_cooldown_says_when_it_ends() -> None:
    with pytest.raises(CooldownActive) as caught:
        decide_like(replace(FACTS, liked_at_ms=NOW - 40_000), LIKE, POLICY, now_ms=NOW)
    assert caught.value.retry_after_ms == 60_000
    decide_like(replace(FACTS, liked_at_ms=NOW - 100_000), LIKE, POLICY, now_ms=NOW)


def test_friends_need_no_two_sides() -> None:
    facts = replace(FACTS, per_side={Gender.MALE: 4})
    decide_like(facts, replace(LIKE, intent=Intent.FRIEND), POLICY, now_ms=NOW)


any_facts = st.builds(
    LikeFacts,
    target=st.sampled_from([None, AccountId("a"), AccountId("b")]),
    members=st.integers(0, 6),
    per_side=st.dictionaries(st.sampled_from(Gender), st.integers(0, 3)),
    liked_at_ms=st.none() | st.integers(NOW - 200_000, NOW),
    matched=st.booleans(),
    likes_today=st.integers(0, 4),
    supers_today=st.integers(0, 4),
    tomorrow_ms=st.just(NOW + 5_000),
    credits=st.integers(0, 2),
    premium=st.booleans(),
    mutual=st.just(value=False),
)
requests = st.builds(replace, st.just(LIKE), intent=st.sampled_from(Intent), super=st.booleans())


@given(any_facts, requests)
def test_only_the_match_itself_depends_on_the_other_side(
    facts: LikeFacts, request: LikeRequest
) -> None:
    def world(*, mutual: bool) -> tuple[object, ...]:
        try:
            done = decide_like(replace(facts, mutual=mutual), request, POLICY, now_ms=NOW)
        except Refused as why:
            return why.code, str(why), why.retry_after_ms
        assert done.match == mutual
        assert done.credits >= 0
        return done.cost, done.left_today, done.credits

    assert world(mutual=False) == world(mutual=True)


@given(st.integers(0, 2**45), st.floats(0.001, 60))
def test_matches_are_told_at_coarse_moments_in_the_future(now_ms: int, tick_s: float) -> None:
    tick = next_tick_ms(now_ms, tick_s=tick_s)
    step = int(tick_s * 1000)
    assert now_ms < tick <= now_ms + step
    assert tick % step == 0
