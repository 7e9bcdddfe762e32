"""Circles: what a group may be called, and when matching opens in it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import BadRequest
from engine.model.account import Gender
from engine.model.group import (
    GroupDraft,
    Visibility,
    make_draft,
    make_member_profile,
    matching_open,
    romantic_open,
)
from engine.model.policy import GroupPolicy

POLICY = GroupPolicy(matching_members_min=4, matching_per_side_min=2)
FIELDS: dict[str, Any] = {
    "name": " 산악회 ",
    "description": "d",
    "category": "c",
    "tags": ("a", "b"),
    "visibility": "public",
    "rules": "one\ntwo",
}


def draft(**changed: object) -> GroupDraft:
    """Make a draft that is right but for what is changed."""
    fields = {**FIELDS, **changed}
    return make_draft(**fields, policy=POLICY)


def test_a_right_draft_is_trimmed() -> None:
    assert draft() == GroupDraft("산악회", "d", "c", ("a", "b"), Visibility.PUBLIC, "one\ntwo")


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "  "},
        {"name": "x" * 101},
        {"name": "a\x00b"},
        {"description": "x" * 501},
        {"category": "x" * 41},
        {"tags": ("a",) * 11},
        {"tags": ("x" * 21,)},
        {"visibility": "secret"},
        {"visibility": ""},
        {"rules": "x" * 1_001},
        {"rules": "\x1b[31m"},
    ],
)
def test_a_wrong_draft_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        draft(**changed)


def test_a_profile_keeps_each_interest_once() -> None:
    profile = make_member_profile("여우", " hi ", ("tea", " tea", "", "hills"))
    assert (profile.bio, profile.interests) == ("hi", ("tea", "hills"))
    for bio, interests in (("x" * 201, ()), ("", ("x",) * 21), ("", ("x" * 21,))):
        with pytest.raises(BadRequest):
            make_member_profile("여우", bio, interests)


def test_friendship_opens_by_the_total_alone() -> None:
    assert not matching_open(3, policy=POLICY)
    assert matching_open(4, policy=POLICY)


@pytest.mark.parametrize(
    ("members", "female", "male", "other", "is_open"),
    [
        (4, 2, 2, 0, True),
        (4, 2, 0, 2, True),
        (4, 3, 1, 0, False),
        (3, 2, 2, 0, False),
        (9, 9, 0, 0, False),
        (6, 2, 2, 2, True),
    ],
)
def test_romance_needs_two_sides(
    members: int, female: int, male: int, other: int, *, is_open: bool
) -> None:
    sides = {Gender.FEMALE: female, Gender.MALE: male, Gender.OTHER: other}
    assert romantic_open(members, sides, policy=POLICY) == is_open
