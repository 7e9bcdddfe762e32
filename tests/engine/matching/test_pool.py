"""The pool: who meets whom, what wins over a result, and what may be known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import BadRequest, NotFound
from engine.ids import AccountId, TicketId
from engine.matching.explain import Considered, Share
from engine.matching.pool import Pool
from engine.matching.solver import solve
from engine.matching.ticket import AGE_MIN, Ages, Me, Person, Want, make_me, make_want
from engine.matching.waits import MATCHES_MIN, WaitBand, Waits, median_wait_ms
from engine.model.account import Gender
from engine.model.like import Intent
from engine.model.pool_policy import PoolPolicy, Widening
from tests.engine.matching.people import MINUTE_MS, POLICY, finish, make_ticket, names, tick

FEMALE, MALE = Gender.FEMALE, Gender.MALE


def pool_of(*people: str) -> Pool:
    """Make a pool of people who would meet anybody."""
    pool = Pool(POLICY)
    for name in people:
        pool.join(make_ticket(name), now_ms=0)
    return pool


def test_two_who_wait_meet_and_wait_no_longer() -> None:
    pool = pool_of("fox", "owl")
    assert names(tick(pool, now_ms=1_000)) == {frozenset(("fox", "owl"))}
    assert len(pool) == 0
    assert tick(pool, now_ms=2_000) == []


def test_only_equal_intents_meet() -> None:
    pool = pool_of("fox")
    pool.join(make_ticket("owl", intent=Intent.ROMANTIC), now_ms=0)
    assert tick(pool, now_ms=1_000) == []
    pool.update(TicketId("owl"), None, Want(Intent.FRIEND), now_ms=2_000)
    assert len(tick(pool, now_ms=3_000)) == 1


@pytest.mark.parametrize(
    "wish",
    [
        {"sides": (MALE,)},
        {"ages": Ages(40, 50, must=True)},
        {"needs": ("hat",)},
    ],
)
def test_what_must_be_is_never_relaxed(wish: dict[str, object]) -> None:
    pool = pool_of("fox")
    pool.join(make_ticket("owl", lives_ms=10**9, **wish), now_ms=0)  # type: ignore[arg-type]  # each is of its field
    pool.join(make_ticket("cat", lives_ms=10**9), now_ms=0)
    for minute in range(1, 9):
        pool.join(make_ticket("fox"), now_ms=0)
        met = names(tick(pool, now_ms=minute * MINUTE_MS))
        assert all("owl" not in pair for pair in met)
    assert TicketId("owl") in pool


def test_a_wish_widens_with_waiting() -> None:
    policy = replace(POLICY, widening=(Widening(0, 0, 32), Widening(30, 10, 32)))
    pool = Pool(policy)
    pool.join(make_ticket("fox", age=25, ages=Ages(30, 32)), now_ms=0)
    pool.join(make_ticket("owl", age=28), now_ms=0)
    assert tick(pool, now_ms=29_000) == []
    assert len(tick(pool, now_ms=30_000)) == 1


def test_leaving_wins_over_a_result() -> None:
    pool = pool_of("fox", "owl", "cat", "rat")
    (begun,) = pool.begin(now_ms=1_000)
    assert pool.leave(TicketId("owl"), now_ms=1_000)
    assert not pool.leave(TicketId("owl"), now_ms=1_000)
    met = finish(pool, begun, now_ms=1_500)
    assert len(met) == 1
    assert all(TicketId("owl") not in (pair.one, pair.other) for pair in met)


def test_a_block_wins_over_a_result() -> None:
    pool = pool_of("fox", "owl")
    (begun,) = pool.begin(now_ms=1_000)
    pool.part(AccountId("account of owl"), AccountId("account of fox"), now_ms=1_000)
    assert finish(pool, begun, now_ms=1_500) == []
    assert tick(pool, now_ms=10 * MINUTE_MS - 1) == []
    assert len(pool) == 2


def test_who_was_kept_apart_stays_so_whatever_is_changed() -> None:
    pool = pool_of("fox")
    pool.join(make_ticket("owl"), [AccountId("account of fox")], now_ms=0)
    pool.update(TicketId("owl"), Me(("tea",)), None, now_ms=0)
    assert tick(pool, now_ms=1_000) == []


def test_a_changed_wish_wins_over_a_result() -> None:
    pool = pool_of("fox", "owl")
    (begun,) = pool.begin(now_ms=1_000)
    pool.update(TicketId("owl"), None, Want(Intent.FRIEND, (MALE,)), now_ms=1_000)
    assert finish(pool, begun, now_ms=1_500) == []


def test_joining_again_replaces_the_ticket() -> None:
    pool = pool_of("fox", "owl")
    (begun,) = pool.begin(now_ms=1_000)
    pool.join(make_ticket("fox 2", account="account of fox"), now_ms=1_000)
    assert finish(pool, begun, now_ms=1_500) == []
    assert TicketId("fox") not in pool
    assert names(tick(pool, now_ms=2_000)) == {frozenset(("fox 2", "owl"))}


def test_a_ticket_expires() -> None:
    pool = pool_of("fox")
    pool.join(make_ticket("owl", lives_ms=5_000), now_ms=0)
    (begun,) = pool.begin(now_ms=4_999)
    assert [ticket.ticket for ticket in pool.expire(now_ms=5_000)] == ["owl"]
    assert finish(pool, begun, now_ms=5_000) == []


def test_nobody_meets_themselves_or_two_at_once() -> None:
    pool = pool_of("a", "b", "c", "d", "e")
    (begun,) = pool.begin(now_ms=1_000)
    met = finish(pool, begun, now_ms=1_000)
    everybody = [name for pair in met for name in (pair.one, pair.other)]
    assert len(everybody) == len(set(everybody)) == 4
    assert len(pool) == 1


def test_what_a_transaction_refused_is_made_good_in_the_same_tick() -> None:
    """The overdue fox loses whom the store says has gone, and gets one of two others."""
    pool = Pool(POLICY)
    must = Ages(40, 50, must=True)
    pool.join(make_ticket("fox", ages=must, lives_ms=10**9), now_ms=0)
    pool.join(make_ticket("owl", age=45, interests=("tea",), at=61_000), now_ms=61_000)
    pool.join(make_ticket("cat", age=41, interests=("go",), at=61_000), now_ms=61_000)
    pool.join(make_ticket("rat", interests=("go",), at=61_000), now_ms=61_000)
    (begun,) = pool.begin(now_ms=62_000)
    first = pool.end(begun, solve(begun.problem), now_ms=62_000)
    (refused,) = [pair for pair in first if TicketId("fox") in (pair.one, pair.other)]
    gone = refused.other if refused.one == TicketId("fox") else refused.one
    pool.leave(gone, now_ms=62_000)
    again = pool.end(begun, solve(begun.problem), now_ms=62_000)
    (amended,) = [pair for pair in again if TicketId("fox") in (pair.one, pair.other)]
    assert gone not in (amended.one, amended.other)
    assert {amended.one, amended.other} <= {"fox", "owl", "cat"}


def test_premium_is_preferred_by_a_few_seconds_of_waiting_and_no_more() -> None:
    def first_to_meet(rival_waits_longer_ms: int) -> str:
        pool = Pool(POLICY)
        at = 20_000
        for name, since, premium in (
            ("free", at - rival_waits_longer_ms, False),
            ("paid", at, True),
        ):
            pool.join(
                make_ticket(name, sides=(MALE,), premium=premium, at=since, lives_ms=10**6),
                now_ms=at,
            )
        pool.join(make_ticket("him", side=MALE, sides=(FEMALE,), at=at), now_ms=at)
        (met,) = tick(pool, now_ms=at + 1_000)
        return ({met.one, met.other} - {TicketId("him")}).pop()

    lead_ms = POLICY.premium_lead_s * 1_000
    assert first_to_meet(0) == "paid"
    assert first_to_meet(lead_ms - 1_000) == "paid"
    assert first_to_meet(lead_ms + 1_000) == "free"


def test_explaining_says_bands_of_ones_own_wishes() -> None:
    pool = Pool(POLICY)
    for n in range(40):
        side = MALE if n % 4 == 0 else FEMALE
        pool.join(make_ticket(f"t{n}", side=side, age=20 + n % 20), now_ms=0)
    pool.join(make_ticket("me", sides=(MALE,), ages=Ages(30, 39)), now_ms=0)
    said = pool.explain(TicketId("me"), now_ms=3_000)
    assert said.waited_ms == 3_000
    assert said.explanation.considered is Considered.SOME
    assert said.explanation.blocked_by == (("sides", Share.MOST), ("ages", Share.HALF))
    with pytest.raises(NotFound):
        pool.explain(TicketId("nobody"), now_ms=0)


def test_of_few_people_nothing_is_said() -> None:
    pool = pool_of(*"abcdefghi")
    pool.join(make_ticket("me", sides=(MALE,)), now_ms=0)
    said = pool.explain(TicketId("me"), now_ms=0).explanation
    assert (said.considered, said.blocked_by) == (Considered.FEW, ())


def test_explaining_again_and_again_tells_nothing_of_who_comes_and_goes() -> None:
    pool = pool_of(*(f"t{n}" for n in range(40)))
    pool.join(make_ticket("me"), now_ms=0)
    before = pool.explain(TicketId("me"), now_ms=1_000).explanation
    for n in range(35):
        pool.leave(TicketId(f"t{n}"), now_ms=2_000)
    pool.update(TicketId("me"), None, Want(Intent.FRIEND, (MALE,)), now_ms=2_000)
    assert pool.explain(TicketId("me"), now_ms=2_000).explanation == before
    pool.join(make_ticket("me 2", account="account of me"), now_ms=3_000)
    pool.expire(now_ms=3_000)
    assert pool.explain(TicketId("me 2"), now_ms=3_000).explanation == before
    assert pool.explain(TicketId("me 2"), now_ms=61_000).explanation != before


def test_an_estimate_does_not_forget_those_who_were_never_matched() -> None:
    assert median_wait_ms([]) is None
    assert median_wait_ms([(5, True), (9, True), (20, True)]) == 9
    assert median_wait_ms([(5, True), (9, True), *[(600, False)] * 10]) is None
    # Leaving early says nothing of how long one would have waited.
    assert median_wait_ms([(1, False)] * 10 + [(5, True), (9, True), (20, True)]) == 9


def test_an_estimate_is_a_band_and_needs_enough_matches() -> None:
    waits = Waits()
    for _ in range(MATCHES_MIN - 1):
        waits.add(1_000, matched=True)
    assert waits.band() is WaitBand.UNKNOWN
    waits.add(1_000, matched=True)
    assert waits.band() is WaitBand.UNDER_ONE
    for _ in range(50):
        waits.add(2 * MINUTE_MS, matched=True)
    assert waits.band() is WaitBand.UNDER_FIVE
    for _ in range(100):
        waits.add(10 * MINUTE_MS, matched=False)
    assert waits.band() is WaitBand.OVER_FIVE


def test_a_pool_measures_its_waits_by_side() -> None:
    pool = Pool(POLICY)
    assert pool.wait_band(Intent.FRIEND, FEMALE) is WaitBand.UNKNOWN
    for n in range(2 * MATCHES_MIN):
        pool.join(make_ticket(f"t{n}"), now_ms=0)
    tick(pool, now_ms=5_000)
    assert pool.wait_band(Intent.FRIEND, FEMALE) is WaitBand.UNDER_ONE
    assert pool.wait_band(Intent.FRIEND, MALE) is WaitBand.UNKNOWN


def test_tickets_are_valid_by_construction() -> None:
    made = make_me((" 차 ", "Tea", "tea"), (31, 0), ("mask", "hat"), policy=POLICY)
    assert made == Me(("차", "tea"), (31, 0), ("hat", "mask"))
    want = make_want("romantic", ["male", "female", "male"], Ages(20, 30), ["hat"], policy=POLICY)
    assert want == Want(Intent.ROMANTIC, (FEMALE, MALE), Ages(20, 30), ("hat",))
    with pytest.raises(ValueError, match="age"):
        Person(FEMALE, AGE_MIN - 1)
    with pytest.raises(ValueError, match="expires"):
        make_ticket("fox", lives_ms=0)


@pytest.mark.parametrize(
    ("interests", "area", "features"),
    [
        ([f"w{n}" for n in range(21)], None, []),
        (["x" * 21], None, []),
        (["  "], None, []),
        (["a\x00"], None, []),
        ([], (32, 0), []),
        ([], (0, -1), []),
        ([], None, ["wings"]),
    ],
)
def test_what_may_not_be_said_is_refused(
    interests: list[str], area: tuple[int, int] | None, features: list[str]
) -> None:
    with pytest.raises(BadRequest):
        make_me(interests, area, features, policy=POLICY)


@pytest.mark.parametrize(
    ("intent", "sides", "ages", "features"),
    [
        ("hate", None, None, []),
        ("friend", [], None, []),
        ("friend", ["everybody"], None, []),
        ("friend", None, Ages(18, 30), []),
        ("friend", None, Ages(40, 30), []),
        ("friend", None, Ages(40, 121), []),
        ("friend", None, None, ["wings"]),
    ],
)
def test_what_may_not_be_wanted_is_refused(
    intent: str, sides: list[str] | None, ages: Ages | None, features: list[str]
) -> None:
    with pytest.raises(BadRequest):
        make_want(intent, sides, ages, features, policy=POLICY)


def test_a_policy_without_features_has_none() -> None:
    with pytest.raises(BadRequest):
        make_me([], None, ["hat"], policy=PoolPolicy(features=()))
