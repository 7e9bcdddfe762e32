"""Port: how people show themselves in each of their groups."""

from __future__ import annotations

from typing import Protocol

from engine.ids import AccountId, GroupId
from engine.model.policy import GroupPolicy
from engine.model.profile_change import OwnProfile, ProfileChange


class Profiles(Protocol):
    """One's own profile in a group, apart from all others."""

    async def mine(self, group: GroupId, account: AccountId) -> OwnProfile:
        """Return one's profile, be it while one still asks to come in; raises NotFound."""

    async def change(
        self,
        group: GroupId,
        account: AccountId,
        change: ProfileChange,
        policy: GroupPolicy,
        *,
        now_ms: int,
    ) -> OwnProfile:
        """Change one's profile; return what it is now.

        The group's room shows a new nickname from its next `room.open` on; matches and what was
        said keep the name under which they came about.

        Raises NotFound for who is not in the group, BadRequest, ContactTooSoon and RateLimited as
        `changed_profile`, Conflict for a nickname that looks like that of another member.
        """
