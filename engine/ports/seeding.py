"""Port: filling a dev or bench store with people quickly; never used in production."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.ids import AccountId, DeviceId, GroupId, MemberId, RoomId
from engine.model.account import Gender
from engine.model.policy import GroupPolicy


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """How many people in how many groups, and the rooms between them."""

    users: int
    groups: int
    pairs: bool = False
    room_size: int = 0
    policy: GroupPolicy = field(default_factory=GroupPolicy)  # of its groups


@dataclass(frozen=True, slots=True)
class SeededUser:
    """One seeded person; `room` is shared by both of a pair or by all of a group room."""

    number: int
    account: AccountId
    device: DeviceId
    group: GroupId
    member: MemberId
    room: RoomId | None


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A person of the demo group; bots answer and are marked as such."""

    nickname: str
    birth_year: int
    gender: Gender
    bio: str
    interests: tuple[str, ...]


class Seeding(Protocol):
    """Bulk creation, one transaction a call."""

    async def seed(self, plan: SeedPlan, *, now_ms: int) -> Sequence[SeededUser]:
        """Make the people, their groups, and with `pairs` or `room_size` their rooms."""

    async def demo_group(
        self, name: str, description: str, bots: Sequence[DemoPerson], *, now_ms: int
    ) -> tuple[GroupId, Sequence[AccountId]] | None:
        """Make the demo group once; None if it is there already."""

    async def bot_accounts(self) -> Sequence[AccountId]:
        """All accounts that are bots."""

    async def likes_of_bots(
        self, *, limit: int
    ) -> Sequence[tuple[AccountId, GroupId, MemberId, str]]:
        """Open likes that a bot has received and not returned: (bot, group, liker, intent)."""
