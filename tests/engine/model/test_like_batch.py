"""Likes of one batch: each is decided as if those before it had been written already."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from engine.errors import CidConflict, CooldownActive, NotEnoughCredits, RateLimited, Refused
from engine.ids import AccountId, GroupId, LikeId, MatchId, MemberId
from engine.model.account import Gender
from engine.model.like import Intent, LikeFacts, LikeReceipt, LikeRequest
from engine.model.like_batch import LikeBatch
from engine.model.policy import LikePolicy, Policy

POLICY = Policy(likes=LikePolicy(free_per_day=1))
NOW = 1_000_000
GROUP = GroupId("g")


class Round:
    """A batch over people who start with the same facts."""

    def __init__(self, *, premium: bool = False, credit: int = 0) -> None:
        self.batch = LikeBatch({}, POLICY, now_ms=NOW)
        self.names = count(1)
        self.facts = LikeFacts(
            target=None,
            members=9,
            per_side={Gender.FEMALE: 5, Gender.MALE: 4},
            liked_at_ms=None,
            matched=False,
            likes_today=0,
            supers_today=0,
            tomorrow_ms=NOW + 5_000,
            credits=credit,
            premium=premium,
            mutual=False,
        )

    def like(
        self,
        one: str,
        other: str,
        intent: Intent = Intent.FRIEND,
        *,
        cid: str | None = None,
        is_super: bool = False,
        mutual: bool = False,
    ) -> LikeReceipt | Refused:
        number = next(self.names)
        request = LikeRequest(
            GROUP, AccountId(one), MemberId(f"m{other}"), intent, is_super, cid or f"c{number}"
        )
        facts = replace(self.facts, target=AccountId(other), mutual=mutual)
        return self.batch.place(request, LikeId(f"l{number}"), MatchId(f"x{number}"), facts)

    @property
    def matches(self) -> list[tuple[str, str | None]]:
        return [(placed.like, placed.match) for placed in self.batch.placed]


def test_two_of_one_batch_are_one_match_of_both_likes() -> None:
    some = Round()
    some.like("a", "b")
    some.like("b", "a")
    assert some.matches == [("l1", "x2"), ("l2", "x2")]
    assert [one.decision.match for one in some.batch.placed] == [False, True]


def test_other_intents_of_one_batch_do_not_meet() -> None:
    some = Round()
    some.like("a", "b", Intent.ROMANTIC)
    some.like("b", "a")
    assert some.matches == [("l1", None), ("l2", None)]


def test_a_stored_like_is_answered_by_the_first_of_the_batch_alone() -> None:
    some = Round(premium=True)
    some.like("b", "a", mutual=True)
    assert isinstance(some.like("b", "a", mutual=True), CooldownActive)
    assert some.matches == [("l1", "x1")]


def test_prices_and_limits_go_on_from_like_to_like() -> None:
    some = Round(credit=1)
    said = [some.like("a", other) for other in "bcd"]
    assert said[:2] == [LikeReceipt(LikeId("l1"), 0, 1), LikeReceipt(LikeId("l2"), 0, 0)]
    assert isinstance(said[2], NotEnoughCredits)
    supers = Round(premium=True)
    answers = [supers.like("a", other, is_super=True) for other in "bcde"]
    assert isinstance(answers[3], RateLimited)
    assert len(supers.batch.placed) == 3


def test_a_cid_is_one_like_and_a_refusal_leaves_it_free() -> None:
    some = Round()
    first = some.like("a", "b", cid="c")
    assert some.like("a", "b", cid="c") is first
    assert isinstance(some.like("a", "d", cid="c"), CidConflict)
    assert isinstance(some.like("a", "e", cid="d"), NotEnoughCredits)
    assert isinstance(some.like("b", "a", cid="c"), LikeReceipt)
    assert len(some.batch.placed) == 2
