"""Port: where a room's events survive the room, and how members find their rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from engine.ids import AccountId, Alias, NodeId, RoomId
from engine.model.reveal import Revealable
from engine.rooms.events import (
    Append,
    History,
    Occupant,
    Outcome,
    Page,
    Reactions,
    RoomMark,
    RoomSummary,
    Snapshot,
)
from engine.rooms.search import Found, Search


class RoomLog(Protocol):
    """The durable, ordered log of every room. Bodies are encrypted at rest by the store."""

    async def claim(
        self, rooms: Sequence[RoomId], owner: NodeId, *, now_ms: int
    ) -> Sequence[Snapshot]:
        """Become the owner of rooms: their fence rises, so that an older owner cannot write (I4).

        Rooms that do not exist, or are not visible yet, are missing from the answer. One that is
        ending was visible once, and has to be written an end by whatever clock.
        """

    async def append(self, appends: Sequence[Append]) -> Sequence[Outcome]:
        """Write many rooms in one transaction; one outcome each, in order (group commit).

        An append is Written only if its fence is the room's, `base_seq` its last seq, and the
        room takes messages (a closing room takes only `room.closed`). With the append of a
        `msg.deleted` the body of its target is destroyed and the reactions to it go. Raises
        Unavailable when nothing can be said of the outcome: the rooms must be loaded again.
        """

    async def taken(self, held: Mapping[RoomId, int]) -> Sequence[RoomId]:
        """Which of these rooms have another fence than the one held, or are gone."""

    async def page(
        self, room: RoomId, *, after: int | None, before: int | None, limit: int
    ) -> Page:
        """Events after or before a seq (or the newest), oldest first; raises NotFound."""

    async def occupants(self, room: RoomId) -> Sequence[Occupant]:
        """Who is in the room now, by alias."""

    async def revealable(
        self, room: RoomId, *, now_ms: int, timezone: str
    ) -> Mapping[Alias, Revealable]:
        """What the two of a match would show each other; nothing where the room is gone."""

    async def reactions(self, room: RoomId, target: int) -> Reactions:
        """Who reacts to a message now, and with what."""


class RoomDirectory(Protocol):
    """Which rooms a person is in."""

    async def marks(self, account: AccountId, *, now_ms: int, limit: int) -> Sequence[RoomMark]:
        """Own visible rooms, the most recently active first."""

    async def rooms(
        self, account: AccountId, *, now_ms: int, after: RoomId | None, limit: int
    ) -> Sequence[RoomSummary]:
        """Own visible rooms with their members and last event, without who is hidden from one."""

    async def account_in(
        self, room: RoomId, viewer: AccountId, alias: Alias, *, now_ms: int
    ) -> tuple[AccountId, str]:
        """Return whom a member means by an alias of the room, and their nickname there.

        Who has left is found by any alias they had. Raises NotFound: the viewer is not in the
        room, or nobody there ever had that alias.
        """

    async def history(
        self, room: RoomId, account: AccountId, *, before: int | None, limit: int, now_ms: int
    ) -> History:
        """Return the newest events below `before` that a member may see, oldest first.

        What was said before they joined is not theirs (`Occupant.since`), in no list and no
        search. Raises NotFound for who is not in the room.
        """


class MessageSearch(Protocol):
    """Finding what was said in the rooms a person is in now."""

    async def find(self, account: AccountId, search: Search, *, now_ms: int) -> Found:
        """Find messages, newest first; raises NotFound for a room that is not one's own.

        A call looks through a bounded stretch: it may find less than there is, even nothing, and
        say where to go on. Messages that were taken back, and those of a room whose key was
        erased, are not found.
        """
