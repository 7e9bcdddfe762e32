"""How one comes into a group: rules of entry, who may invite, who decides over whom."""

from __future__ import annotations

from enum import StrEnum

from engine.errors import BadRequest
from engine.model.group import EntryRule, GroupType, MemberState, Role, outranks
from engine.model.policy import GroupPolicy


class Standing(StrEnum):
    """What somebody has to show for themselves at the door."""

    NOTHING = "nothing"
    INVITED = "invited"
    PROVEN = "proven"


def entry_state(kind: GroupType, rule: EntryRule, standing: Standing) -> MemberState | None:
    """Return as what somebody comes in, or None for who has to show a proof first.

    An invite is a proof wherever members were proven themselves, and nowhere that one has to be.
    """
    if kind is GroupType.LOCATION:
        return MemberState.ACTIVE if standing is Standing.PROVEN else None
    if standing is not Standing.NOTHING:
        return MemberState.ACTIVE
    if kind is not GroupType.CREATED or rule is EntryRule.INVITE:
        return None
    return MemberState.PENDING if rule is EntryRule.APPROVAL else MemberState.ACTIVE


def may_invite(kind: GroupType, role: Role) -> bool:
    """Say who may invite: each verified member, and in a created group who moderates it."""
    if kind is GroupType.OFFICIAL:
        return True
    return kind is GroupType.CREATED and role is not Role.MEMBER


def may_decide(role: Role) -> bool:
    """Say whether somebody sees who asks to come in, and answers them."""
    return role is not Role.MEMBER


def may_appoint(who: Role, whom: Role, new: Role) -> bool:
    """Say whether somebody may give another a role: of those below them, to below them.

    The owner alone appoints admins, and hands the group over.
    """
    if who is Role.OWNER:
        return whom is not Role.OWNER
    return who is Role.ADMIN and outranks(who, whom) and outranks(who, new)


def members_max(kind: GroupType, policy: GroupPolicy) -> int:
    """Return how many may be in a group of this type; meetings have a policy of their own."""
    if kind is GroupType.OFFICIAL:
        return policy.official_members_max
    if kind is GroupType.LOCATION:
        return policy.location_members_max
    return policy.created_members_max


def check_uses(uses: int, policy: GroupPolicy) -> int:
    """Return how often an invite may be used; raises BadRequest."""
    if not 1 <= uses <= policy.invite_uses_max:
        raise BadRequest(f"an invite has 1 to {policy.invite_uses_max} uses")
    return uses
