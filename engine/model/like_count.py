"""How many like somebody: in bands, late, at few moments, and never of less than three people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.model.policy import LikePolicy


class CountBand(StrEnum):
    """Roughly how many; None in its place means that nothing is said."""

    A_FEW = "a_few"
    SEVERAL = "several"
    MANY = "many"


@dataclass(frozen=True, slots=True)
class Release:
    """A moment at which counts change, and which likes are in them.

    A like counts from `from_ms` on and before `until_ms`, by its own time alone: that its sender
    leaves, deletes their account or is blocked changes nothing until it has become too old, so
    that no two releases differ by what an observer has seen happen to one member.
    """

    at_ms: int
    from_ms: int
    until_ms: int


def release_of(now_ms: int, policy: LikePolicy) -> Release:
    """Return the newest release at a moment."""
    every_ms = policy.count_every_s * 1000
    at_ms = now_ms // every_ms * every_ms
    until_ms = at_ms - policy.count_delay_s * 1000
    return Release(at_ms, until_ms - policy.count_for_s * 1000, until_ms)


def next_release_ms(now_ms: int, policy: LikePolicy) -> int:
    """Return when the counts change again."""
    return release_of(now_ms, policy).at_ms + policy.count_every_s * 1000


def count_band(likers: int, members: int, policy: LikePolicy) -> CountBand | None:
    """Return what a member is told, if anything, in a group of `members`."""
    if likers < policy.count_likers_min or members < policy.count_members_min:
        return None
    if likers < policy.count_several_min:
        return CountBand.A_FEW
    return CountBand.SEVERAL if likers < policy.count_many_min else CountBand.MANY
