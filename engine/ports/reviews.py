"""Port: papers that show who belongs to an official group, until an operator has looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.ids import AccountId, GroupId, MemberId, ReviewId
from engine.model.group import MemberProfile, Membership
from engine.model.look import Look
from engine.model.policy import GroupPolicy
from engine.model.review import Paper, RefusalReason, Review, ReviewCase, ReviewHead


@dataclass(frozen=True, slots=True)
class NewReview:
    """Who asks to come in, under which names."""

    review: ReviewId
    member: MemberId
    profile: MemberProfile


class Reviews(Protocol):
    """Each paper is sealed with a key of its own, which is destroyed with the decision."""

    async def hand_in(
        self,
        group: GroupId,
        account: AccountId,
        new: NewReview,
        paper: Paper,
        policy: GroupPolicy,
        *,
        now_ms: int,
    ) -> Membership:
        """Ask to come in by a paper: a pending membership. Another paper replaces the first.

        Raises NotFound (no such official group), Forbidden (banned), AlreadyMember, GroupFull,
        RateLimited (refused a short while ago, or too many open), Unavailable.
        """

    async def mine(self, group: GroupId, account: AccountId) -> Review:
        """Return how one's own paper stands; raises NotFound."""

    async def waiting(self, *, after: ReviewId | None, limit: int) -> Sequence[ReviewHead]:
        """Open reviews, the oldest first."""

    async def read(self, review: ReviewId, look: Look, *, now_ms: int) -> ReviewCase:
        """Return an open review with its paper, the look logged; raises NotFound, Unavailable."""

    async def decide(
        self,
        review: ReviewId,
        refusal: RefusalReason | None,
        look: Look,
        policy: GroupPolicy,
        *,
        now_ms: int,
    ) -> None:
        """Let the applicant in, or say why not; logged alike. Their paper is destroyed.

        They are told by an outbox row of kind `review.decided`. Raises NotFound for one that is
        not open, GroupFull.
        """

    async def expire_due(self, policy: GroupPolicy, *, now_ms: int) -> int:
        """End some reviews that nobody decided in time, as by refusing; return how many."""
