"""What people of a world say and hold: shared by their devices, or of one client."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from engine.ids import AccountId, Alias, GroupId, LikeId, MatchId, MemberId, RoomId

LATELY = 30  # messages a person may send again, or twist


@dataclass
class Said:
    """One message of a person; it is sent until it has its answer."""

    room: RoomId
    cid: str
    body: str
    flying: bool = False
    again_s: float = 0.0
    seq: int | None = None  # where it stands, once that was acknowledged
    twisted: bool = False  # somebody has tried to say something else under its cid


@dataclass
class View:
    """What a client holds of one room."""

    epoch: int = 0
    last: int | None = None
    me: Alias | None = None
    live: bool = False
    opening: int = 0
    closed: bool = False

    def drop(self) -> None:
        """Forget what is held."""
        self.last, self.epoch = None, 0


@dataclass
class Liked:
    """One like of a person; it may be sent again until it has its answer."""

    cid: str
    member: MemberId
    intent: str
    like: LikeId | None = None  # what it was answered with


@dataclass
class Person:
    """An account, with what all its devices share."""

    account: AccountId
    group: GroupId
    rooms: list[RoomId]  # that they are in from the beginning
    said: dict[str, Said] = field(default_factory=dict)
    lately: dict[RoomId, deque[Said]] = field(default_factory=dict)
    likes: dict[str, Liked] = field(default_factory=dict)
    matches: dict[MatchId, RoomId] = field(default_factory=dict)  # that they were told of
