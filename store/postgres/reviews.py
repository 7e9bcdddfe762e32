"""Papers of applicants: the bytes in the store of files, all else in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import AlreadyMember, Forbidden, NotFound, RateLimited
from engine.ids import AccountId, GroupId, MemberId, ReviewId
from engine.limits import LIST_PAGE_MAX
from engine.model.blob import BlobKey, Shelf
from engine.model.entry import Standing
from engine.model.group import GroupType, Membership, MemberState
from engine.model.look import Look
from engine.model.picture import FileKind
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
from engine.ports.outbox import NoticeKind
from engine.ports.reviews import NewReview
from store.bundle import Chance
from store.connection import Connection, Record
from store.postgres.admissions import admit_applicant
from store.postgres.doomed import announce, claim
from store.postgres.group_rooms import NewRoom
from store.postgres.groups import new_room
from store.postgres.joining import KEPT_OUT, door_of, join_group
from store.postgres.leaving import end_membership, hold
from store.postgres.operator_log import log_look
from store.postgres.outbox import tell
from store.postgres.pool import Postgres
from store.sealed_files import SealedFiles
from store.vault import Vault

DAY_MS = 86_400_000

DOOR = """
SELECT g.type, g.entry, g.visibility, m.state AS mine, m.member_id, m.role, m.nickname,
    v.review_id, v.state, v.decided_at
FROM groups g LEFT JOIN memberships m ON m.group_id = g.group_id AND m.account_id = $2
LEFT JOIN group_reviews v ON v.group_id = g.group_id AND v.account_id = $2
WHERE g.group_id = $1 AND g.ended_at IS NULL
"""

OPEN_OF = "SELECT count(*) FROM group_reviews WHERE account_id = $1 AND state = 'open'"

KEEP_REVIEW = """
INSERT INTO group_reviews (review_id, group_id, account_id, state, at)
VALUES ($1, $2, $3, 'open', $4)
ON CONFLICT (group_id, account_id) DO UPDATE SET review_id = excluded.review_id,
    state = 'open', reason = NULL, at = excluded.at, decided_at = NULL
"""

DROP_PAPER = "DELETE FROM review_papers WHERE review_id = $1"

KEEP_PAPER = """
INSERT INTO review_papers (review_id, name, kind, key_wrapped) VALUES ($1, $2, $3, $4)
"""

MINE = "SELECT state, reason, at FROM group_reviews WHERE group_id = $1 AND account_id = $2"

WAITING = """
SELECT v.review_id, v.group_id, v.at, g.name AS group_name
FROM group_reviews v JOIN groups g USING (group_id)
WHERE v.state = 'open' AND (v.at, v.review_id)
    > (coalesce((SELECT at FROM group_reviews WHERE review_id = $1), -1), coalesce($1, ''))
ORDER BY v.at, v.review_id LIMIT $2
"""

CASE = """
SELECT v.review_id, v.group_id, v.account_id, v.at, g.name AS group_name, m.nickname,
    p.name, p.kind, p.key_wrapped
FROM group_reviews v JOIN groups g USING (group_id)
JOIN memberships m USING (group_id, account_id) JOIN review_papers p USING (review_id)
WHERE v.review_id = $1 AND v.state = 'open'
"""

# Whose account is about to go is neither let in nor told.
WHOSE = """
SELECT a.account_id FROM accounts a JOIN group_reviews v USING (account_id)
WHERE v.review_id = $1 FOR NO KEY UPDATE OF a
"""

DECIDE = """
UPDATE group_reviews SET state = $2, reason = $3, decided_at = $4 WHERE review_id = $1
"""

DUE = "SELECT review_id FROM group_reviews WHERE state = 'open' AND at <= $1 ORDER BY at LIMIT $2"


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who hands in what, where its file lies, and what opens it."""

    group: GroupId
    account: AccountId
    new: NewReview
    key: BlobKey
    kind: FileKind
    now_ms: int


class PgReviews:
    """Papers until they are decided; engine.ports.reviews.Reviews."""

    def __init__(
        self, postgres: Postgres, files: SealedFiles, vault: Vault, chance: Chance
    ) -> None:
        self._postgres = postgres
        self._files = files
        self._vault = vault
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
        key = BlobKey(Shelf.DOCUMENTS, self._chance.fresh_id())
        asking = _Asking(group, account, new, key, paper.kind, now_ms)
        await self._postgres.run(_announce, asking, policy)
        wrapped = await self._files.put(key, paper.data)
        room = new_room(self._vault, self._chance)
        return await self._postgres.run(_keep, asking, wrapped, room, policy)

    async def mine(self, group: GroupId, account: AccountId) -> Review:
        """Return how one's own paper stands; raises NotFound."""
        row = await self._postgres.once(_mine, group, account)
        if row is None:
            raise NotFound
        reason = None if row["reason"] is None else RefusalReason(row["reason"])
        return Review(ReviewState(row["state"]), reason, row["at"])

    async def waiting(self, *, after: ReviewId | None, limit: int) -> Sequence[ReviewHead]:
        """Open reviews, the oldest first."""
        return [_head(row) for row in await self._postgres.once(_waiting, after, limit)]

    async def read(self, review: ReviewId, look: Look, *, now_ms: int) -> ReviewCase:
        """Return an open review with its paper; the look is logged first."""
        row = await self._postgres.run(_read, review, look, "paper read", now_ms)
        data = await self._files.get(BlobKey(Shelf.DOCUMENTS, row["name"]), row["key_wrapped"])
        return ReviewCase(_head(row), row["nickname"], Paper(FileKind(row["kind"]), data))

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
        room = new_room(self._vault, self._chance)
        await self._postgres.run(_decide, review, refusal, look, room, policy, now_ms)

    async def expire_due(self, policy: GroupPolicy, *, now_ms: int) -> int:
        """End some reviews that nobody decided in time; return how many."""
        before_ms = now_ms - policy.proofs.paper_days * DAY_MS
        due = await self._postgres.once(_due, before_ms)
        for row in due:
            await self._postgres.run(_expire, ReviewId(row["review_id"]), now_ms)
        return len(due)


async def _check_door(db: Connection, asking: _Asking, policy: GroupPolicy) -> Record:
    """Return what stands between somebody and the group; their account is locked then."""
    await hold(db, asking.account)
    row = await db.fetchrow(DOOR, asking.group, asking.account)
    hidden = row is None or (row["visibility"] != "public" and row["mine"] != "pending")
    if row is None or hidden or row["type"] != GroupType.OFFICIAL:
        raise NotFound
    if row["mine"] == "banned" or await db.fetchval(KEPT_OUT, asking.group, asking.account):
        raise Forbidden("you are banned from this group")
    if row["mine"] == "active":
        raise AlreadyMember
    if row["state"] == ReviewState.OPEN:
        return row
    refused_at = row["decided_at"] if row["state"] == ReviewState.REFUSED else None
    check_again(refused_at, policy.proofs, now_ms=asking.now_ms)
    if await db.fetchval(OPEN_OF, asking.account) >= policy.proofs.papers_open_max:
        raise RateLimited("too many papers wait for an answer", retry_after_ms=DAY_MS)
    return row


async def _announce(db: Connection, asking: _Asking, policy: GroupPolicy) -> None:
    await _check_door(db, asking, policy)
    await announce(db, asking.key, asking.now_ms)


async def _keep(
    db: Connection, asking: _Asking, wrapped: bytes, room: NewRoom, policy: GroupPolicy
) -> Membership:
    row = await _check_door(db, asking, policy)
    group, account, new = asking.group, asking.account, asking.new
    if row["state"] == ReviewState.OPEN:
        review = ReviewId(row["review_id"])
        await db.execute(DROP_PAPER, review)
        entered = Membership(
            MemberId(row["member_id"]), group, MemberState.PENDING, row["role"], row["nickname"]
        )
    else:
        review, names = new.review, (new.member, room)
        door = door_of(row, Standing.PAPER, policy)
        entered = await join_group(db, group, names, account, new.profile, door, asking.now_ms)
        await db.execute(KEEP_REVIEW, review, group, account, asking.now_ms)
    await claim(db, asking.key)
    await db.execute(KEEP_PAPER, review, asking.key.name, asking.kind.value, wrapped)
    return entered


async def _mine(db: Connection, group: GroupId, account: AccountId) -> Record | None:
    return await db.fetchrow(MINE, group, account)


async def _waiting(db: Connection, after: ReviewId | None, limit: int) -> list[Record]:
    return await db.fetch(WAITING, after, limit)


async def _read(db: Connection, review: ReviewId, look: Look, deed: str, now_ms: int) -> Record:
    row = await db.fetchrow(CASE, review)
    if row is None:
        raise NotFound("there is no such open review")
    await log_look(db, look, f"{review} {row['account_id']}", deed, now_ms)
    return row


async def _decide(
    db: Connection,
    review: ReviewId,
    refusal: RefusalReason | None,
    look: Look,
    room: NewRoom,
    policy: GroupPolicy,
    now_ms: int,
) -> None:
    await db.execute(WHOSE, review)
    state = ReviewState.ADMITTED if refusal is None else ReviewState.REFUSED
    row = await _read(db, review, look, f"paper {refusal or state}", now_ms)
    group, account = GroupId(row["group_id"]), AccountId(row["account_id"])
    await _settle(db, row, state, refusal, now_ms)
    if refusal is not None:
        await end_membership(db, group, account, MemberState.LEFT)
        return
    await db.execute("SELECT FROM groups WHERE group_id = $1 FOR NO KEY UPDATE", group)
    await admit_applicant(db, group, account, room, policy, now_ms)


async def _expire(db: Connection, review: ReviewId, now_ms: int) -> None:
    await db.execute(WHOSE, review)
    row = await db.fetchrow(CASE, review)
    if row is None:
        return
    await _settle(db, row, ReviewState.EXPIRED, None, now_ms)
    await end_membership(
        db, GroupId(row["group_id"]), AccountId(row["account_id"]), MemberState.LEFT
    )


async def _settle(
    db: Connection, row: Record, state: ReviewState, reason: RefusalReason | None, now_ms: int
) -> None:
    """Write the end of a review, destroy its paper, and have the applicant told."""
    said = None if reason is None else reason.value
    await db.execute(DECIDE, row["review_id"], state.value, said, now_ms)
    await db.execute(DROP_PAPER, row["review_id"])
    content: dict[str, object] = {"group": row["group_id"], "outcome": state.value}
    if said is not None:
        content["reason"] = said
    await tell(db, NoticeKind.REVIEWED, content, due_ms=now_ms, account=row["account_id"])


async def _due(db: Connection, before_ms: int) -> list[Record]:
    return await db.fetch(DUE, before_ms, LIST_PAGE_MAX)


def _head(row: Record) -> ReviewHead:
    return ReviewHead(row["review_id"], row["group_id"], row["group_name"], row["at"])
