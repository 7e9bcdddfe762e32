"""Port: facts that were committed and must be told, at least once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from engine.ids import AccountId, RoomId

# When a notice is due that is for now. Not the time of its cause: a wall clock that is set back
# would hold it up, and a device that was signed out would stay connected meanwhile.
AT_ONCE_MS = 0


class NoticeKind(StrEnum):
    """What a notice is about, and so whom it is for."""

    MATCH = "match.new"  # to an account's sessions
    MATCH_ENDED = "match.ended"  # to an account's sessions
    LIKES = "like.received"  # to an account's sessions: a count of likers has risen
    MATCHING = "group.matching"  # to an account's sessions: it has opened or closed, for them
    REVIEWED = "review.decided"  # to an account's sessions: what was said of their paper
    ROOM_CLOSE = "room.close"  # to the owner of a room: write `room.closed`
    ROOM_JOINED = "room.joined"  # to the owner of a room: write it, for `content.alias`
    ROOM_LEFT = "room.left"  # the same
    ROOM_PARTED = "room.parted"  # the same: they have blocked `content.other`
    ROOM_MET = "room.met"  # the same: they have taken that back
    ROOM_MEMBERS = "room.members"  # to the owner of a room: look who is in it
    SIGNED_OUT = "signed_out"  # to an account's sessions: `content.device`, or all if absent


# What an account's sessions see as an event of the same name.
PERSONAL = frozenset(
    {
        NoticeKind.MATCH,
        NoticeKind.MATCH_ENDED,
        NoticeKind.LIKES,
        NoticeKind.MATCHING,
        NoticeKind.REVIEWED,
    }
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One row of the outbox; `content` is the event as the receiver will see it, without `ev`."""

    number: int
    kind: NoticeKind
    account: AccountId | None
    room: RoomId | None
    content: dict[str, object]


class Outbox(Protocol):
    """Notices written in the transaction of their cause."""

    async def due(self, *, now_ms: int, limit: int) -> Sequence[Notice]:
        """Notices whose time has come and that nobody has confirmed, oldest first."""

    async def confirm(self, numbers: Sequence[int], *, now_ms: int) -> None:
        """Forget notices that were told; those that are news to somebody become pushes."""

    async def next_due_ms(self) -> int | None:
        """When the earliest open notice is due, or None."""
