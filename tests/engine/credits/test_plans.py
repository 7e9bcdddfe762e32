"""Plans: what somebody is entitled to is a function of their terms and of the time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.credits.plans import DAY_MS, Plan, Term, next_term, plan_at, premium_until
from engine.errors import BadRequest, Conflict

NOW = 10**12


def test_a_term_covers_its_time_and_nothing_else() -> None:
    term = Term("c", Plan.PREMIUM, 10, 20)
    assert [plan_at([term], t) for t in (9, 10, 19, 20)] == [
        Plan.FREE,
        Plan.PREMIUM,
        Plan.PREMIUM,
        Plan.FREE,
    ]
    assert not Plan.FREE.premium
    assert Plan.TRIAL.premium


def test_the_best_of_several_counts() -> None:
    terms = [Term("a", Plan.PREMIUM_PLUS, 10, 15), Term("b", Plan.PREMIUM, 10, 30)]
    assert plan_at(terms, 12) is Plan.PREMIUM_PLUS
    assert plan_at(terms, 20) is Plan.PREMIUM


def test_more_of_a_plan_begins_where_it_ends_and_a_better_one_at_once() -> None:
    first = next_term([], "a", Plan.PREMIUM, 30, now_ms=NOW)
    assert (first.starts_at, first.ends_at) == (NOW, NOW + 30 * DAY_MS)
    more = next_term([first], "b", Plan.PREMIUM, 1, now_ms=NOW + 5)
    assert more.starts_at == first.ends_at
    better = next_term([first, more], "c", Plan.PREMIUM_PLUS, 1, now_ms=NOW + 5)
    assert better.starts_at == NOW + 5


def test_a_command_gives_once_and_a_trial_is_for_the_first_time() -> None:
    first = next_term([], "a", Plan.PREMIUM, 30, now_ms=NOW)
    assert next_term([first], "a", Plan.PREMIUM, 30, now_ms=NOW + 7) is first
    with pytest.raises(Conflict):
        next_term([first], "a", Plan.PREMIUM, 31, now_ms=NOW)
    with pytest.raises(Conflict):
        next_term([first], "t", Plan.TRIAL, 7, now_ms=NOW)
    for plan, days in ((Plan.FREE, 1), (Plan.PREMIUM, 0), (Plan.PREMIUM, 10_000)):
        with pytest.raises(BadRequest):
            next_term([], "x", plan, days, now_ms=NOW)


plans = st.sampled_from([Plan.PREMIUM, Plan.PREMIUM_PLUS])
grants = st.lists(st.tuples(plans, st.integers(1, 40), st.integers(0, 60)), max_size=8)


@given(grants, st.integers(0, 400))
def test_premium_until_says_what_the_terms_say(
    given_: list[tuple[Plan, int, int]], later_days: int
) -> None:
    terms: list[Term] = []
    now, until = NOW, 0
    for number, (plan, days, pause) in enumerate(given_):
        now += pause * DAY_MS
        terms.append(next_term(terms, str(number), plan, days, now_ms=now))
        until = max(until, premium_until(terms, now))
    at = now + later_days * DAY_MS
    assert plan_at(terms, at).premium == (at < until)
