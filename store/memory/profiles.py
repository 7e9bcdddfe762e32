"""Profiles of members in memory."""

from __future__ import annotations

import trio

from engine.errors import Conflict, NotFound
from engine.ids import AccountId, GroupId
from engine.model.account import skeleton
from engine.model.policy import GroupPolicy
from engine.model.profile_change import OwnProfile, ProfileChange, changed_profile
from engine.ports.outbox import NoticeKind
from store.memory.groups import MemoryGroups
from store.memory.leaving import IN
from store.memory.state import MemberRow, Memory


class MemoryProfiles:
    """How people show themselves; engine.ports.profiles.Profiles."""

    def __init__(self, memory: Memory, groups: MemoryGroups) -> None:
        self._memory = memory
        self._groups = groups

    async def mine(self, group: GroupId, account: AccountId) -> OwnProfile:
        """Return one's profile; raises NotFound."""
        await trio.lowlevel.checkpoint()
        row = self._mine(group, account)
        return OwnProfile(row.profile, row.renamed_at)

    async def change(
        self,
        group: GroupId,
        account: AccountId,
        change: ProfileChange,
        policy: GroupPolicy,
        *,
        now_ms: int,
    ) -> OwnProfile:
        """Change one's profile; raises NotFound, RateLimited, Conflict."""
        await trio.lowlevel.checkpoint()
        self._groups.check_active(account)
        mine = self._mine(group, account)
        own = OwnProfile(mine.profile, mine.renamed_at)
        new = changed_profile(self._memory.groups[group].type, own, change, policy, now_ms=now_ms)
        nickname = new.profile.nickname
        if nickname != mine.profile.nickname:
            if self._is_taken(mine, nickname):
                raise Conflict("somebody in this group has a nickname that looks like this one")
            self._rename_in_rooms(mine, nickname, now_ms=now_ms)
        mine.profile, mine.renamed_at = new.profile, new.renamed_at
        return new

    def _mine(self, group: GroupId, account: AccountId) -> MemberRow:
        mine = self._memory.members.get((group, account))
        if mine is None or mine.state not in IN or self._memory.groups[group].ended:
            raise NotFound
        return mine

    def _is_taken(self, mine: MemberRow, nickname: str) -> bool:
        return any(
            one is not mine
            and one.group == mine.group
            and skeleton(one.profile.nickname) == skeleton(nickname)
            for one in self._memory.members.values()
        )

    def _rename_in_rooms(self, mine: MemberRow, nickname: str, *, now_ms: int) -> None:
        for room in self._memory.rooms_of(mine.group):
            me = room.member_of(mine.account)
            if me is not None:
                me.nickname = nickname
                self._memory.tell(NoticeKind.ROOM_MEMBERS, {}, due_ms=now_ms, room=room.room)
