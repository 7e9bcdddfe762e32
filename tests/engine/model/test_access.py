"""Who may see and do what in a group: every footing against every decision."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from engine.errors import Refused
from engine.ids import AccountId
from engine.model.access import (
    NOWHERE,
    Footing,
    check_answers,
    check_appoints,
    check_bans,
    check_door,
    check_ends_meeting,
    check_faced,
    check_leaves,
    check_lifts_ban,
    check_operator_bans,
    check_other,
    check_own,
    check_proof_wanted,
    may_appoint,
    may_decide,
    may_invite,
    member_role,
    outranks,
    sees_group,
)
from engine.model.entry import Standing
from engine.model.group import GroupType, MemberState, Role, Visibility

ALL = [Footing(state, role) for state, role in product(MemberState, Role)]
ACTIVE = [one for one in ALL if one.state is MemberState.ACTIVE]
PAIRS = list(product(ALL, ALL))


def code(decide: Callable[..., object], *facts: object, **more: object) -> str:
    """Say how something is decided: `ok`, or the code of its refusal."""
    try:
        decide(*facts, **more)
    except Refused as refusal:
        return refusal.code
    return "ok"


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


def test_a_hidden_group_is_there_for_who_is_in_it_or_asks_to_be() -> None:
    inside = {MemberState.ACTIVE, MemberState.PENDING}
    for mine in ALL:
        assert sees_group(Visibility.PUBLIC, mine, ended=False)
        assert sees_group(Visibility.HIDDEN, mine, ended=False) is (mine.state in inside)
        assert not sees_group(Visibility.PUBLIC, mine, ended=True)
    assert not sees_group(Visibility.HIDDEN, NOWHERE, ended=False)


def test_a_role_counts_while_its_member_is_active_and_the_group_goes_on() -> None:
    for mine in ALL:
        ended = code(member_role, mine, ended=True)
        assert ended == "not_found"
        here = code(member_role, mine)
        assert here == ("ok" if mine.state is MemberState.ACTIVE else "not_found")


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("kept_out", [False, True])
def test_who_is_kept_out_is_told_so_only_where_the_group_is_there_for_them(
    visibility: Visibility, standing: Standing, *, kept_out: bool
) -> None:
    nothing = standing in {Standing.NOTHING, Standing.PAPER}
    hidden = visibility is Visibility.HIDDEN and nothing
    outside = "not_found" if hidden else "forbidden" if kept_out else "ok"
    wanted = {"banned": "forbidden", "active": "already_member", "pending": "already_member"}
    for mine in [*ALL, NOWHERE]:
        found = code(check_door, mine, visibility, standing, kept_out=kept_out)
        assert found == wanted.get(mine.state.value, outside)


def test_a_code_is_sent_to_who_is_neither_in_nor_banned() -> None:
    for mine in [*ALL, NOWHERE]:
        banned = code(check_proof_wanted, mine, kept_out=True)
        assert banned == "forbidden"
        wanted = {"banned": "forbidden", "left": "ok"}.get(mine.state.value, "already_member")
        assert code(check_proof_wanted, mine, kept_out=False) == wanted


def test_an_owner_leaves_nobody_behind() -> None:
    for mine in [*ALL, NOWHERE]:
        owner = mine.role is Role.OWNER
        if mine.inside:
            assert code(check_leaves, mine, 1) == ("conflict" if owner else "ok")
            assert code(check_leaves, mine, 0) == "ok"
        else:
            assert code(check_leaves, mine, 0) == "not_found"


def test_only_active_members_decide_over_whom_the_group_knows() -> None:
    for mine, theirs in PAIRS:
        allowed = mine.state is MemberState.ACTIVE and theirs.state is not MemberState.LEFT
        found = code(check_faced, mine, theirs)
        assert found == ("ok" if allowed else "not_found")


def test_whoever_is_above_bans_and_lets_back_in() -> None:
    for mine, theirs in product(ACTIVE, ALL):
        above = mine.role is not Role.MEMBER and outranks(mine.role, theirs.role)
        allowed = "ok" if above else "forbidden"
        assert code(check_bans, mine, theirs) == allowed
        banned = theirs.state is MemberState.BANNED
        lifted = code(check_lifts_ban, mine, theirs, by_operator=False)
        assert lifted == (allowed if banned else "not_found")
        kept = code(check_lifts_ban, mine, theirs, by_operator=True)
        assert kept == ("forbidden" if banned else "not_found")


def test_an_operator_bans_all_but_the_owner_of_a_group() -> None:
    refused = [one for one in ALL if code(check_operator_bans, one) != "ok"]
    assert refused == [Footing(MemberState.ACTIVE, Role.OWNER)]


def test_an_applicant_is_answered_by_who_may_decide() -> None:
    for mine, theirs in product(ACTIVE, ALL):
        for active in (True, False):
            found = code(check_answers, mine, theirs, active=active)
            asks = theirs.state is MemberState.PENDING and active
            answered = "ok" if asks else "not_found"
            assert found == (answered if may_decide(mine.role) else "forbidden")


def test_a_role_is_given_to_active_members() -> None:
    for mine, theirs, new in product(ACTIVE, ALL, Role):
        found = code(check_appoints, mine, theirs, new)
        allowed = "ok" if may_appoint(mine.role, theirs.role, new) else "forbidden"
        assert found == (allowed if theirs.state is MemberState.ACTIVE else "not_found")


def test_a_meeting_is_ended_by_who_made_it() -> None:
    for mine in [*ALL, NOWHERE]:
        found = code(check_ends_meeting, mine)
        if mine.state is not MemberState.ACTIVE:
            assert found == "not_found"
        else:
            assert found == ("ok" if mine.role is Role.OWNER else "forbidden")


def test_what_is_of_others_is_not_there() -> None:
    me, other = AccountId("me"), AccountId("other")
    assert [code(check_own, who, me) for who in (me, other, None)] == [
        "ok",
        "not_found",
        "not_found",
    ]
    assert [code(check_other, who, me) for who in (other, me, None)] == [
        "ok",
        "bad_request",
        "not_found",
    ]
