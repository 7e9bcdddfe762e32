"""What a room records: its members, and the durable events of its log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import msgspec

from engine.ids import AccountId, Alias, RoomId

Content = Mapping[str, object]

# What stays of a message that was taken back: its place.
DELETED_CONTENT: Content = {"deleted": True}


class EventName(StrEnum):
    """Names of durable events on the wire (protocol.md 3.2); never renamed."""

    MESSAGE = "msg.new"
    DELETED = "msg.deleted"
    REACTION = "msg.reaction"
    REVEAL_OFFERED = "reveal.offered"
    REVEAL_WITHDRAWN = "reveal.withdrawn"
    REVEAL_DONE = "reveal.done"
    JOINED = "room.joined"
    LEFT = "room.left"
    CLOSED = "room.closed"
    BLANK = "room.blank"  # a place that is not for whoever reads it; never in the log
    # In the log only: one has blocked the other, or takes it back (engine.rooms.veils).
    PARTED = "room.parted"
    MET = "room.met"


REVEALS = (EventName.REVEAL_OFFERED, EventName.REVEAL_WITHDRAWN, EventName.REVEAL_DONE)

_DELETED = EventName.DELETED  # looking a member up in its class is slow enough to show


class RoomKind(StrEnum):
    """A match has two members; a group's room has many."""

    MATCH = "match"
    GROUP = "group"


# Event and Append are made once a message: as dataclasses they cost eight times as much to make.
class Event(msgspec.Struct, frozen=True, gc=False):
    """One entry of a room's log. `content` holds the fields that only this kind of event has."""

    seq: int
    at: int  # ms since 1970
    name: EventName
    sender: Alias | None
    cid: str | None
    content: Content

    @property
    def target(self) -> int:
        """Return the seq of the message that a deletion or a reaction speaks of."""
        target = self.content["target"]
        assert isinstance(target, int)
        return target

    @property
    def deleted(self) -> bool:
        """Whether this is a message that was taken back."""
        return self.content.get("deleted") is True


# A message that asks for a contact, or may hold one, is shown with a word of caution.
CAUTION: Content = {"caution": True}


def same_content(kept: Content, said: Content) -> bool:
    """Say whether a message is the one that is kept; a caution is ours and not its sender's."""
    return kept in (said, {**said, **CAUTION})


def without_body(event: Event) -> Event:
    """Return what is left of a message that was taken back."""
    return msgspec.structs.replace(event, content=DELETED_CONTENT)


def erased_by(deletion: Event) -> Event:
    """Return what a deletion leaves in the place of its target, which has the same sender."""
    return msgspec.structs.replace(
        deletion, seq=deletion.target, name=EventName.MESSAGE, content=DELETED_CONTENT
    )


class Posted(msgspec.Struct, frozen=True, gc=False):
    """Where a message stands in the log; `dup` says that it stood there before."""

    event: Event
    dup: bool


# Who reacted to one message, and with what.
Reactions = Mapping[Alias, tuple[str, ...]]

NO_REACTIONS: Mapping[tuple[int, Alias], tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Veil:
    """Somebody who is hidden from a member: what they do after one seq, and up to another."""

    aliases: frozenset[Alias]  # theirs, those of before they left and came back too
    after: int
    until: int | None = None  # None: they are hidden now

    def hides(self, event: Event) -> bool:
        """Say whether the member does not see what somebody did."""
        return (
            event.sender in self.aliases
            and event.seq > self.after
            and (self.until is None or event.seq <= self.until)
        )


@dataclass(frozen=True, slots=True)
class Occupant:
    """A member of a room; `account` is known to the server only."""

    alias: Alias
    account: AccountId
    nickname: str
    read: int  # the seq up to which they have read
    shows_read_marks: bool  # to everybody; who is premium shows them too
    premium_until: int = 0  # ms since 1970
    since: int = 0  # the seq up to which the log is not theirs to see: they came later
    veils: tuple[Veil, ...] = ()  # who is or was hidden from them

    def reads_seen(self, *, now_ms: int) -> bool:
        """Whether the others may see how far this one has read."""
        return self.shows_read_marks or self.premium_until > now_ms


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A room as its new owner finds it: `fence` is the number under which it may write."""

    room: RoomId
    kind: RoomKind
    fence: int
    epoch: int
    seq: int
    closed: bool
    occupants: tuple[Occupant, ...]
    tail: tuple[Event, ...]  # the newest events, oldest first
    reveal: Event | None = None  # the newest event of a reveal


class Append(msgspec.Struct, frozen=True, gc=False):
    """What one room wants written in the next commit: all of it or nothing."""

    room: RoomId
    fence: int
    base_seq: int  # the room's last durable seq before these events
    events: tuple[Event, ...]
    reads: Mapping[Alias, int]
    # By message and person, all that their reactions are after these events.
    reactions: Mapping[tuple[int, Alias], tuple[str, ...]] = NO_REACTIONS

    @property
    def erased(self) -> tuple[Event, ...]:
        """The deletions among the events: what they speak of loses its body with this commit."""
        return tuple([event for event in self.events if event.name is _DELETED])


@dataclass(frozen=True, slots=True)
class Written:
    """The append is durable."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """Nothing was written: these cids are in the log already, each with its first event."""

    known: Mapping[tuple[Alias, str], Event]


@dataclass(frozen=True, slots=True)
class Lost:
    """Nothing was written: a newer owner has the room, or it is gone or closed: reload."""


Outcome = Written | Repeated | Lost


@dataclass(frozen=True, slots=True)
class RoomSummary:
    """A room as one member sees it in a list."""

    room: RoomId
    kind: RoomKind
    epoch: int
    seq: int
    read: int
    unread: int
    me: Alias
    members: tuple[tuple[Alias, str], ...]  # alias, nickname
    closed: bool
    match: str | None
    group: str | None
    last: Event | None
    reveal: Event | None = None  # the newest of a reveal, which says how far it has come


@dataclass(frozen=True, slots=True)
class RoomMark:
    """What hello says of a room."""

    room: RoomId
    epoch: int
    seq: int
    read: int


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a room's log, oldest first; `more` says that it was cut at the limit."""

    epoch: int
    events: tuple[Event, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class History:
    """A page as one member may read it; `me` is their alias."""

    me: Alias
    page: Page
