"""Likes and matches in memory."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from engine.errors import CidConflict, NotFound
from engine.ids import AccountId, MatchId, RoomId
from engine.model.group import MemberState
from engine.model.like import (
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
from engine.rooms.events import RoomKind
from store.days import day_start_ms
from store.memory.state import (
    AccountRow,
    LikeRow,
    MatchRow,
    MemberRow,
    Memory,
    RoomMemberRow,
    RoomRow,
)


class MemoryLikes:
    """Likes that leak nothing; engine.ports.likes.Likes."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def place(
        self, request: LikeRequest, ids: FreshIds, policy: Policy, *, now_ms: int
    ) -> LikeReceipt:
        """Store the like, and with a mutual one exactly one match, its room and both notices."""
        await trio.lowlevel.checkpoint()
        sender = self._memory.accounts.get(request.sender)
        if sender is None:
            raise NotFound
        first = self._memory.likes.get((request.sender, request.cid))
        if first is not None:
            if first.request != request:
                raise CidConflict
            return first.receipt
        mine, theirs = self._both(request)
        facts = self._facts(request, sender, theirs.account, policy, now_ms)
        decision = decide_like(facts, request, policy, now_ms=now_ms)
        for like in self._open_between(request, mine.account, theirs.account):
            like.state = "ended"
        receipt = LikeReceipt(ids.like, decision.left_today, decision.credits)
        row = LikeRow(ids.like, request, theirs.account, mine.member, now_ms, receipt)
        self._memory.likes[request.sender, request.cid] = row
        sender.credits = decision.credits
        if decision.match:
            at = next_tick_ms(now_ms, tick_s=policy.likes.match_tick_s)
            self._match(request, ids, mine, theirs, at)
        return receipt

    async def matches(
        self, account: AccountId, *, now_ms: int, after: MatchId | None, limit: int
    ) -> Sequence[Match]:
        """Own matches that have been told, newest first."""
        await trio.lowlevel.checkpoint()
        rows = [
            row
            for row in self._memory.matches.values()
            if account in row.sides and row.visible_at <= now_ms
        ]
        rows.sort(key=_place_in_list, reverse=True)
        if after is not None:
            last = self._memory.matches.get(after)
            rows = [row for row in rows if last and _place_in_list(row) < _place_in_list(last)]
        return [self._seen(row, account) for row in rows[:limit]]

    async def room_of(self, match: MatchId, *, now_ms: int) -> RoomId:
        """Return the room of a match that was told; raises NotFound."""
        await trio.lowlevel.checkpoint()
        row = self._memory.matches.get(match)
        if row is None or row.visible_at > now_ms:
            raise NotFound("there is no such match")
        return row.room

    async def end_match(self, match: MatchId, account: AccountId, *, now_ms: int) -> None:
        """End an own match: its room is closed for both at once; raises NotFound. Repeatable."""
        await trio.lowlevel.checkpoint()
        row = self._memory.matches.get(match)
        if row is None or account not in row.sides or row.visible_at > now_ms:
            raise NotFound
        if not row.ended:
            self._memory.end_match(row, now_ms=now_ms)

    def _seen(self, row: MatchRow, account: AccountId) -> Match:
        members = self._memory.rooms[row.room].members.values()
        peer = next(one for one in members if one.account != account)
        return Match(
            match=row.match,
            room=row.room,
            group=row.group,
            peer=peer.alias,
            peer_nickname=peer.nickname,
            at=row.visible_at,
            open=not row.ended,
        )

    def _both(self, request: LikeRequest) -> tuple[MemberRow, MemberRow]:
        mine = self._memory.members.get((request.group, request.sender))
        theirs = next(
            (row for row in self._memory.members.values() if row.member == request.member), None
        )
        if mine is None or theirs is None or theirs.group != request.group:
            raise NotFound("there is no such member")
        if not mine.state is theirs.state is MemberState.ACTIVE:
            raise NotFound("there is no such member")
        return mine, theirs

    def _open_between(
        self, request: LikeRequest, sender: AccountId, target: AccountId
    ) -> list[LikeRow]:
        return [
            row
            for row in self._memory.likes.values()
            if row.state == "open"
            and row.request.group == request.group
            and (row.request.sender, row.target) == (sender, target)
        ]

    def _facts(
        self,
        request: LikeRequest,
        sender: AccountRow,
        target: AccountId,
        policy: Policy,
        now_ms: int,
    ) -> LikeFacts:
        mine = [row for row in self._memory.likes.values() if row.request.sender == sender.account]
        today_ms = day_start_ms(now_ms, policy.timezone)
        sides = self._memory.sides_of(request.group, sender.account)
        pair = frozenset((sender.account, target))
        theirs = self._open_between(request, target, sender.account)
        return LikeFacts(
            sender_active=sender.state == "active",
            target_active=self._memory.accounts[target].state == "active"
            and not self._memory.hidden(sender.account, target),
            oneself=target == sender.account,
            members=sum(sides.values()),
            per_side=sides,
            liked_at_ms=max((row.at for row in mine if row.target == target), default=None),
            matched=any(
                row.group == request.group and row.sides == pair and not row.ended
                for row in self._memory.matches.values()
            ),
            likes_today=sum(row.at >= today_ms for row in mine),
            credits=sender.credits,
            premium=sender.premium_until > now_ms,
            mutual=any(row.request.intent is request.intent for row in theirs),
        )

    def _match(
        self, request: LikeRequest, ids: FreshIds, mine: MemberRow, theirs: MemberRow, at: int
    ) -> None:
        pair = (mine.account, theirs.account)
        for like in (
            *self._open_between(request, *pair),
            *self._open_between(request, *pair[::-1]),
        ):
            like.state = "matched"
        sides = [
            RoomMemberRow(ids.sender_alias, mine.account, mine.profile.nickname),
            RoomMemberRow(ids.target_alias, theirs.account, theirs.profile.nickname),
        ]
        self._memory.rooms[ids.room] = RoomRow(
            ids.room, RoomKind.MATCH, request.group, at, at, {side.alias: side for side in sides}
        )
        self._memory.matches[ids.match] = MatchRow(
            ids.match, request.group, ids.room, frozenset(pair), at
        )
        for me, peer in (sides, sides[::-1]):
            content: dict[str, object] = {
                "match": ids.match,
                "room": ids.room,
                "group": request.group,
                "peer": {"alias": peer.alias, "nickname": peer.nickname},
                "at": at,
            }
            self._memory.tell(NoticeKind.MATCH, content, due_ms=at, account=me.account)


def _place_in_list(row: MatchRow) -> tuple[int, str]:
    return row.visible_at, row.match
