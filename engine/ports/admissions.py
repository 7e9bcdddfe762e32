"""Port: the doors of groups: invites, who asks to come in, and roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.ids import AccountId, GroupId, MemberId
from engine.model.group import MemberProfile, Role
from engine.model.policy import GroupPolicy


@dataclass(frozen=True, slots=True)
class Invite:
    """An invite as the store keeps it; of the code there is a keyed hash only."""

    code_digest: bytes
    uses: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks to come in, as those see it who decide."""

    member: MemberId
    profile: MemberProfile


@dataclass(frozen=True, slots=True)
class Banned:
    """Who is banned, as those see it who decide."""

    member: MemberId
    nickname: str


class Admissions(Protocol):
    """Who is let in, and who decides that."""

    async def invite(
        self, group: GroupId, by: AccountId, invite: Invite, policy: GroupPolicy, *, now_ms: int
    ) -> None:
        """Keep an invite.

        Raises NotFound for who is not in, Forbidden for whom `may_invite` refuses, RateLimited
        beyond `invites_open_max` of one person in one group.
        """

    async def applicants(self, group: GroupId, viewer: AccountId) -> Sequence[Applicant]:
        """Who is pending, by member id; raises NotFound, Forbidden for who does not decide."""

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
        """Let an applicant in, or not: then they may ask again.

        Raises NotFound, Forbidden, GroupFull. Who is let in is in the group's room from this
        transaction on, as after `Groups.join`.
        """

    async def banned(self, group: GroupId, viewer: AccountId) -> Sequence[Banned]:
        """Who is banned, by member id; raises NotFound, Forbidden for who does not decide.

        Whose account is erased is in no list; the ban holds all the same.
        """

    async def lift_ban(self, group: GroupId, by: AccountId, member: MemberId) -> None:
        """Let somebody come back who is banned, by the same door as everybody.

        Raises NotFound for who is not banned, Forbidden for whom `may_ban` refuses, and for whom
        an operator has banned.
        """

    async def appoint(self, group: GroupId, by: AccountId, member: MemberId, role: Role) -> None:
        """Give an active member a role; the owner's hands the group over, and who had it is admin.

        Raises NotFound, Forbidden for whom `may_appoint` refuses.
        """
