"""Written by `python -m api.sdk`, not by hand: the calls of rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call, Page, path
from api.client.shared import Peer


class RoomView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A room as one of its members sees it."""

    room: str
    kind: RoomKind
    epoch: int
    seq: int
    read: int
    unread: int
    me: str
    members: list[Peer]
    last: dict[str, object] | None
    closed: bool
    match: str | UnsetType = UNSET
    group: str | UnsetType = UNSET
    revealed: list[RevealStep] | UnsetType = UNSET


# A match has two members; a group's room has many.
if TYPE_CHECKING:
    RoomKind = Literal["group", "match"]
else:
    RoomKind = str


# What can be revealed, in its order.
if TYPE_CHECKING:
    RevealStep = Literal["contact", "photo", "profile"]
else:
    RevealStep = str


class Blocked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whom to block, by their alias in the room."""

    member: str


class BlockView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A block of one's own: the nickname is the one under which they were met."""

    block: str
    nickname: str
    at: int


class HistoryView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stretch of a room's log, oldest first; `more` says that there are older ones."""

    epoch: int
    items: list[dict[str, object]]
    more: bool


def list_rooms(
    *, limit: int | UnsetType = UNSET, cursor: str | UnsetType | None = UNSET
) -> Call[Page[RoomView]]:
    """List one's own rooms."""
    return Call("GET", "/v1/rooms", Page[RoomView], query={"limit": limit, "cursor": cursor})


def block_member(room: str, body: Blocked, *, key: str | None = None) -> Call[None]:
    """Block somebody: a match ends, and both are hidden from each other in every group."""
    return Call(
        "POST", path("/v1/rooms/{}/blocks", room), type(None), status=204, body=body, key=key
    )


def hide_from_member(group: str, body: Blocked, *, key: str | None = None) -> Call[None]:
    """Hide from a member of one's group, and they from oneself, as by a block from a room."""
    return Call(
        "POST", path("/v1/groups/{}/blocks", group), type(None), status=204, body=body, key=key
    )


def list_blocks(
    *, limit: int | UnsetType = UNSET, cursor: str | UnsetType | None = UNSET
) -> Call[Page[BlockView]]:
    """List whom one has blocked, newest first."""
    return Call("GET", "/v1/blocks", Page[BlockView], query={"limit": limit, "cursor": cursor})


def unblock_member(block: str) -> Call[None]:
    """Take a block back; what it has ended stays ended."""
    return Call("DELETE", path("/v1/blocks/{}", block), type(None), status=204)


def read_history(
    room: str, *, before: int | UnsetType | None = UNSET, limit: int | UnsetType = UNSET
) -> Call[HistoryView]:
    """Read a room's durable events, in the form of the WebSocket."""
    return Call(
        "GET",
        path("/v1/rooms/{}/messages", room),
        HistoryView,
        query={"before": before, "limit": limit},
    )
