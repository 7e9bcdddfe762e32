"""Official groups in memory: made by operators, entered by a code that came by mail."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from engine.errors import (
    BadRequest,
    Conflict,
    NotFound,
)
from engine.ids import AccountId, GroupId, MemberId
from engine.model.access import check_proof_wanted
from engine.model.code_caps import Cap
from engine.model.entry import Standing, members_max
from engine.model.group import GroupDraft, GroupType, MemberProfile, Membership, Role
from engine.model.policy import GroupPolicy
from engine.model.proof_policy import ProofPolicy
from engine.ports.official import MailKey
from store.memory.groups import MemoryGroups
from store.memory.official_rows import MailCodeRow
from store.memory.state import GroupRow, Memory


class MemoryOfficialGroups:
    """Groups of companies and universities; engine.ports.official.OfficialGroups."""

    def __init__(self, memory: Memory, groups: MemoryGroups) -> None:
        self._memory = memory
        self._groups = groups

    async def make(
        self, group: GroupId, draft: GroupDraft, domains: Sequence[str], *, now_ms: int
    ) -> None:
        """Make an official group, with nobody in it."""
        await trio.lowlevel.checkpoint()
        self._memory.groups[group] = GroupRow(group, GroupType.OFFICIAL, draft, None, now_ms)
        self._memory.official.domains |= {(group, domain) for domain in domains}

    async def open_mail_code(
        self,
        group: GroupId,
        account: AccountId,
        mail: MailKey,
        code_digest: bytes,
        policy: ProofPolicy,
        *,
        now_ms: int,
        caps: Sequence[Cap],
    ) -> None:
        """Keep a new code of this person for this group, in place of an older one."""
        await trio.lowlevel.checkpoint()
        self._groups.check_active(account)
        row = self._memory.groups.get(group)
        if row is None or row.type is not GroupType.OFFICIAL or not self._groups.sees(row, account):
            raise NotFound
        kept_out = self._groups.keeps_out(group, account)
        check_proof_wanted(self._memory.footing_of(group, account), kept_out=kept_out)
        if (group, mail.domain) not in self._memory.official.domains:
            raise BadRequest("this address has no domain of this group")
        self._memory.code_counts.check(caps, now_ms)
        for cap in caps:
            self._memory.code_counts.count(cap, now_ms)
        expires_at = now_ms + policy.mail_code_ttl_s * 1000
        self._memory.official.codes[account, group] = MailCodeRow(
            mail.digest, code_digest, expires_at
        )

    async def admit(
        self,
        group: GroupId,
        member: MemberId,
        account: AccountId,
        profile: MemberProfile,
        role: Role,
        policy: GroupPolicy,
        *,
        now_ms: int,
    ) -> Membership:
        """Let somebody in by an operator's word, with a role."""
        await trio.lowlevel.checkpoint()
        row = self._memory.groups.get(group)
        if row is None or row.type is not GroupType.OFFICIAL:
            raise NotFound
        owned = any(one.role is Role.OWNER for one, _ in self._memory.people_of(group))
        if role is Role.OWNER and owned:
            raise Conflict("this group has an owner: they hand it over")
        entered = self._groups.admit(
            group,
            member,
            account,
            profile,
            members_max=members_max(GroupType.OFFICIAL, policy),
            policy=policy,
            now_ms=now_ms,
            standing=Standing.PROVEN,
        )
        self._memory.members[group, account].role = role
        return Membership(entered.member, group, entered.state, role, entered.nickname)
