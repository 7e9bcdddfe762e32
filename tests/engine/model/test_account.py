"""People: nicknames in one written form, age by calendar year, bands that tell little."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadRequest, Forbidden
from engine.model.account import (
    Gender,
    Profile,
    age_band,
    check_age,
    clean_nickname,
    make_profile,
    skeleton,
)
from engine.model.policy import SignInPolicy

POLICY = SignInPolicy()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("여우", "여우"),
        ("  fox7 ", "fox7"),
        ("\uff46\uff4f\uff58", "fox"),  # full width letters are letters
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
        ("가" * 10, "가" * 10),
    ],
)
def test_a_nickname_has_one_written_form(said: str, kept: str) -> None:
    assert clean_nickname(said, POLICY) == kept


@pytest.mark.parametrize(
    "said",
    [
        "",
        "가",
        "가" * 11,
        "a b",
        "fox!",
        "ㅋㅋ",
        "fo\u200bx",
        "fo\u202ex",
        "fo\x00x",
        "Ωmega",
        "f\u043e\u0445",
        "😀😀",
        "admin",
        "ADMIN1",
        "\uff41\uff44\uff4d\uff49\uff4e",
        "adm1n",
        "adrnin",
        "G1impse",
        "0perator",
        "운영자",
        "진짜운영자",
        "Glimpse",
        "mysupport",
    ],
)
def test_what_is_not_a_nickname(said: str) -> None:
    with pytest.raises(BadRequest):
        clean_nickname(said, POLICY)


@given(st.text(max_size=14))
def test_a_kept_nickname_is_kept_as_it_is(said: str) -> None:
    try:
        kept = clean_nickname(said, POLICY)
    except BadRequest:
        return
    assert clean_nickname(kept, POLICY) == kept


def test_age_counts_by_calendar_year() -> None:
    check_age(2007, year=2026, policy=POLICY)
    with pytest.raises(Forbidden):
        check_age(2008, year=2026, policy=POLICY)


def test_a_first_profile_is_checked_whole() -> None:
    profile = make_profile("여우", 2000, "other", year=2026, policy=POLICY)
    assert profile == Profile("여우", 2000, Gender.OTHER)
    for year in (1905, 2027, -1):
        with pytest.raises(BadRequest):
            make_profile("여우", year, "female", year=2026, policy=POLICY)
    for gender in ("", "Female", "none"):
        with pytest.raises(BadRequest):
            make_profile("여우", 2000, gender, year=2026, policy=POLICY)
    with pytest.raises(Forbidden):
        make_profile("여우", 2010, "female", year=2026, policy=POLICY)


@pytest.mark.parametrize(
    ("birth_year", "band"),
    [
        (2007, "19"),
        (2006, "20-24"),
        (2002, "20-24"),
        (2001, "25-29"),
        (1967, "55-59"),
        (1966, "60+"),
    ],
)
def test_a_band_is_all_that_is_told_of_an_age(birth_year: int, band: str) -> None:
    assert age_band(birth_year, year=2026) == band


@pytest.mark.parametrize(
    ("one", "other"),
    [("Lily", "1i1y"), ("Bob", "B0B"), ("modern", "rnodem"), ("wow", "vv0VV"), ("미나", "미나")],
)
def test_what_looks_alike_has_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@given(st.text("가나aAiIlL10mMwWrRnN2", max_size=8), st.integers(2, 12))
def test_a_name_with_a_number_begins_as_the_name(name: str, number: int) -> None:
    assert skeleton(f"{name}{number}").startswith(skeleton(name))
