"""Changing how one shows oneself in a group: what may change there, and how often."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import BadRequest, RateLimited
from engine.model.group import GroupType, MemberProfile, make_member_profile
from engine.model.policy import GroupPolicy


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What is to be another than it is; None stays. The nickname is clean already."""

    nickname: str | None = None
    bio: str | None = None
    interests: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class OwnProfile:
    """One's own profile in a group, and when its nickname was last changed."""

    profile: MemberProfile
    renamed_at: int | None

    def free_at(self, policy: GroupPolicy) -> int | None:
        """Return when the nickname may be changed again, in ms; None where it never was changed."""
        if self.renamed_at is None:
            return None
        return self.renamed_at + policy.nickname_keeps_s * 1000


def changed_profile(
    kind: GroupType, own: OwnProfile, change: ProfileChange, policy: GroupPolicy, *, now_ms: int
) -> OwnProfile:
    """Return the profile after a change; raises BadRequest, ContactTooSoon, RateLimited.

    At a meeting there is a nickname and nothing else. A nickname stays for a while: others know
    people by it, and who changes theirs every day is known to nobody.
    """
    if kind is GroupType.INSTANCE and (change.bio or change.interests):
        raise BadRequest("at a meeting one has a nickname only")
    now = own.profile
    new = make_member_profile(
        now.nickname if change.nickname is None else change.nickname,
        now.bio if change.bio is None else change.bio,
        now.interests if change.interests is None else change.interests,
    )
    if new.nickname == now.nickname:
        return OwnProfile(new, own.renamed_at)
    free_at = own.free_at(policy)
    if free_at is not None and now_ms < free_at:
        raise RateLimited(
            "a nickname stays for a while before it can be changed again",
            retry_after_ms=free_at - now_ms,
        )
    return OwnProfile(new, now_ms)
