"""Frames of protocol v1: what a client may say, and the fields of what the server says."""

from __future__ import annotations

from typing import Annotated

import msgspec

from engine.ids import RoomId
from engine.limits import (
    CID_CHARS_MAX,
    INTEGER_MAX_EXCLUSIVE,
    LINE_CHARS_MAX,
    PAGE_EVENTS_MAX,
    REF_CHARS_MAX,
)
from engine.matching.ticket import AGE_MAX
from engine.model.pool_policy import CELLS_ACROSS_MAX
from engine.rooms.events import Event, EventName
from engine.rooms.veils import PARTINGS

Number = Annotated[int, msgspec.Meta(ge=0, lt=INTEGER_MAX_EXCLUSIVE)]
Ref = (
    Annotated[int, msgspec.Meta(gt=-INTEGER_MAX_EXCLUSIVE, lt=INTEGER_MAX_EXCLUSIVE)]
    | Annotated[str, msgspec.Meta(max_length=REF_CHARS_MAX)]
)
Cid = Annotated[str, msgspec.Meta(min_length=1, max_length=CID_CHARS_MAX)]
Name = Annotated[str, msgspec.Meta(max_length=64)]
# The policy says how long a line may be; no policy lets it be longer than a message.
Line = Annotated[str, msgspec.Meta(max_length=LINE_CHARS_MAX)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=PAGE_EVENTS_MAX)]

# A token is opaque; a sealed one is some 300 characters.
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]


class Frame(msgspec.Struct, tag_field="op", forbid_unknown_fields=True, frozen=True, gc=False):
    """Base of client frames; `op` says which."""


class Hello(Frame, tag="hello", frozen=True, gc=False):
    """The first frame: who is here."""

    id: Ref
    token: Token


class Position(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """Up to where a client holds a room."""

    epoch: Number
    seq: Number


class RoomOpen(Frame, tag="room.open", frozen=True, gc=False):
    """Subscribe to a room and read it in one step."""

    id: Ref
    room: Name
    after: Position | None = None
    limit: Limit | None = None


class RoomClose(Frame, tag="room.close", frozen=True, gc=False):
    """Stop receiving a room."""

    id: Ref
    room: Name


# Bodies are flat: what nests is refused before anybody looks into it.
Scalar = str | int | float | None


class MessageSend(Frame, tag="msg.send", frozen=True, gc=False):
    """Say something in a room."""

    id: Ref
    room: Name
    cid: Cid
    kind: Name
    body: str | dict[str, Scalar]
    reply_to: Number | None = None


class MessageDelete(Frame, tag="msg.delete", frozen=True, gc=False):
    """Take one's own message back, for everybody."""

    id: Ref
    room: Name
    seq: Number


class MessageReact(Frame, tag="msg.react", frozen=True, gc=False):
    """Put a reaction on a message, or take it off."""

    id: Ref
    room: Name
    seq: Number
    emoji: Name
    on: bool


class Read(Frame, tag="read", frozen=True, gc=False):
    """I have read up to here."""

    room: Name
    seq: Number
    id: Ref | None = None


class Typing(Frame, tag="typing", frozen=True, gc=False):
    """I am (no longer) writing."""

    room: Name
    on: bool
    id: Ref | None = None


class RevealOffer(Frame, tag="reveal.offer", frozen=True, gc=False):
    """I would show this if the other does."""

    id: Ref
    match: Name
    step: Name


class RevealAccept(Frame, tag="reveal.accept", frozen=True, gc=False):
    """I show it too."""

    id: Ref
    match: Name
    step: Name


class RevealWithdraw(Frame, tag="reveal.withdraw", frozen=True, gc=False):
    """I take my offer back."""

    id: Ref
    match: Name
    step: Name


class LikeSend(Frame, tag="like.send", frozen=True, gc=False):
    """Like a member of a group."""

    id: Ref
    group: Name
    member: Name
    intent: Name
    cid: Cid
    super: bool | None = None
    line: Line | None = None
    shown: bool | None = None


class LikeUndo(Frame, tag="like.undo", frozen=True, gc=False):
    """Take the latest like back, with its credit."""

    id: Ref
    like: Name


class LikeCancel(Frame, tag="like.cancel", frozen=True, gc=False):
    """Take a like back."""

    id: Ref
    like: Name


Words = tuple[Name, ...]
Cell = Annotated[int, msgspec.Meta(ge=0, lt=CELLS_ACROSS_MAX)]
Age = Annotated[int, msgspec.Meta(ge=0, le=AGE_MAX)]


class _PoolPart(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """A part of an op of a pool."""


class PoolArea(_PoolPart, frozen=True, gc=False):
    """A cell of a pool's grid."""

    x: Cell
    y: Cell


class PoolMe(_PoolPart, frozen=True, gc=False):
    """What somebody who waits says to be; side and age are the account's."""

    interests: Words = ()
    area: PoolArea | None = None
    features: Words = ()


class PoolAges(_PoolPart, frozen=True, gc=False):
    """Ages wished for; with `must` nobody else is ever introduced."""

    low: Age
    high: Age
    must: bool = False


class PoolWant(_PoolPart, frozen=True, gc=False):
    """Whom somebody who waits looks for."""

    intent: Name
    sides: Words | None = None
    ages: PoolAges | None = None
    features: Words = ()


class PoolJoin(Frame, tag="pool.join", frozen=True, gc=False):
    """Wait in the live pool of a group."""

    id: Ref
    pool: Name
    me: PoolMe
    want: PoolWant
    cid: Cid


class PoolUpdate(Frame, tag="pool.update", frozen=True, gc=False):
    """Say something else while waiting."""

    id: Ref
    ticket: Name
    me: PoolMe | None = None
    want: PoolWant | None = None


class PoolLeave(Frame, tag="pool.leave", frozen=True, gc=False):
    """Wait no longer."""

    id: Ref
    ticket: Name


class PoolExplain(Frame, tag="pool.explain", frozen=True, gc=False):
    """Which of my own wishes rule out most people?"""

    id: Ref
    ticket: Name


PoolFrame = PoolJoin | PoolUpdate | PoolLeave | PoolExplain

ClientFrame = (
    Hello
    | RoomOpen
    | RoomClose
    | MessageSend
    | MessageDelete
    | MessageReact
    | Read
    | Typing
    | RevealOffer
    | RevealAccept
    | RevealWithdraw
    | LikeSend
    | LikeUndo
    | LikeCancel
    | PoolFrame
)

# Frames that may come without an id and then get no reply.
QUIET_OPS = frozenset({"read", "typing"})

# Events that have a place in the log of a room, as its members see it.
LASTING_EVENTS = frozenset(EventName) - PARTINGS

# Events that are in no log: of the session, of the person, and what passes in a room.
PASSING_EVENTS = frozenset(
    {
        "error",
        "session.draining",
        "match.new",
        "match.ended",
        "like.received",
        "group.matching",
        "review.decided",
        "typing",
        "read",
        "presence",
    }
)

Fields = dict[str, object]

# Looking a member up in its class is slow enough to show, with every message.
_MESSAGE, _REVEALED = EventName.MESSAGE, EventName.REVEAL_DONE


def event_fields(room: RoomId, epoch: int, event: Event, *, own: bool) -> Fields:
    """Return a durable event as a client sees it: its sender, or one of the others.

    Only its sender sees the `cid`. Of a reveal each side sees what the other shows.
    """
    fields: Fields = {
        "ev": event.name,
        "room": room,
        "epoch": epoch,
        "seq": event.seq,
        "at": event.at,
    }
    if event.sender is not None:
        fields["from"] = event.sender
    if own and event.name is _MESSAGE and event.cid is not None:
        fields["cid"] = event.cid
    if event.name is not _REVEALED:
        fields.update(event.content)
        return fields
    shown = {name: value for name, value in event.content.items() if name in ("match", "step")}
    return {**fields, **shown, "peer": event.content["theirs" if own else "mine"]}
