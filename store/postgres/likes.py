"""Likes and matches in PostgreSQL: decided by the engine while both people are locked."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import NotFound, Refused
from engine.ids import AccountId, GroupId, LikeId, MatchId, RoomId
from engine.model.like import (
    Intent,
    LikeReceipt,
    LikeRequest,
    Match,
    SentLike,
    ShownLike,
    left_today,
)
from engine.model.like_count import CountBand
from engine.model.like_undo import TakeBack
from engine.model.policy import Policy
from engine.ports.likes import Allowance, FreshIds
from store.connection import Connection, Record
from store.days import day_start_ms
from store.postgres.ending import end_match
from store.postgres.like_batch import open_line, place_all
from store.postgres.like_counts import COUNT, RELEASE_S_MAX, release
from store.postgres.like_undo import take_back
from store.postgres.pool import Postgres
from store.vault import Vault

MATCHES = """
SELECT m.match_id, m.room_id, m.group_id, m.visible_at, m.ended_at, p.alias, p.nickname,
    l.like_id, l.line_sealed
FROM room_members o
JOIN matches m ON m.room_id = o.room_id
JOIN room_members p ON p.room_id = o.room_id AND p.alias <> o.alias
LEFT JOIN likes l ON l.sender_id = p.account_id AND l.target_id = o.account_id
    AND l.match_id = m.match_id AND l.line_sealed IS NOT NULL
WHERE o.account_id = $1 AND m.visible_at <= $2
    AND ($3::text IS NULL OR (m.visible_at, m.match_id)
        < (SELECT c.visible_at, c.match_id FROM matches c WHERE c.match_id = $3))
ORDER BY m.visible_at DESC, m.match_id DESC LIMIT $4
"""


SENT = """
SELECT l.like_id, l.target_member, l.intent, l.super, l.shown, l.at FROM likes l
WHERE l.sender_id = $1 AND l.group_id = $2
    AND (l.state = 'open' OR (l.state = 'matched' AND l.told_at > $3))
    AND ($4::text IS NULL OR (l.at, l.like_id)
        < (SELECT c.at, c.like_id FROM likes c WHERE c.like_id = $4))
ORDER BY l.at DESC, l.like_id DESC LIMIT $5
"""

SHOWN = """
SELECT m.member_id, m.nickname, l.intent, l.super FROM likes l
JOIN memberships m ON m.group_id = l.group_id AND m.account_id = l.sender_id AND m.state = 'active'
JOIN accounts a ON a.account_id = l.sender_id AND a.state = 'active'
WHERE l.target_id = $1 AND l.group_id = $2 AND l.state = 'open' AND l.shown AND l.at < $3
    AND l.sender_id NOT IN (SELECT h.account_id FROM hidden_people h WHERE h.viewer_id = $1)
ORDER BY m.member_id LIMIT $4
"""

ALLOWANCE = """
SELECT a.credits, coalesce(a.premium_until, 0) > $2 AS premium,
    count(l.like_id) AS likes_today, count(l.like_id) FILTER (WHERE l.super) AS supers_today
FROM accounts a LEFT JOIN likes l ON l.sender_id = a.account_id AND l.at >= $3
WHERE a.account_id = $1 GROUP BY a.account_id
"""


class PgLikes:
    """Likes that leak nothing; engine.ports.likes.Likes."""

    def __init__(self, postgres: Postgres, vault: Vault) -> None:
        self._postgres = postgres
        self._vault = vault

    async def place(
        self, wishes: Sequence[tuple[LikeRequest, FreshIds]], policy: Policy, *, now_ms: int
    ) -> Sequence[LikeReceipt | Refused]:
        """Store likes, and with each mutual one exactly one match, its room and both notices."""
        if not wishes:
            return []
        return await self._postgres.run(place_all, wishes, policy, self._vault, now_ms)

    async def take_back(
        self, account: AccountId, like: LikeId, how: TakeBack, policy: Policy, *, now_ms: int
    ) -> Allowance:
        """Undo or cancel an own like."""
        await self._postgres.run(take_back, account, like, how, policy, now_ms)
        return await self.allowance(account, policy, now_ms=now_ms)

    async def allowance(self, account: AccountId, policy: Policy, *, now_ms: int) -> Allowance:
        """Say what somebody can still do today."""
        today_ms = day_start_ms(now_ms, policy.timezone)
        row = await self._postgres.once(_row, ALLOWANCE, account, now_ms, today_ms)
        if row is None:
            raise NotFound
        supers = policy.likes.supers_per_day_max - row["supers_today"] if row["premium"] else 0
        left = left_today(row["likes_today"], policy.likes)
        return Allowance(left, max(0, supers), row["credits"])

    async def sent(
        self, account: AccountId, group: GroupId, *, now_ms: int, after: LikeId | None, limit: int
    ) -> Sequence[SentLike]:
        """Own open likes of a group, newest first; one that matched counts as open until told."""
        rows = await self._postgres.once(_rows, SENT, account, group, now_ms, after, limit)
        return [
            SentLike(
                row["like_id"],
                row["target_member"],
                Intent(row["intent"]),
                row["super"],
                row["shown"],
                row["at"],
            )
            for row in rows
        ]

    async def shown(
        self, account: AccountId, group: GroupId, *, before_ms: int, limit: int
    ) -> Sequence[ShownLike]:
        """Open likes for somebody that their senders let them see, by member id."""
        rows = await self._postgres.once(_rows, SHOWN, account, group, before_ms, limit)
        return [
            ShownLike(row["member_id"], row["nickname"], Intent(row["intent"]), row["super"])
            for row in rows
        ]

    async def release(self, policy: Policy, *, now_ms: int) -> int:
        """Release the counts of likers if it is time, once; return how many people are told."""
        return await self._postgres.run(release, policy.likes, now_ms, within_s=RELEASE_S_MAX)

    async def count(self, account: AccountId, group: GroupId) -> CountBand | None:
        """What the newest release said to a member; raises NotFound for who is not in."""
        row = await self._postgres.once(_row, COUNT, account, group)
        if row is None:
            raise NotFound
        return None if row["band"] is None else CountBand(row["band"])

    async def matches(
        self, account: AccountId, *, now_ms: int, after: MatchId | None, limit: int
    ) -> Sequence[Match]:
        """Own matches that have been told, newest first."""
        rows = await self._postgres.once(_rows, MATCHES, account, now_ms, after, limit)
        return [
            Match(
                match=row["match_id"],
                room=row["room_id"],
                group=row["group_id"],
                peer=row["alias"],
                peer_nickname=row["nickname"],
                at=row["visible_at"],
                open=row["ended_at"] is None,
                line=open_line(self._vault, row["like_id"], row["line_sealed"]),
            )
            for row in rows
        ]

    async def room_of(self, match: MatchId, *, now_ms: int) -> RoomId:
        """Return the room of a match that was told; raises NotFound, worded as that room does."""
        room = await self._postgres.once(_room_of, match, now_ms)
        if room is None:
            raise NotFound("there is no such room")
        return room

    async def end_match(self, match: MatchId, account: AccountId, *, now_ms: int) -> None:
        """End an own match: its room is closed for both at once; raises NotFound. Repeatable."""
        await self._postgres.run(_end_own, match, account, now_ms)


async def _rows(db: Connection, sql: str, *args: object) -> list[Record]:
    return await db.fetch(sql, *args)


async def _row(db: Connection, sql: str, *args: object) -> Record | None:
    return await db.fetchrow(sql, *args)


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
