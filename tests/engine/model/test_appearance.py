"""Looks: what counts how much, what is near, and that nothing said agrees with nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadRequest, ContactTooSoon
from engine.model.appearance import (
    FAMILY,
    WEIGHTS,
    Accessory,
    Appearance,
    Colour,
    Feature,
    HairLength,
    Height,
    Lower,
    Upper,
    make_line,
    only,
    said,
    score,
)

looks = st.builds(
    Appearance,
    upper=st.none() | st.sampled_from(Upper),
    upper_colour=st.none() | st.sampled_from(Colour),
    lower=st.none() | st.sampled_from(Lower),
    lower_colour=st.none() | st.sampled_from(Colour),
    glasses=st.none() | st.booleans(),
    hair=st.none() | st.sampled_from(HairLength),
    hair_colour=st.none() | st.sampled_from(Colour),
    height=st.none() | st.sampled_from(Height),
    accessories=st.frozensets(st.sampled_from(Accessory)),
    shoes=st.none() | st.sampled_from(Colour),
)


def test_the_weights_are_a_whole_and_every_colour_has_a_family() -> None:
    assert sum(WEIGHTS.values()) == 100
    assert set(FAMILY) == set(Colour)


@pytest.mark.parametrize(
    ("wanted", "seen", "expected"),
    [
        (Appearance(upper_colour=Colour.BLACK), Appearance(upper_colour=Colour.NAVY), 1.0),
        (Appearance(upper_colour=Colour.BLACK), Appearance(upper_colour=Colour.RED), 0.0),
        (Appearance(upper=Upper.KNIT, upper_colour=Colour.RED), Appearance(upper=Upper.KNIT), 0.5),
        (Appearance(height=Height.TALL), Appearance(height=Height.MEDIUM), 0.5),
        (Appearance(height=Height.TALL), Appearance(height=Height.SHORT), 0.0),
        (Appearance(glasses=False), Appearance(glasses=False), 1.0),
        (Appearance(glasses=False), Appearance(), 0.0),
        (
            Appearance(accessories=frozenset({Accessory.HAT, Accessory.BAG})),
            Appearance(accessories=frozenset({Accessory.HAT})),
            0.5,
        ),
        # .25 of .25 + .15 agrees
        (
            Appearance(upper=Upper.COAT, glasses=True),
            Appearance(upper=Upper.COAT, glasses=False),
            0.625,
        ),
        (Appearance(), Appearance(glasses=True), 0.0),
    ],
)
def test_a_score_is_of_what_was_said(wanted: Appearance, seen: Appearance, expected: float) -> None:
    assert score(wanted, seen) == pytest.approx(expected)


@given(looks, looks)
def test_a_score_is_a_share_and_whole_for_the_same_look(one: Appearance, other: Appearance) -> None:
    assert 0 <= score(one, other) <= 1
    assert score(one, one) == (1.0 if said(one) else 0.0)


@given(looks, st.sampled_from(Feature))
def test_one_feature_alone_says_that_and_nothing_else(look: Appearance, feature: Feature) -> None:
    assert said(only(look, feature)) == ((feature,) if feature in said(look) else ())


def test_a_line_is_short_and_gives_no_number_away() -> None:
    assert make_line(" 창가에 있어요 ", chars_max=60) == "창가에 있어요"
    with pytest.raises(BadRequest):
        make_line("x" * 61, chars_max=60)
    with pytest.raises(BadRequest):
        make_line("a\x07b", chars_max=60)
    with pytest.raises(ContactTooSoon):
        make_line("010-1234-5678", chars_max=60)
