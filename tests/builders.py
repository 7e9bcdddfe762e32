"""Builders: small, valid things for tests, where only what a test speaks of is named."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import Refused
from engine.ids import AccountId, Alias, RoomId
from engine.model.like import LikeReceipt, LikeRequest
from engine.model.policy import Policy
from engine.ports.likes import FreshIds, Likes
from engine.rooms.events import Event, EventName, Occupant, RoomKind, Snapshot
from engine.rooms.room import Room

ROOM = RoomId("room000000000000")
FOX, OWL, RAT, CAT = Alias("fox"), Alias("owl"), Alias("rat"), Alias("cat")
EPOCH = 7


def account_of(alias: Alias) -> AccountId:
    """Name the account behind an alias; on the wire nobody could tell."""
    return AccountId(f"account of {alias}")


def make_occupant(alias: Alias, *, read: int = 0, shows_read_marks: bool = True) -> Occupant:
    """Make a member of a room."""
    return Occupant(alias, account_of(alias), f"nick {alias}", read, shows_read_marks)


def make_event(seq: int, *, sender: Alias = FOX, cid: str | None = None, body: str = "") -> Event:
    """Make a message that is in the log."""
    content = {"kind": "text", "body": body or f"text {seq}"}
    return Event(seq, 1_000 + seq, EventName.MESSAGE, sender, cid or f"cid {seq}", content)


def make_snapshot(
    *,
    seq: int = 0,
    tail: Sequence[Event] | None = None,
    aliases: Sequence[Alias] = (FOX, OWL),
    fence: int = 1,
    closed: bool = False,
    kind: RoomKind = RoomKind.GROUP,
    reveal: Event | None = None,
) -> Snapshot:
    """Make a room as its owner finds it; without a `tail` all events are in memory."""
    events = tuple(make_event(n) for n in range(1, seq + 1)) if tail is None else tuple(tail)
    return Snapshot(
        room=ROOM,
        kind=kind,
        fence=fence,
        epoch=EPOCH,
        seq=seq,
        closed=closed,
        occupants=tuple(make_occupant(alias) for alias in aliases),
        tail=events,
        reveal=reveal,
    )


def make_room(*, seq: int = 0, tail: Sequence[Event] | None = None, closed: bool = False) -> Room:
    """Make a room with two members."""
    return Room(make_snapshot(seq=seq, tail=tail, closed=closed))


def text(body: str, reply_to: int | None = None) -> dict[str, object]:
    """Make the content of a text message."""
    content: dict[str, object] = {"kind": "text", "body": body}
    if reply_to is not None:
        content["reply_to"] = reply_to
    return content


async def place_like(
    likes: Likes, request: LikeRequest, ids: FreshIds, policy: Policy, *, now_ms: int
) -> LikeReceipt:
    """Place one like by itself; raises what it is refused by."""
    (answer,) = await likes.place([(request, ids)], policy, now_ms=now_ms)
    if isinstance(answer, Refused):
        raise answer
    return answer
