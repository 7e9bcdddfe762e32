"""How one comes into a group."""

from __future__ import annotations

import pytest

from engine.errors import BadRequest
from engine.model.entry import (
    Standing,
    check_uses,
    entry_state,
    members_max,
)
from engine.model.group import EntryRule, GroupType, MemberState
from engine.model.policy import GroupPolicy

POLICY = GroupPolicy()
ACTIVE, PENDING = MemberState.ACTIVE, MemberState.PENDING
NOTHING, PAPER, INVITED, PROVEN = Standing


@pytest.mark.parametrize(
    ("kind", "rule", "states"),
    [
        (GroupType.CREATED, EntryRule.OPEN, (ACTIVE, ACTIVE, ACTIVE)),
        (GroupType.CREATED, EntryRule.APPROVAL, (PENDING, ACTIVE, ACTIVE)),
        (GroupType.CREATED, EntryRule.INVITE, (None, ACTIVE, ACTIVE)),
        (GroupType.OFFICIAL, EntryRule.OPEN, (None, ACTIVE, ACTIVE)),
        (GroupType.OFFICIAL, EntryRule.APPROVAL, (None, ACTIVE, ACTIVE)),
        (GroupType.INSTANCE, EntryRule.OPEN, (None, ACTIVE, ACTIVE)),
        (GroupType.LOCATION, EntryRule.OPEN, (None, None, ACTIVE)),
    ],
)
def test_what_one_shows_decides_how_one_comes_in(
    kind: GroupType, rule: EntryRule, states: tuple[MemberState | None, ...]
) -> None:
    assert tuple(entry_state(kind, rule, one) for one in (NOTHING, INVITED, PROVEN)) == states


def test_sizes_are_those_of_the_type() -> None:
    assert [members_max(kind, POLICY) for kind in GroupType] == [1_000, 100, 100, 20]


@pytest.mark.parametrize("uses", [0, -1, 101])
def test_an_invite_has_some_uses_and_not_too_many(uses: int) -> None:
    assert check_uses(100, POLICY) == 100
    with pytest.raises(BadRequest):
        check_uses(uses, POLICY)
