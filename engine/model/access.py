"""Who may see and do what in a group, decided in one place from the standing of who asks.

Both stores read the same facts, each under its own locks, and ask here; the matrix of all routes
and standings proves that the edges do too. What is not there for somebody is not found: a refusal
that says more is only for those who see the group. What queries decide alone is in ADR 34.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import AlreadyMember, BadRequest, Conflict, Forbidden, NotFound
from engine.ids import AccountId
from engine.model.entry import Standing
from engine.model.group import GroupType, MemberState, Role, Visibility

_RANKS = tuple(Role)
_IN = frozenset({MemberState.ACTIVE, MemberState.PENDING})


@dataclass(frozen=True, slots=True)
class Footing:
    """Where somebody stands in a group. Who was never there stands as who has left."""

    state: MemberState
    role: Role = Role.MEMBER

    @property
    def inside(self) -> bool:
        """Whether they are in, or ask to be."""
        return self.state in _IN


NOWHERE = Footing(MemberState.LEFT)


# --- what roles may do


def outranks(who: Role, whom: Role) -> bool:
    """Say whether a role is above another."""
    return _RANKS.index(who) < _RANKS.index(whom)


def may_ban(who: Role, whom: Role) -> bool:
    """Say whether somebody may ban another: moderators and above, whoever is below them."""
    return who is not Role.MEMBER and outranks(who, whom)


def may_invite(kind: GroupType, role: Role) -> bool:
    """Say who may invite: each verified member, and in a created group who moderates it."""
    if kind is GroupType.OFFICIAL:
        return True
    return kind is GroupType.CREATED and role is not Role.MEMBER


def may_admit(kind: GroupType, role: Role) -> bool:
    """Say whose word lets somebody in: in an official group it proves that they belong."""
    if kind is GroupType.OFFICIAL:
        return role in (Role.OWNER, Role.ADMIN)
    return may_decide(role)


def may_decide(role: Role) -> bool:
    """Say who sees who asks to come in and who is banned, and who shows the code of a place."""
    return role is not Role.MEMBER


def may_appoint(who: Role, whom: Role, new: Role) -> bool:
    """Say whether somebody may give another a role: of those below them, to below them.

    The owner alone appoints admins, and hands the group over.
    """
    if who is Role.OWNER:
        return whom is not Role.OWNER
    return who is Role.ADMIN and outranks(who, whom) and outranks(who, new)


# --- who is there


def sees_group(visibility: Visibility, mine: Footing, *, ended: bool) -> bool:
    """Say whether a group is there for somebody: a hidden one is for who is in it."""
    return not ended and (visibility is Visibility.PUBLIC or mine.inside)


def member_role(mine: Footing, *, ended: bool = False) -> Role:
    """Return the role of an active member of a group that goes on; raises NotFound for others."""
    if ended or mine.state is not MemberState.ACTIVE:
        raise NotFound
    return mine.role


# --- coming and going


def check_door(
    mine: Footing, visibility: Visibility, standing: Standing, *, kept_out: bool
) -> None:
    """Raise what keeps somebody from coming in, whatever the group's rule of entry says.

    `kept_out`: one of their ways in is banned. A stranger is not told so of a hidden group.
    """
    if mine.state is MemberState.BANNED:
        raise Forbidden("you are banned from this group")
    if mine.inside:
        raise AlreadyMember
    if visibility is not Visibility.PUBLIC and not standing.opens_hidden:
        raise NotFound
    if kept_out:
        raise Forbidden("you are banned from this group")


def check_proof_wanted(mine: Footing, *, kept_out: bool) -> None:
    """Raise what keeps somebody who sees a group from asking for a code that lets them in."""
    if kept_out or mine.state is MemberState.BANNED:
        raise Forbidden("you are banned from this group")
    if mine.inside:
        raise AlreadyMember


def check_leaves(mine: Footing, others: int) -> None:
    """Raise NotFound for who is not in, Conflict for an owner whom others would be left by."""
    if not mine.inside:
        raise NotFound
    if mine.role is Role.OWNER and others:
        raise Conflict("hand the group over before you leave it")


# --- one over another


def check_faced(mine: Footing, theirs: Footing) -> None:
    """Raise NotFound unless an active member decides over somebody who is known to the group."""
    member_role(mine)
    if theirs.state is MemberState.LEFT:
        raise NotFound("there is no such member")


def check_answers(mine: Footing, theirs: Footing, *, active: bool) -> None:
    """Raise unless somebody may answer an applicant, whose account is `active`."""
    check(may_decide(mine.role))
    if theirs.state is not MemberState.PENDING or not active:
        raise NotFound("nobody of this name asks to come in")


def check_bans(mine: Footing, theirs: Footing) -> None:
    """Raise Forbidden unless somebody may ban a member."""
    check(may_ban(mine.role, theirs.role))


def check_lifts_ban(mine: Footing, theirs: Footing, *, by_operator: bool) -> None:
    """Raise unless somebody may let another back in; what an operator banned stays banned."""
    if theirs.state is not MemberState.BANNED:
        raise NotFound("nobody of this name is banned")
    check_bans(mine, theirs)
    if by_operator:
        raise Forbidden("an operator banned them")


def check_operator_bans(theirs: Footing) -> None:
    """Raise Conflict where a ban by an operator would leave a group without its owner."""
    if theirs.role is Role.OWNER and theirs.state is MemberState.ACTIVE:
        raise Conflict("they own this group: it has to be handed over or ended first")


def check_appoints(mine: Footing, theirs: Footing, new: Role) -> None:
    """Raise unless somebody may give an active member a role."""
    if theirs.state is not MemberState.ACTIVE:
        raise NotFound("there is no such member")
    check(may_appoint(mine.role, theirs.role, new))


def check_ends_meeting(mine: Footing) -> None:
    """Raise NotFound for who is not at a meeting, Forbidden for who did not make it."""
    if member_role(mine) is not Role.OWNER:
        raise Forbidden("who made the meeting ends it")


def check(allowed: bool) -> None:  # noqa: FBT001  # it reads as the sentence that it is
    """Raise Forbidden unless it is allowed."""
    if not allowed:
        raise Forbidden


# --- in a room, and of one's own


def check_other(account: AccountId | None, me: AccountId) -> AccountId:
    """Return who has or had an alias in a room of one's own; raises NotFound, BadRequest."""
    if account is None:
        raise NotFound("there is no such member")
    if account == me:
        raise BadRequest("this is you")
    return account


def check_own(owner: AccountId | None, me: AccountId) -> None:
    """Raise NotFound for what is somebody else's, as for what is not there."""
    if owner != me:
        raise NotFound
