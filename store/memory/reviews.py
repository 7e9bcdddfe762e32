"""Papers of applicants in memory."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from engine.errors import AlreadyMember, Forbidden, NotFound, RateLimited
from engine.ids import AccountId, FileId, GroupId, ReviewId
from engine.limits_files import UPLOAD_UNCLAIMED_MS
from engine.model.blob import BlobKey, Shelf
from engine.model.entry import Standing, members_max
from engine.model.group import GroupType, Membership, MemberState, Visibility
from engine.model.look import Look
from engine.model.policy import GroupPolicy
from engine.model.review import (
    Paper,
    RefusalReason,
    Review,
    ReviewCase,
    ReviewHead,
    ReviewState,
    check_again,
)
from engine.ports.blobs import Blobs
from engine.ports.outbox import NoticeKind
from engine.ports.reviews import NewReview
from store.bundle import Chance
from store.memory.admissions import MemoryAdmissions
from store.memory.file_rows import ReviewRow
from store.memory.groups import MemoryGroups
from store.memory.state import Memory

DAY_MS = 86_400_000


class MemoryReviews:
    """Papers until they are decided; engine.ports.reviews.Reviews."""

    def __init__(self, memory: Memory, groups: MemoryGroups, blobs: Blobs, chance: Chance) -> None:
        self._memory = memory
        self._groups = groups
        self._admissions = MemoryAdmissions(memory, groups)
        self._blobs = blobs
        self._chance = chance

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
        """Ask to come in by a paper: a pending membership. Another paper replaces the first."""
        self._check_door(group, account, policy, now_ms)
        name, files = FileId(self._chance.fresh_id()), self._memory.files
        key = BlobKey(Shelf.DOCUMENTS, name)
        files.doomed[key] = now_ms + UPLOAD_UNCLAIMED_MS
        await self._blobs.put(key, paper.data)
        held = self._check_door(group, account, policy, now_ms)
        if held is None:
            entered = self._groups.admit(
                group,
                new.member,
                account,
                new.profile,
                members_max=members_max(GroupType.OFFICIAL, policy),
                policy=policy,
                now_ms=now_ms,
                standing=Standing.PAPER,
            )
            files.reviews[group, account] = ReviewRow(
                new.review, group, account, now_ms, name, paper.kind
            )
        else:
            files.drop_paper(held)
            held.name, held.kind = name, paper.kind
            row = self._memory.members[group, account]
            entered = Membership(row.member, group, row.state, row.role, row.profile.nickname)
        del files.doomed[key]
        return entered

    async def mine(self, group: GroupId, account: AccountId) -> Review:
        """Return how one's own paper stands; raises NotFound."""
        await trio.lowlevel.checkpoint()
        row = self._memory.files.reviews.get((group, account))
        if row is None:
            raise NotFound
        return Review(row.state, row.reason, row.at)

    async def waiting(self, *, after: ReviewId | None, limit: int) -> Sequence[ReviewHead]:
        """Open reviews, the oldest first."""
        await trio.lowlevel.checkpoint()
        rows = sorted(self._open(), key=lambda row: (row.at, row.review))
        behind = next((place for place, row in enumerate(rows, 1) if row.review == after), 0)
        return [self._head(row) for row in rows[behind : behind + limit]]

    async def read(self, review: ReviewId, look: Look, *, now_ms: int) -> ReviewCase:
        """Return an open review with its paper; the look is logged first."""
        row = self._read(review, look, "paper read", now_ms)
        data = await self._blobs.get(BlobKey(Shelf.DOCUMENTS, row.name))
        nickname = self._memory.members[row.group, row.account].profile.nickname
        return ReviewCase(self._head(row), nickname, Paper(row.kind, data))

    async def decide(
        self,
        review: ReviewId,
        refusal: RefusalReason | None,
        look: Look,
        policy: GroupPolicy,
        *,
        now_ms: int,
    ) -> None:
        """Let the applicant in, or say why not; their paper is destroyed."""
        await trio.lowlevel.checkpoint()
        row = self._find(review)
        place = self._memory.members[row.group, row.account]
        state = ReviewState.ADMITTED if refusal is None else ReviewState.REFUSED
        if refusal is None:
            self._admissions.admit_applicant(place, policy, now_ms=now_ms)
        else:
            place.state = MemberState.LEFT
        self._read(review, look, f"paper {refusal or state}", now_ms)
        self._settle(row, state, refusal, now_ms)

    async def expire_due(self, policy: GroupPolicy, *, now_ms: int) -> int:
        """End some reviews that nobody decided in time; return how many."""
        await trio.lowlevel.checkpoint()
        before_ms = now_ms - policy.proofs.paper_days * DAY_MS
        due = [row for row in self._open() if row.at <= before_ms]
        for row in due:
            self._memory.members[row.group, row.account].state = MemberState.LEFT
            self._settle(row, ReviewState.EXPIRED, None, now_ms)
        return len(due)

    def _check_door(
        self, group: GroupId, account: AccountId, policy: GroupPolicy, now_ms: int
    ) -> ReviewRow | None:
        """Return the open review that is there already; raises what stands in the way."""
        self._groups.check_active(account)
        row, held = self._memory.groups.get(group), self._memory.members.get((group, account))
        mine = None if held is None else held.state
        if row is None or row.ended or row.type is not GroupType.OFFICIAL:
            raise NotFound
        if row.draft.visibility is not Visibility.PUBLIC and mine is not MemberState.PENDING:
            raise NotFound
        if self._groups.keeps_out(group, account):
            raise Forbidden("you are banned from this group")
        if mine is MemberState.ACTIVE:
            raise AlreadyMember
        review = self._memory.files.reviews.get((group, account))
        if review is not None and review.state is ReviewState.OPEN:
            return review
        refused = review is not None and review.state is ReviewState.REFUSED
        check_again(
            review.decided_at if review is not None and refused else None,
            policy.proofs,
            now_ms=now_ms,
        )
        if sum(one.account == account for one in self._open()) >= policy.proofs.papers_open_max:
            raise RateLimited("too many papers wait for an answer", retry_after_ms=DAY_MS)
        return None

    def _open(self) -> list[ReviewRow]:
        rows = self._memory.files.reviews.values()
        return [row for row in rows if row.state is ReviewState.OPEN]

    def _find(self, review: ReviewId) -> ReviewRow:
        row = next((one for one in self._open() if one.review == review), None)
        if row is None:
            raise NotFound("there is no such open review")
        return row

    def _read(self, review: ReviewId, look: Look, deed: str, now_ms: int) -> ReviewRow:
        row = self._find(review)
        self._memory.log_look(look, f"{review} {row.account}", deed, now_ms=now_ms)
        return row

    def _settle(
        self, row: ReviewRow, state: ReviewState, reason: RefusalReason | None, now_ms: int
    ) -> None:
        self._memory.files.drop_paper(row)
        row.state, row.reason, row.decided_at = state, reason, now_ms
        content: dict[str, object] = {"group": row.group, "outcome": state.value}
        if reason is not None:
            content["reason"] = reason.value
        self._memory.tell(NoticeKind.REVIEWED, content, due_ms=now_ms, account=row.account)

    def _head(self, row: ReviewRow) -> ReviewHead:
        name = self._memory.groups[row.group].draft.name
        return ReviewHead(row.review, row.group, name, row.at)
