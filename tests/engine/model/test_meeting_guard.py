"""The guard: whatever is asked, in whatever order, an answer is about k people or more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.appearance import Appearance, Colour, Feature, Height, Upper, score
from engine.model.meeting_guard import Answered, Counted, FitBand, Guard, counted_at_ms, fit_band
from engine.model.meeting_policy import MeetingPolicy

POLICY = MeetingPolicy()
RED = Appearance(upper_colour=Colour.RED)
TALL_RED = Appearance(upper_colour=Colour.RED, height=Height.TALL)

small = st.builds(
    Appearance,
    upper=st.none() | st.sampled_from([Upper.COAT, Upper.KNIT]),
    upper_colour=st.none() | st.sampled_from([Colour.RED, Colour.BLACK]),
    glasses=st.none() | st.booleans(),
    height=st.none() | st.sampled_from(Height),
)
crowds = st.lists(small, max_size=14)


def people(looks: list[Appearance]) -> list[Counted]:
    return [Counted(seat, look) for seat, look in enumerate(looks)]


def fitting(wanted: Appearance, here: list[Counted]) -> set[int]:
    return {one.seat for one in here if score(wanted, one.look) >= POLICY.score_min}


@given(st.lists(st.tuples(small, crowds), max_size=12))
def test_no_answer_is_about_fewer_than_k(asked: list[tuple[Appearance, list[Appearance]]]) -> None:
    """People come, go and change at will between two questions."""
    guard = Guard([], POLICY)
    for wanted, looks in asked:
        here = people(looks)
        verdict = guard.answer(wanted, here)
        if verdict.band is not None:
            assert len(fitting(wanted, here)) >= POLICY.people_min
            assert verdict.rare is None


@given(st.lists(st.tuples(small, crowds), max_size=12))
def test_what_was_answered_first_is_at_least_a_step_apart(
    asked: list[tuple[Appearance, list[Appearance]]],
) -> None:
    guard = Guard([], POLICY)
    for wanted, looks in asked:
        guard.answer(wanted, people(looks))
    kept = [one for one in guard.remembered if one.first]
    for place, one in enumerate(kept):
        assert all(len(one.seats ^ other.seats) >= POLICY.step for other in kept[:place])
        assert (one.band is None) == (len(one.seats) < POLICY.step)
    assert all(one.band is None or len(one.seats) >= POLICY.step for one in guard.remembered)


def test_an_answer_does_not_move_with_one_person() -> None:
    guard = Guard([], POLICY)
    here = people([RED] * (POLICY.step - 1))
    assert guard.answer(RED, here).band is None
    assert guard.answer(RED, people([RED] * POLICY.step)).band is None  # Alice has come
    more = people([RED] * (2 * POLICY.step))
    assert guard.answer(RED, more).band is FitBand.MANY
    assert guard.answer(RED, more[:-1]).band is FitBand.MANY  # and gone


def test_a_description_keeps_its_answer_beside_another_one() -> None:
    knit, guard = Appearance(upper=Upper.KNIT), Guard([], POLICY)
    both = Appearance(upper=Upper.KNIT, upper_colour=Colour.RED)
    here = people([both] * 4 + [RED] * 5)
    assert guard.answer(knit, here).band is None
    assert guard.answer(RED, here).band is FitBand.SOME
    fewer = here[:6]  # nearer to the knits, who were too few
    assert guard.answer(RED, fewer).band is FitBand.SOME


def test_a_refusal_hints_at_what_is_rare() -> None:
    here = people([RED] * 12 + [TALL_RED] * 2)
    guard = Guard([], POLICY)
    assert guard.answer(TALL_RED, here).band is not None  # red alone is 0.71 of it
    tall = Appearance(height=Height.TALL, upper=Upper.COAT)
    assert guard.answer(tall, here).rare is Feature.UPPER
    assert guard.answer(Appearance(height=Height.TALL), here).rare is Feature.HEIGHT


def test_what_cannot_be_remembered_is_not_told() -> None:
    policy = MeetingPolicy(answers_kept_max=1)
    guard = Guard([Answered(frozenset(range(100, 120)), None)], policy)
    assert guard.answer(RED, people([RED] * 20)).band is None
    assert len(guard.remembered) == 1


@pytest.mark.parametrize(("number", "band"), [(3, "3_5"), (5, "5_10"), (10, "10_more")])
def test_bands(number: int, band: str) -> None:
    assert fit_band(number) == band
    assert fit_band(number - 1) != band or number == 3


def test_a_count_holds_until_the_next() -> None:
    assert counted_at_ms(599_999, POLICY) == 300_000
    assert counted_at_ms(600_000, POLICY) == 600_000
