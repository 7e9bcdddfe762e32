"""Port: likes and matches, decided by the engine inside the store's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.errors import Refused
from engine.ids import AccountId, Alias, GroupId, LikeId, MatchId, RoomId
from engine.model.like import LikeReceipt, LikeRequest, Match, SentLike, ShownLike
from engine.model.like_count import CountBand
from engine.model.like_undo import TakeBack
from engine.model.policy import Policy


@dataclass(frozen=True, slots=True)
class FreshIds:
    """Random names for all that one like may make, chosen by the caller."""

    like: LikeId
    match: MatchId
    room: RoomId
    sender_alias: Alias
    target_alias: Alias


@dataclass(frozen=True, slots=True)
class Allowance:
    """What somebody can still do today."""

    left_today: int
    supers_left: int  # 0 without premium
    credits: int


class Likes(Protocol):
    """Likes that leak nothing, and the matches two of them make."""

    async def place(
        self, wishes: Sequence[tuple[LikeRequest, FreshIds]], policy: Policy, *, now_ms: int
    ) -> Sequence[LikeReceipt | Refused]:
        """Store likes, and with each mutual one exactly one match, its room and both notices.

        One transaction for all of them: it locks all people in the order of their ids, gathers
        LikeFacts, asks `engine.model.like_batch` in the order given, and writes what was decided
        and what it cost. The notices are outbox rows (kind `match`) due at `next_tick_ms`; the
        match and its room are invisible to everybody until then. The same `cid` of the same
        sender answers with the first receipt. One that is refused changes nothing for the others.
        """

    async def take_back(
        self, account: AccountId, like: LikeId, how: TakeBack, policy: Policy, *, now_ms: int
    ) -> Allowance:
        """Undo or cancel an own like; raises what `decide_take_back` raises. Repeatable.

        An undo gives the spent credits back in the same transaction, exactly once. A match that
        was not told vanishes with it, and the other side's like is open again.
        """

    async def allowance(self, account: AccountId, policy: Policy, *, now_ms: int) -> Allowance:
        """Say what somebody can still do today."""

    async def sent(
        self, account: AccountId, group: GroupId, *, now_ms: int, after: LikeId | None, limit: int
    ) -> Sequence[SentLike]:
        """Own open likes of a group, newest first; one that matched counts as open until told."""

    async def shown(
        self, account: AccountId, group: GroupId, *, before_ms: int, limit: int
    ) -> Sequence[ShownLike]:
        """Open likes for somebody that their senders let them see, by member id.

        Only those placed before `before_ms`: they appear when the counts change.
        """

    async def release(self, policy: Policy, *, now_ms: int) -> int:
        """Release the counts of likers if it is time, once; return how many people are told.

        Writes the bands of everybody and, where a band has risen, an outbox row of kind
        `like.received`, in one transaction.
        """

    async def count(self, account: AccountId, group: GroupId) -> CountBand | None:
        """What the newest release said to a member; raises NotFound for who is not in."""

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
