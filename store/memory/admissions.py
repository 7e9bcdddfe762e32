"""The doors of groups in memory: invites, who asks to come in, and roles."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from engine.errors import GroupFull, NotFound, RateLimited
from engine.ids import AccountId, GroupId, MemberId
from engine.model.access import (
    check,
    check_answers,
    check_appoints,
    check_lifts_ban,
    may_admit,
    may_decide,
    may_invite,
    member_role,
)
from engine.model.entry import members_max
from engine.model.group import MemberState, Role
from engine.model.policy import GroupPolicy
from engine.model.push import PushKind
from engine.ports.admissions import Applicant, Banned, Invite
from store.memory.groups import MemoryGroups
from store.memory.official_rows import InviteRow
from store.memory.state import MemberRow, Memory


class MemoryAdmissions:
    """Who is let in; engine.ports.admissions.Admissions."""

    def __init__(self, memory: Memory, groups: MemoryGroups) -> None:
        self._memory = memory
        self._groups = groups

    async def invite(
        self, group: GroupId, by: AccountId, invite: Invite, policy: GroupPolicy, *, now_ms: int
    ) -> None:
        """Keep an invite; raises NotFound, Forbidden, RateLimited."""
        await trio.lowlevel.checkpoint()
        role = self._role(group, by)
        check(may_invite(self._memory.groups[group].type, role))
        of_mine = [
            row
            for row in self._memory.invites.values()
            if (row.inviter, row.group) == (by, group)
            and row.expires_at > now_ms
            and row.uses_left > 0
        ]
        if len(of_mine) >= policy.invites_open_max:
            first = min(row.expires_at for row in of_mine)
            raise RateLimited(retry_after_ms=first - now_ms)
        row = InviteRow(group, by, invite.uses, invite.expires_at)
        self._memory.invites[invite.code_digest] = row

    async def applicants(self, group: GroupId, viewer: AccountId) -> Sequence[Applicant]:
        """Who is pending, by member id; raises NotFound, Forbidden."""
        await trio.lowlevel.checkpoint()
        role = self._role(group, viewer)
        check(may_admit(self._memory.groups[group].type, role))
        rows = sorted(self._groups.pending_of(group), key=lambda row: row.member)
        return [Applicant(row.member, row.profile) for row in rows if self._is_active(row.account)]

    async def decide(
        self,
        group: GroupId,
        by: AccountId,
        member: MemberId,
        policy: GroupPolicy,
        *,
        admit: bool,
        now_ms: int,
    ) -> None:
        """Let an applicant in, or not; raises NotFound, Forbidden, GroupFull."""
        await trio.lowlevel.checkpoint()
        mine, theirs = self._groups.face(group, by, member)
        check(may_admit(self._memory.groups[group].type, mine.role))
        check_answers(mine.footing, theirs.footing, active=self._is_active(theirs.account))
        if not admit:
            theirs.state = MemberState.LEFT
            self._memory.files.drop_membership(group, theirs.account)
            return
        self.admit_applicant(theirs, policy, now_ms=now_ms)
        self._memory.files.drop_review(group, theirs.account)
        self._memory.pushes.note(PushKind.INVITATION, [theirs.account], now_ms=now_ms)

    def admit_applicant(self, row: MemberRow, policy: GroupPolicy, *, now_ms: int) -> None:
        """Make a member of who asks to come in; raises NotFound, GroupFull."""
        if row.state is not MemberState.PENDING or not self._is_active(row.account):
            raise NotFound("nobody of this name asks to come in")
        most = members_max(self._memory.groups[row.group].type, policy)
        if len(self._memory.people_of(row.group)) >= most:
            raise GroupFull
        self._groups.let_in(row.group, row.member, row.account, row.profile, policy, now_ms=now_ms)

    async def banned(self, group: GroupId, viewer: AccountId) -> Sequence[Banned]:
        """Who is banned, by member id; raises NotFound, Forbidden."""
        await trio.lowlevel.checkpoint()
        check(may_decide(self._role(group, viewer)))
        rows = [one for one in self._memory.members.values() if one.group == group]
        out = [one for one in rows if one.state is MemberState.BANNED]
        return sorted(
            (Banned(one.member, one.profile.nickname) for one in out), key=lambda one: one.member
        )

    async def lift_ban(self, group: GroupId, by: AccountId, member: MemberId) -> None:
        """Let somebody come back who is banned; raises NotFound, Forbidden."""
        await trio.lowlevel.checkpoint()
        mine, theirs = self._groups.face(group, by, member)
        by_operator = self._groups.by_operator(group, theirs.account)
        check_lifts_ban(mine.footing, theirs.footing, by_operator=by_operator)
        theirs.state = MemberState.LEFT
        self._groups.let_back(group, theirs.account)

    async def appoint(self, group: GroupId, by: AccountId, member: MemberId, role: Role) -> None:
        """Give an active member a role; raises NotFound, Forbidden."""
        await trio.lowlevel.checkpoint()
        mine, theirs = self._groups.face(group, by, member)
        check_appoints(mine.footing, theirs.footing, role)
        theirs.role = role
        if role is Role.OWNER:
            mine.role = Role.ADMIN

    def _role(self, group: GroupId, account: AccountId) -> Role:
        row = self._memory.groups.get(group)
        ended = row is None or row.ended
        return member_role(self._memory.footing_of(group, account), ended=ended)

    def _is_active(self, account: AccountId) -> bool:
        return self._memory.accounts[account].state == "active"
