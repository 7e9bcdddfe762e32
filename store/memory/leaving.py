"""Leaving groups in memory."""

from __future__ import annotations

from engine.ids import AccountId, GroupId
from engine.model.access import check_leaves
from engine.model.group import GroupType, MemberState, Role
from engine.model.like_undo import LikeState
from store.memory.state import Memory

IN = (MemberState.ACTIVE, MemberState.PENDING)


def leave(memory: Memory, group: GroupId, account: AccountId, *, now_ms: int) -> None:
    """Leave; raises NotFound, Conflict for the owner while others are in."""
    others = sum(one.account != account for one, _ in memory.people_of(group))
    check_leaves(memory.footing_of(group, account), others)
    held = memory.members[group, account]
    owns = held.role is Role.OWNER
    memory.leave_rooms(group, account, now_ms=now_ms)
    if owns:
        end_group(memory, group, now_ms=now_ms)
    held.state = MemberState.LEFT
    end_in_group(memory, group, account, now_ms=now_ms)


def end_group(memory: Memory, group: GroupId, *, now_ms: int) -> None:
    """End a group and its room."""
    memory.groups[group].ended = True
    memory.close_rooms(group, now_ms=now_ms)


def leave_places(memory: Memory, account: AccountId, *, now_ms: int) -> None:
    """Leave all groups of places; one's own end."""
    for (group, who), held in list(memory.members.items()):
        row = memory.groups[group]
        if who != account or held.state is not MemberState.ACTIVE or row.ended:
            continue
        if row.type is GroupType.LOCATION and held.role is Role.OWNER:
            end_group(memory, group, now_ms=now_ms)
        elif row.type is GroupType.LOCATION:
            leave(memory, group, account, now_ms=now_ms)


def end_in_group(memory: Memory, group: GroupId, account: AccountId, *, now_ms: int) -> None:
    """End all that a person has in a group."""
    memory.files.drop_membership(group, account)
    for like in memory.likes.values():
        both = (like.request.sender, like.target)
        if like.request.group == group and like.state is LikeState.OPEN and account in both:
            like.state = LikeState.ENDED
    memory.end_matches(
        [row for row in memory.matches.values() if row.group == group and account in row.sides],
        now_ms=now_ms,
    )
