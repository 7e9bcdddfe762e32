"""Port: official groups: how they are made, and the codes by mail that prove who belongs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.ids import AccountId, GroupId, MemberId
from engine.model.code_caps import Cap
from engine.model.group import GroupDraft, MemberProfile, Membership, Role
from engine.model.policy import GroupPolicy
from engine.model.proof_policy import ProofPolicy


@dataclass(frozen=True, slots=True)
class MailKey:
    """An address as it is kept: a keyed hash, and the domain that all of a group have."""

    digest: bytes
    domain: str


class OfficialGroups(Protocol):
    """Groups of companies and universities."""

    async def make(
        self, group: GroupId, draft: GroupDraft, domains: Sequence[str], *, now_ms: int
    ) -> None:
        """Make an official group, with nobody in it; only an operator does."""

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
        """Keep a new code of this person for this group, in place of an older one.

        `Groups.join` uses it up. Whether the address is somebody's already is not told.

        Raises NotFound (no such official group), BadRequest (no domain of the group), Forbidden
        (banned), AlreadyMember, RateLimited (a cap is reached; then nothing is counted).
        """

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
        """Let somebody in by an operator's word, with a role.

        Raises what `Groups.join` raises, and Conflict for an owner where there is one.
        """
