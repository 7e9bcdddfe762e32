"""How one comes into a group: what one shows at its door, and as what one comes in."""

from __future__ import annotations

from enum import StrEnum

from engine.errors import BadRequest
from engine.model.group import EntryRule, GroupType, MemberState
from engine.model.policy import GroupPolicy


class Standing(StrEnum):
    """What somebody has to show for themselves at the door."""

    NOTHING = "nothing"
    PAPER = "paper"  # which somebody has to look at first
    INVITED = "invited"
    PROVEN = "proven"

    @property
    def opens_hidden(self) -> bool:
        """Whether a hidden group is there for who shows this."""
        return self not in (Standing.NOTHING, Standing.PAPER)


def entry_state(kind: GroupType, rule: EntryRule, standing: Standing) -> MemberState | None:
    """Return as what somebody comes in, or None for who has to show a proof first.

    An invite is a proof wherever members were proven themselves, and nowhere that one has to be.
    """
    if kind is GroupType.LOCATION:
        return MemberState.ACTIVE if standing is Standing.PROVEN else None
    if standing is Standing.PAPER:
        return MemberState.PENDING if kind is GroupType.OFFICIAL else None
    if standing is not Standing.NOTHING:
        return MemberState.ACTIVE
    if kind is not GroupType.CREATED or rule is EntryRule.INVITE:
        return None
    return MemberState.PENDING if rule is EntryRule.APPROVAL else MemberState.ACTIVE


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
