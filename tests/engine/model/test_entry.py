"""How one comes into a group, and who decides over whom."""

from __future__ import annotations

import pytest

from engine.errors import BadRequest
from engine.model.entry import (
    Standing,
    check_uses,
    entry_state,
    may_appoint,
    may_decide,
    may_invite,
    members_max,
)
from engine.model.group import EntryRule, GroupType, MemberState, Role
from engine.model.policy import GroupPolicy

POLICY = GroupPolicy()
ACTIVE, PENDING = MemberState.ACTIVE, MemberState.PENDING
NOTHING, INVITED, PROVEN = Standing


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


def test_the_verified_invite_and_in_a_created_group_its_moderators() -> None:
    assert all(may_invite(GroupType.OFFICIAL, role) for role in Role)
    assert [role for role in Role if may_invite(GroupType.CREATED, role)] == [
        Role.OWNER,
        Role.ADMIN,
        Role.MODERATOR,
    ]
    assert not any(may_invite(GroupType.LOCATION, role) for role in Role)
    assert not any(may_invite(GroupType.INSTANCE, role) for role in Role)
    assert [role for role in Role if not may_decide(role)] == [Role.MEMBER]


def test_nobody_appoints_their_equals_or_their_betters() -> None:
    allowed = {
        (who.value, whom.value, new.value)
        for who in Role
        for whom in Role
        for new in Role
        if may_appoint(who, whom, new)
    }
    below = ("admin", "moderator", "member")
    owners = {("owner", whom, new) for whom in below for new in ("owner", *below)}
    admins = {("admin", whom, new) for whom in below[1:] for new in below[1:]}
    assert allowed == owners | admins


def test_sizes_are_those_of_the_type() -> None:
    assert [members_max(kind, POLICY) for kind in GroupType] == [1_000, 100, 100, 20]


@pytest.mark.parametrize("uses", [0, -1, 101])
def test_an_invite_has_some_uses_and_not_too_many(uses: int) -> None:
    assert check_uses(100, POLICY) == 100
    with pytest.raises(BadRequest):
        check_uses(uses, POLICY)
