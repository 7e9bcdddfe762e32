"""Likes and matches in PostgreSQL: decided by the engine while both people are locked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import CidConflict, NotFound
from engine.ids import AccountId, LikeId, MatchId, RoomId
from engine.model.account import Gender
from engine.model.like import (
    LikeDecision,
    LikeFacts,
    LikeReceipt,
    LikeRequest,
    Match,
    decide_like,
    next_tick_ms,
)
from engine.model.policy import Policy
from engine.ports.likes import FreshIds
from engine.ports.outbox import NoticeKind
from store.connection import Connection, Record
from store.days import day_start_ms
from store.postgres.ending import end_match
from store.postgres.outbox import tell
from store.postgres.pool import Postgres
from store.vault import Vault

FIRST = """
SELECT like_id, group_id, target_member, intent, super, left_today, credits
FROM likes WHERE sender_id = $1 AND cid = $2
"""

# In the order of their ids: two people who like each other at once lock in the same order, so the
# second one waits and then sees the first like. Each has locked only their own account before.
LOCK_BOTH = """
SELECT member_id, account_id, state, nickname FROM memberships
WHERE (group_id = $1 AND account_id = $2) OR (member_id = $3 AND group_id = $1)
ORDER BY member_id FOR UPDATE
"""

FACTS = """
SELECT
    g.females - coalesce(h.hidden_females, 0) AS females,
    g.males - coalesce(h.hidden_males, 0) AS males,
    g.others - coalesce(h.hidden_others, 0) AS others,
    (SELECT a.state = 'active' FROM accounts a WHERE a.account_id = $3)
        AND NOT EXISTS (SELECT FROM hidden_people h
            WHERE h.viewer_id = $2 AND h.account_id = $3) AS target_active,
    (SELECT max(l.at) FROM likes l WHERE l.sender_id = $2 AND l.target_id = $3) AS liked_at,
    (SELECT count(*) FROM likes l WHERE l.sender_id = $2 AND l.at >= $5) AS likes_today,
    EXISTS (SELECT FROM matches m WHERE m.group_id = $1 AND m.low_id = least($2, $3)
        AND m.high_id = greatest($2, $3) AND m.ended_at IS NULL) AS matched,
    EXISTS (SELECT FROM likes l WHERE l.group_id = $1 AND l.sender_id = $3 AND l.target_id = $2
        AND l.state = 'open' AND l.intent = $4) AS mutual
FROM groups g LEFT JOIN hidden_sides h ON h.viewer_id = $2 AND h.group_id = g.group_id
WHERE g.group_id = $1 AND g.ended_at IS NULL
"""

# A like may be given again after the cool-down while the last one is still open.
REPLACE_OPEN = """
UPDATE likes SET state = 'ended'
WHERE group_id = $1 AND sender_id = $2 AND target_id = $3 AND state = 'open'
"""

KEEP = """
INSERT INTO likes (like_id, group_id, sender_id, target_id, sender_member, target_member, intent,
    super, cid, at, state, left_today, credits)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', $11, $12)
"""

MATCHES = """
SELECT m.match_id, m.room_id, m.group_id, m.visible_at, m.ended_at, p.alias, p.nickname
FROM room_members o
JOIN matches m ON m.room_id = o.room_id
JOIN room_members p ON p.room_id = o.room_id AND p.alias <> o.alias
WHERE o.account_id = $1 AND m.visible_at <= $2
    AND ($3::text IS NULL OR (m.visible_at, m.match_id)
        < (SELECT c.visible_at, c.match_id FROM matches c WHERE c.match_id = $3))
ORDER BY m.visible_at DESC, m.match_id DESC LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class _Side:
    account: AccountId
    member: str
    nickname: str
    alias: str


class PgLikes:
    """Likes that leak nothing; engine.ports.likes.Likes."""

    def __init__(self, postgres: Postgres, vault: Vault) -> None:
        self._postgres = postgres
        self._vault = vault

    async def place(
        self, request: LikeRequest, ids: FreshIds, policy: Policy, *, now_ms: int
    ) -> LikeReceipt:
        """Store the like, and with a mutual one exactly one match, its room and both notices."""
        # Made in any case: whether there is a match is not known yet, and costs the same.
        key = self._vault.new_room_key(ids.room)
        return await self._postgres.run(_place, request, ids, policy, key, now_ms)

    async def matches(
        self, account: AccountId, *, now_ms: int, after: MatchId | None, limit: int
    ) -> Sequence[Match]:
        """Own matches that have been told, newest first."""
        rows = await self._postgres.once(_matches, account, now_ms, after, limit)
        return [
            Match(
                match=row["match_id"],
                room=row["room_id"],
                group=row["group_id"],
                peer=row["alias"],
                peer_nickname=row["nickname"],
                at=row["visible_at"],
                open=row["ended_at"] is None,
            )
            for row in rows
        ]

    async def room_of(self, match: MatchId, *, now_ms: int) -> RoomId:
        """Return the room of a match that was told; raises NotFound."""
        room = await self._postgres.once(_room_of, match, now_ms)
        if room is None:
            raise NotFound("there is no such match")
        return room

    async def end_match(self, match: MatchId, account: AccountId, *, now_ms: int) -> None:
        """End an own match: its room is closed for both at once; raises NotFound. Repeatable."""
        await self._postgres.run(_end_own, match, account, now_ms)


async def _place(
    db: Connection,
    request: LikeRequest,
    ids: FreshIds,
    policy: Policy,
    room_key: bytes,
    now_ms: int,
) -> LikeReceipt:
    sender = await db.fetchrow(
        """
        SELECT state, credits, coalesce(premium_until, 0) > $2 AS premium FROM accounts
        WHERE account_id = $1 FOR NO KEY UPDATE
        """,
        request.sender,
        now_ms,
    )
    if sender is None:
        raise NotFound
    first = await db.fetchrow(FIRST, request.sender, request.cid)
    if first is not None:
        return _repeated(first, request)
    mine, theirs = await _lock_both(db, request, ids)
    facts = await _facts(db, request, theirs.account, sender, policy, now_ms)
    decision = decide_like(facts, request, policy, now_ms=now_ms)
    await _keep(db, request, ids.like, mine, theirs, decision, now_ms)
    if decision.match:
        at = next_tick_ms(now_ms, tick_s=policy.likes.match_tick_s)
        await _match(db, request, ids, (mine, theirs), room_key, at)
    return LikeReceipt(ids.like, decision.left_today, decision.credits)


def _repeated(first: Record, request: LikeRequest) -> LikeReceipt:
    said = (request.group, request.member, request.intent.value, request.super)
    if said != (first["group_id"], first["target_member"], first["intent"], first["super"]):
        raise CidConflict
    return LikeReceipt(LikeId(first["like_id"]), first["left_today"], first["credits"])


async def _lock_both(db: Connection, request: LikeRequest, ids: FreshIds) -> tuple[_Side, _Side]:
    rows = await db.fetch(LOCK_BOTH, request.group, request.sender, request.member)
    mine = theirs = None
    for row in rows:
        if row["state"] != "active":
            continue
        if row["account_id"] == request.sender:
            mine = _Side(row["account_id"], row["member_id"], row["nickname"], ids.sender_alias)
        if row["member_id"] == request.member:
            theirs = _Side(row["account_id"], row["member_id"], row["nickname"], ids.target_alias)
    if mine is None or theirs is None:
        raise NotFound("there is no such member")
    return mine, theirs


async def _facts(
    db: Connection,
    request: LikeRequest,
    target: AccountId,
    sender: Record,
    policy: Policy,
    now_ms: int,
) -> LikeFacts:
    today_ms = day_start_ms(now_ms, policy.timezone)
    row = await db.fetchrow(
        FACTS, request.group, request.sender, target, request.intent.value, today_ms
    )
    if row is None:
        raise NotFound("there is no such member")
    sides = {
        Gender.FEMALE: row["females"],
        Gender.MALE: row["males"],
        Gender.OTHER: row["others"],
    }
    return LikeFacts(
        sender_active=sender["state"] == "active",
        target_active=row["target_active"],
        oneself=target == request.sender,
        members=sum(sides.values()),
        per_side=sides,
        liked_at_ms=row["liked_at"],
        matched=row["matched"],
        likes_today=row["likes_today"],
        credits=sender["credits"],
        premium=sender["premium"],
        mutual=row["mutual"],
    )


async def _keep(
    db: Connection,
    request: LikeRequest,
    like: LikeId,
    mine: _Side,
    theirs: _Side,
    decision: LikeDecision,
    now_ms: int,
) -> None:
    await db.execute(REPLACE_OPEN, request.group, mine.account, theirs.account)
    await db.execute(
        KEEP,
        like,
        request.group,
        mine.account,
        theirs.account,
        mine.member,
        theirs.member,
        request.intent.value,
        request.super,
        request.cid,
        now_ms,
        decision.left_today,
        decision.credits,
    )
    if decision.cost:
        await db.execute(
            "UPDATE accounts SET credits = credits - $2 WHERE account_id = $1",
            mine.account,
            decision.cost,
        )


async def _match(
    db: Connection,
    request: LikeRequest,
    ids: FreshIds,
    sides: tuple[_Side, _Side],
    room_key: bytes,
    at: int,
) -> None:
    low, high = sorted(side.account for side in sides)
    await db.execute(
        """
        UPDATE likes SET state = 'matched' WHERE group_id = $1 AND state = 'open'
            AND ((sender_id = $2 AND target_id = $3) OR (sender_id = $3 AND target_id = $2))
        """,
        request.group,
        low,
        high,
    )
    await db.execute(
        """
        INSERT INTO rooms (room_id, kind, group_id, visible_at, last_at, key_wrapped)
        VALUES ($1, 'match', $2, $3, $3, $4)
        """,
        ids.room,
        request.group,
        at,
        room_key,
    )
    await db.execute(
        """
        INSERT INTO matches (match_id, group_id, room_id, low_id, high_id, visible_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        ids.match,
        request.group,
        ids.room,
        low,
        high,
        at,
    )
    for me, peer in (sides, sides[::-1]):
        await db.execute(
            """
            INSERT INTO room_members (room_id, alias, account_id, nickname, joined_at)
            VALUES ($1, $2, $3, $4, $5)
            """,
            ids.room,
            me.alias,
            me.account,
            me.nickname,
            at,
        )
        content: dict[str, object] = {
            "match": ids.match,
            "room": ids.room,
            "group": request.group,
            "peer": {"alias": peer.alias, "nickname": peer.nickname},
            "at": at,
        }
        await tell(db, NoticeKind.MATCH, content, due_ms=at, account=me.account)


async def _matches(
    db: Connection, account: AccountId, now_ms: int, after: MatchId | None, limit: int
) -> list[Record]:
    return await db.fetch(MATCHES, account, now_ms, after, limit)


async def _room_of(db: Connection, match: MatchId, now_ms: int) -> RoomId | None:
    room: RoomId | None = await db.fetchval(
        "SELECT room_id FROM matches WHERE match_id = $1 AND visible_at <= $2", match, now_ms
    )
    return room


async def _end_own(db: Connection, match: MatchId, account: AccountId, now_ms: int) -> None:
    row = await db.fetchrow(
        """
        SELECT room_id, ended_at FROM matches
        WHERE match_id = $1 AND (low_id = $2 OR high_id = $2) AND visible_at <= $3 FOR UPDATE
        """,
        match,
        account,
        now_ms,
    )
    if row is None:
        raise NotFound
    if row["ended_at"] is None:
        await end_match(db, match, row["room_id"], now_ms)
