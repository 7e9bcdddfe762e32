"""Port: likes and matches, decided by the engine inside the store's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.ids import AccountId, Alias, LikeId, MatchId, RoomId
from engine.model.like import LikeReceipt, LikeRequest, Match
from engine.model.policy import Policy


@dataclass(frozen=True, slots=True)
class FreshIds:
    """Random names for all that one like may make, chosen by the caller."""

    like: LikeId
    match: MatchId
    room: RoomId
    sender_alias: Alias
    target_alias: Alias


class Likes(Protocol):
    """Likes that leak nothing, and the matches two of them make."""

    async def place(
        self, request: LikeRequest, ids: FreshIds, policy: Policy, *, now_ms: int
    ) -> LikeReceipt:
        """Store the like, and with a mutual one exactly one match, its room and both notices.

        Locks both memberships in the order of their ids, gathers LikeFacts, asks
        `engine.model.like.decide_like` and writes, all in one transaction. The notices are
        outbox rows (kind `match`) due at `next_tick_ms`; the match and its room are invisible to
        everybody until then. The same `cid` of the same sender answers with the first receipt.
        Raises what `decide_like` raises.
        """

    async def matches(
        self, account: AccountId, *, now_ms: int, after: MatchId | None, limit: int
    ) -> Sequence[Match]:
        """Own matches that have been told, newest first."""

    async def room_of(self, match: MatchId, *, now_ms: int) -> RoomId:
        """Return the room of a match that was told; raises NotFound."""

    async def end_match(self, match: MatchId, account: AccountId, *, now_ms: int) -> None:
        """End an own match: its room is closed for both at once; raises NotFound. Repeatable.

        In one transaction: the match is ended, its room takes no more messages (`closing`), an
        outbox row of kind `room.close` tells the owner of the room to write `room.closed`, and
        one of kind `match.ended` goes to each side.
        """
