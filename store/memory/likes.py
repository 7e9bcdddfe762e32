"""Likes and matches in memory."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from engine.credits.ledger import Ask, Cause, Kind
from engine.errors import CidConflict, NotFound, Refused
from engine.ids import AccountId, GroupId, LikeId, MatchId, RoomId
from engine.model.consent import Purpose
from engine.model.group import MemberState
from engine.model.like import (
    LikeFacts,
    LikeReceipt,
    LikeRequest,
    Match,
    SentLike,
    ShownLike,
    decide_like,
    left_today,
    next_tick_ms,
)
from engine.model.like_count import CountBand
from engine.model.like_undo import LikeState, TakeBack
from engine.model.policy import Policy
from engine.ports.likes import Allowance, FreshIds
from store.days import day_end_ms, day_start_ms
from store.memory.agreeing import agrees
from store.memory.credits import moved
from store.memory.like_counts import release
from store.memory.like_rows import LikeRow, MatchRow
from store.memory.like_undo import take_back
from store.memory.matches import open_match
from store.memory.state import MemberRow, Memory, RoomMemberRow


class MemoryLikes:
    """Likes that leak nothing; engine.ports.likes.Likes."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def place(
        self, wishes: Sequence[tuple[LikeRequest, FreshIds]], policy: Policy, *, now_ms: int
    ) -> Sequence[LikeReceipt | Refused]:
        """Store likes, and with each mutual one exactly one match, its room and both notices."""
        await trio.lowlevel.checkpoint()
        answers: list[LikeReceipt | Refused] = []
        for request, ids in wishes:
            try:
                answers.append(self._place(request, ids, policy, now_ms))
            except Refused as refusal:
                answers.append(refusal)
        return answers

    def _place(
        self, request: LikeRequest, ids: FreshIds, policy: Policy, now_ms: int
    ) -> LikeReceipt:
        first = self._memory.likes.get((request.sender, request.cid))
        if first is not None:
            if first.request != request:
                raise CidConflict
            return first.receipt
        both = self._both(request)
        facts = self._facts(request, both, policy, now_ms)
        decision = decide_like(facts, request, policy, now_ms=now_ms)
        assert both is not None
        mine, theirs = both
        for like in self._open_between(request.group, mine.account, theirs.account):
            like.state = LikeState.ENDED
        receipt = LikeReceipt(ids.like, decision.left_today, decision.credits)
        row = LikeRow(ids.like, request, theirs.account, mine.member, now_ms, receipt)
        row.spent = decision.cost
        self._memory.likes[request.sender, request.cid] = row
        if decision.cost:
            ask = Ask(Kind.SPEND, Cause.LIKE, f"like {ids.like}", decision.cost, ids.like)
            moved(self._memory.accounts[request.sender], ask, now_ms=now_ms)
        if decision.match:
            at = next_tick_ms(now_ms, tick_s=policy.likes.match_tick_s)
            self._match(request, ids, mine, theirs, at)
        return receipt

    async def take_back(
        self, account: AccountId, like: LikeId, how: TakeBack, policy: Policy, *, now_ms: int
    ) -> Allowance:
        """Undo or cancel an own like."""
        await trio.lowlevel.checkpoint()
        take_back(self._memory, account, like, how, policy, now_ms=now_ms)
        return self._allowance(account, policy, now_ms)

    async def allowance(self, account: AccountId, policy: Policy, *, now_ms: int) -> Allowance:
        """Say what somebody can still do today."""
        await trio.lowlevel.checkpoint()
        return self._allowance(account, policy, now_ms)

    def _allowance(self, account: AccountId, policy: Policy, now_ms: int) -> Allowance:
        row = self._memory.accounts.get(account)
        if row is None:
            raise NotFound
        today = self._today(account, policy, now_ms)
        supers = policy.likes.supers_per_day_max - sum(like.request.super for like in today)
        return Allowance(
            left_today(len(today), policy.likes),
            max(0, supers) if row.premium_until > now_ms else 0,
            row.balances.wallet,
        )

    async def sent(
        self, account: AccountId, group: GroupId, *, now_ms: int, after: LikeId | None, limit: int
    ) -> Sequence[SentLike]:
        """Own open likes of a group, newest first; one that matched counts as open until told."""
        await trio.lowlevel.checkpoint()
        rows = [
            row
            for row in self._memory.likes.values()
            if row.request.sender == account
            and row.request.group == group
            and row.seems_open(now_ms=now_ms)
        ]
        rows.sort(key=lambda row: (row.at, row.like), reverse=True)
        if after is not None:
            places = [row.like for row in rows]
            rows = rows[places.index(after) + 1 :] if after in places else []
        return [
            SentLike(
                row.like,
                row.request.member,
                row.request.intent,
                row.request.super,
                row.request.shown,
                row.at,
            )
            for row in rows[:limit]
        ]

    async def shown(
        self, account: AccountId, group: GroupId, *, before_ms: int, limit: int
    ) -> Sequence[ShownLike]:
        """Open likes for somebody that their senders let them see, by member id."""
        await trio.lowlevel.checkpoint()
        people = {one.account: one for one, _ in self._memory.people_of(group)}
        found = [
            ShownLike(
                people[row.request.sender].member,
                people[row.request.sender].profile.nickname,
                row.request.intent,
                row.request.super,
            )
            for row in self._memory.likes.values()
            if row.target == account
            and row.request.group == group
            and row.state is LikeState.OPEN
            and row.request.shown
            and row.at < before_ms
            and row.request.sender in people
            and not self._memory.hidden(account, row.request.sender)
        ]
        return sorted(found, key=lambda one: one.member)[:limit]

    async def release(self, policy: Policy, *, now_ms: int) -> int:
        """Release the counts of likers if it is time, once; return how many people are told."""
        await trio.lowlevel.checkpoint()
        return release(self._memory, policy.likes, now_ms=now_ms)

    async def count(self, account: AccountId, group: GroupId) -> CountBand | None:
        """What the newest release said to a member; raises NotFound for who is not in."""
        await trio.lowlevel.checkpoint()
        me = self._memory.members.get((group, account))
        if me is None or me.state is not MemberState.ACTIVE:
            raise NotFound
        return self._memory.like_counts.get((group, account))

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
        """Return the room of a match that was told; raises NotFound, worded as that room does."""
        await trio.lowlevel.checkpoint()
        row = self._memory.matches.get(match)
        if row is None or row.visible_at > now_ms:
            raise NotFound("there is no such room")
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
            line=self._line(row.match, peer.account),
        )

    def _line(self, match: MatchId, peer: AccountId) -> str:
        likes = self._memory.likes.values()
        mine = (row for row in likes if row.match == match and row.request.sender == peer)
        return next((row.request.line for row in mine if row.request.line), "")

    def _both(self, request: LikeRequest) -> tuple[MemberRow, MemberRow] | None:
        """Find the two, if the sender may like the other."""
        people = [one for one, _ in self._memory.people_of(request.group)]
        mine = next((one for one in people if one.account == request.sender), None)
        theirs = next((one for one in people if one.member == request.member), None)
        if mine is None or theirs is None or self._memory.groups[request.group].ended:
            return None
        if self._memory.hidden(mine.account, theirs.account):
            return None
        return mine, theirs

    def _open_between(self, group: GroupId, sender: AccountId, target: AccountId) -> list[LikeRow]:
        return [
            row
            for row in self._memory.likes.values()
            if row.state is LikeState.OPEN
            and row.request.group == group
            and (row.request.sender, row.target) == (sender, target)
        ]

    def _today(self, account: AccountId, policy: Policy, now_ms: int) -> list[LikeRow]:
        today_ms = day_start_ms(now_ms, policy.timezone)
        likes = self._memory.likes.values()
        return [row for row in likes if row.request.sender == account and row.at >= today_ms]

    def _facts(
        self,
        request: LikeRequest,
        both: tuple[MemberRow, MemberRow] | None,
        policy: Policy,
        now_ms: int,
    ) -> LikeFacts:
        sender = self._memory.accounts.get(request.sender)
        target = None if both is None else both[1].account
        pair = frozenset((request.sender, target))
        liked_at = (
            row.at
            for row in self._memory.likes.values()
            if (row.request.group, row.request.sender) == (request.group, request.sender)
            and row.target == target
            and row.state is not LikeState.UNDONE
        )
        sides = self._memory.sides_of(request.group, request.sender)
        theirs = self._open_between(request.group, target, request.sender) if target else []
        today = self._today(request.sender, policy, now_ms)
        return LikeFacts(
            target=target,
            members=sum(sides.values()),
            per_side=sides,
            liked_at_ms=max(liked_at, default=None),
            matched=any(
                row.group == request.group and row.sides == pair and not row.ended
                for row in self._memory.matches.values()
            ),
            likes_today=len(today),
            supers_today=sum(row.request.super for row in today),
            tomorrow_ms=day_end_ms(now_ms, policy.timezone),
            credits=0 if sender is None else sender.balances.wallet,
            premium=sender is not None and sender.premium_until > now_ms,
            mutual=any(row.request.intent is request.intent for row in theirs),
            agreed=agrees(self._memory, request.sender, Purpose.SENSITIVE),
        )

    def _match(
        self, request: LikeRequest, ids: FreshIds, mine: MemberRow, theirs: MemberRow, at: int
    ) -> None:
        pair = (mine.account, theirs.account)
        group = request.group
        for like in (*self._open_between(group, *pair), *self._open_between(group, *pair[::-1])):
            like.state, like.match, like.told_at = LikeState.MATCHED, ids.match, at
        sides = [
            RoomMemberRow(ids.sender_alias, mine.account, mine.profile.nickname),
            RoomMemberRow(ids.target_alias, theirs.account, theirs.profile.nickname),
        ]
        open_match(self._memory, group, ids.match, ids.room, sides, at=at)


def _place_in_list(row: MatchRow) -> tuple[int, str]:
    return row.visible_at, row.match
