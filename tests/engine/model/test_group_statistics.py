"""Statistics of groups: no part of fewer than k, also not by subtracting."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.ids import MemberId
from engine.model.account import Gender
from engine.model.group import Person, Role
from engine.model.group_statistics import Cell, parts, statistics_of

K = 3


def person(gender: Gender, birth_year: int, *interests: str) -> Person:
    return Person(
        member=MemberId("m"),
        nickname="nick",
        role=Role.MEMBER,
        birth_year=birth_year,
        gender=gender,
        bio="",
        interests=interests,
        bot=False,
        me=False,
        liked=None,
    )


def test_what_many_have_in_common_is_told() -> None:
    people = [person(Gender.FEMALE, 1998, "tea", "go") for _ in range(4)]
    people += [person(Gender.MALE, 1990, "tea") for _ in range(3)]
    told = statistics_of(people, year=2026, k=K)
    assert told.sides == (Cell("female", 4), Cell("male", 3))
    assert told.ages == (Cell("25-29", 4), Cell("35-39", 3))
    assert told.interests == (Cell("tea", 7), Cell("go", 4))


def test_one_person_alone_hides_the_next_smallest_too() -> None:
    assert parts({"female": 9, "male": 4, "other": 1}, k=K) == (Cell("female", 9),)
    assert parts({"female": 9, "male": 2, "other": 1}, k=K) == (Cell("female", 9),)
    assert parts({"female": 9, "other": 2}, k=K) == ()
    assert parts({"female": 2}, k=K) == ()
    assert parts({}, k=K) == ()


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=6))
def test_nothing_small_is_told_nor_left_over(counts: dict[str, int]) -> None:
    told = parts(counts, k=K)
    assert all(cell.people == counts[cell.name] >= K for cell in told)
    rest = sum(counts.values()) - sum(cell.people for cell in told)
    assert rest == 0 or rest >= K or not told
