"""Port: groups of a place, which end by themselves, and the record of looks at positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from engine.ids import AccountId, GroupId, MemberId
from engine.model.group import GroupDraft, MemberProfile, Role
from engine.model.place import PlaceSeen
from engine.model.policy import GroupPolicy


class Source(StrEnum):
    """How it was learned where somebody is."""

    GPS = "gps"
    QR = "qr"


@dataclass(frozen=True, slots=True)
class LocationAct:
    """That somebody's location was looked at: how, and when. Where it was is not in it."""

    account: AccountId | None  # None: they are erased
    source: Source
    at: int  # ms


class Places(Protocol):
    """Groups of places. `Groups.join` lets in who is there."""

    async def create(
        self,
        group: GroupId,
        member: MemberId,
        owner: AccountId,
        draft: GroupDraft,
        profile: MemberProfile,
        seen: PlaceSeen,
        policy: GroupPolicy,
        *,
        now_ms: int,
    ) -> None:
        """Make a group of a place, its owner in it; raises RateLimited, ConsentRequired."""

    async def get(self, group: GroupId, viewer: AccountId) -> PlaceSeen:
        """Return where a group is, to whom the group is there for; raises NotFound."""

    async def role(self, group: GroupId, viewer: AccountId) -> Role:
        """Return the role of a member of a group of a place; raises NotFound for others."""

    async def end_due(self, *, now_ms: int) -> int:
        """End groups whose hour has come, a bounded part of them; return how many."""

    async def acts(self, account: AccountId) -> Sequence[LocationAct]:
        """Return when somebody's location was looked at, the oldest first."""

    async def purge(self, policy: GroupPolicy, *, now_ms: int) -> int:
        """Forget looks that are old enough, and used codes that are too old anyway."""
