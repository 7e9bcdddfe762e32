"""Likes and matches, as the memory twin has them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.ids import AccountId, GroupId, LikeId, MatchId, MemberId, RoomId
from engine.model.like import LikeReceipt, LikeRequest
from engine.model.like_undo import LikeState


@dataclass(slots=True)
class LikeRow:
    """A like, with the receipt it was answered with."""

    like: LikeId
    request: LikeRequest
    target: AccountId
    sender_member: MemberId
    at: int
    receipt: LikeReceipt
    state: LikeState = LikeState.OPEN
    spent: int = 0
    match: MatchId | None = None
    told_at: int | None = None  # when both sides know of the match

    def told(self, *, now_ms: int) -> bool:
        """Say whether it is part of a match that both sides know of."""
        return self.told_at is not None and self.told_at <= now_ms

    def seems_open(self, *, now_ms: int) -> bool:
        """Say whether it is open as far as its sender knows."""
        if self.state is LikeState.MATCHED:
            return not self.told(now_ms=now_ms)
        return self.state is LikeState.OPEN


@dataclass(slots=True)
class MatchRow:
    """A match of two accounts."""

    match: MatchId
    group: GroupId
    room: RoomId
    sides: frozenset[AccountId]
    visible_at: int
    ended: bool = False
    put_off_ms: int = 0
