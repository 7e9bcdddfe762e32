"""Port: what processes of one deployment tell each other, to be quick and never to be right.

Whatever is lost or doubled on its way, or comes late or in another order, costs a delay: the truth
is in the store, where everybody looks every few seconds anyway. No message of a room is on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Protocol

import msgspec

from engine.ids import AccountId, RoomId
from engine.limits_bus import BUS_ID_CHARS_MAX
from engine.ports.outbox import NoticeKind

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=BUS_ID_CHARS_MAX)]


class _News(
    msgspec.Struct, frozen=True, array_like=True, tag=True, forbid_unknown_fields=True, gc=False
):
    """Equal where all of it is equal, and so of no use twice at once."""


class OutboxNudge(_News, frozen=True, tag="outbox"):
    """There may be notices in the outbox."""


class RoomMoved(_News, frozen=True, tag="moved"):
    """Another process has taken a room, or has written to it."""

    room: Annotated[RoomId, msgspec.Meta(min_length=1, max_length=BUS_ID_CHARS_MAX)]


class MembersMoved(_News, frozen=True, tag="members"):
    """Who is in a room, or who sees whom there, has changed in the store."""

    room: Annotated[RoomId, msgspec.Meta(min_length=1, max_length=BUS_ID_CHARS_MAX)]


class Told(_News, frozen=True, tag="told"):
    """A copy of a notice about a person: its reader has told the sessions it has."""

    number: int
    kind: NoticeKind
    account: Annotated[AccountId, msgspec.Meta(min_length=1, max_length=BUS_ID_CHARS_MAX)]
    content: dict[str, object]


News = OutboxNudge | RoomMoved | MembersMoved | Told


class Bus(Protocol):
    """One process's end of it."""

    async def publish(self, news: Sequence[News]) -> None:
        """Say it to whoever else listens now; raises Unavailable, and then nobody may have heard.

        At most BUS_BATCH_MAX at once.
        """

    async def heard(self) -> Sequence[News]:
        """Wait for what others say, oldest first; raises Unavailable.

        Nothing at all means that some may be lost: one has begun to listen just now, or was slow.
        """
