"""What can be asked of a room and of a group's likes; each command has its reply address."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from actors.audience import Listener
from actors.replies import NO_REPLY, NoReply, Reply
from engine.ids import AccountId, Alias, LikeId, MatchId
from engine.model.like import LikeReceipt, LikeRequest
from engine.model.like_undo import TakeBack
from engine.model.reveal import RevealAct, RevealStep
from engine.ports.likes import Allowance
from engine.rooms.events import Content, Event, EventName, Occupant, Posted


@dataclass(frozen=True, slots=True)
class Opened:
    """A room as it was at `seq`; every later event reaches the listener."""

    epoch: int
    seq: int
    recovered: bool
    more: bool
    me: Alias
    members: tuple[Occupant, ...]
    reads: frozenset[Alias]  # whose read marks I may see
    online: frozenset[Alias] | None  # who is there, where rooms show that
    events: tuple[Event, ...]


class Post(msgspec.Struct, frozen=True):
    """Say something; answered after it is durable."""

    account: AccountId
    cid: str
    content: Content
    reply: Reply[tuple[int, Posted]]  # epoch, and where it stands


class Open(msgspec.Struct, frozen=True):
    """Listen from now on, and read what was missed."""

    account: AccountId
    listener: Listener
    after: tuple[int, int] | None  # epoch, seq
    limit: int
    reply: Reply[Opened]


class Delete(msgspec.Struct, frozen=True):
    """Take one's own message back."""

    account: AccountId
    seq: int
    reply: Reply[None]


class React(msgspec.Struct, frozen=True):
    """Put a reaction on a message, or take it off."""

    account: AccountId
    seq: int
    emoji: str
    on: bool
    reply: Reply[None]


class Reveal(msgspec.Struct, frozen=True):
    """Offer, accept or withdraw a step of the reveal of a match."""

    account: AccountId
    match: MatchId
    step: RevealStep
    act: RevealAct
    reply: Reply[None]


class MarkRead(msgspec.Struct, frozen=True):
    """Note how far somebody has read."""

    account: AccountId
    seq: int
    reply: Reply[None]


class Type(msgspec.Struct, frozen=True):
    """Tell the others that somebody is writing."""

    account: AccountId
    listener: Listener
    on: bool
    reply: Reply[None]


class BeIn(msgspec.Struct, frozen=True):
    """Say whether somebody is in the room: refused where they are not."""

    account: AccountId
    reply: Reply[None]


@dataclass(frozen=True, slots=True)
class Moved:
    """Somebody has joined or left, or has blocked somebody; `key` names what happens again."""

    name: EventName
    alias: Alias
    content: Content
    key: str = ""


class Refresh(msgspec.Struct, frozen=True):
    """Look again who is in the room, and what they let others see; write who came or went."""

    reply: Reply[None]
    moved: Moved | None = None


class CloseRoom(msgspec.Struct, frozen=True):
    """End the room for everybody."""

    reply: Reply[None]


class TakenOver(msgspec.Struct, frozen=True):
    """Another process has taken the room from whoever holds this fence."""

    fence: int
    reply: NoReply = NO_REPLY


# What the engine itself tells a room; it passes a flood.
Control = Refresh | CloseRoom | TakenOver

RoomCommand = Post | Delete | React | Reveal | Open | MarkRead | Type | BeIn | Control


class PlaceLike(msgspec.Struct, frozen=True):
    """Like a member."""

    request: LikeRequest
    reply: Reply[LikeReceipt]


class TakeBackLike(msgspec.Struct, frozen=True):
    """Undo or cancel an own like."""

    account: AccountId
    like: LikeId
    how: TakeBack
    reply: Reply[Allowance]


LikeCommand = PlaceLike | TakeBackLike


def sender_of(command: RoomCommand | LikeCommand) -> AccountId | None:
    """Return who asks for something; None where it is the engine itself."""
    match command:
        case Refresh() | CloseRoom() | TakenOver():
            return None
        case PlaceLike():
            return command.request.sender
        case _:
            return command.account
