"""The shapes of answers, and how the engine's values become them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from engine.ids import ID_CHARS, RoomId
from engine.limits import LIST_PAGE_DEFAULT, LIST_PAGE_MAX
from engine.model.account import Account, Gender, age_band
from engine.model.group import (
    EntryRule,
    Group,
    GroupType,
    MemberState,
    Person,
    Role,
    Visibility,
    matching_open,
)
from engine.model.like import Intent, Match
from engine.model.policy import GroupPolicy
from engine.model.reveal import RevealStep
from engine.rooms.events import Event, RoomKind, RoomSummary
from engine.rooms.reveals import reveal_from
from engine.wire.frames import event_fields

T = TypeVar("T")

Id = Annotated[str, Meta(pattern=f"^[A-Za-z0-9_-]{{{ID_CHARS}}}$")]
Millis = Annotated[int, Meta(description="ms since 1970")]
RoomEvent = Annotated[
    Raw,
    Meta(
        title="RoomEvent",
        description="A durable event, as the WebSocket sends it (protocol.md 3.2)",
        extra_json_schema={
            "type": "object",
            "required": ["ev", "room", "epoch", "seq", "at"],
        },
    ),
]


class Page(Struct, Generic[T], frozen=True):
    """One page of a list; `cursor` leads to the next."""

    items: list[T]
    cursor: str | None


class ListQuery(Struct, forbid_unknown_fields=True, frozen=True):
    """Which page of a list; more than the server's own limit is cut to it."""

    limit: Annotated[int, Meta(ge=1)] = LIST_PAGE_DEFAULT
    cursor: str | None = None

    @property
    def rows(self) -> int:
        """How many rows to give."""
        return min(self.limit, LIST_PAGE_MAX)


class Me(Struct, frozen=True):
    """One's own account."""

    nickname: str
    birth_year: int
    gender: Gender
    show_read_marks: bool
    premium: bool
    credits: int
    contact: str | None


class MyPlace(Struct, frozen=True):
    """The caller's own membership."""

    member: Id
    role: Role
    state: MemberState
    nickname: str


class GroupView(Struct, frozen=True):
    """A group as the caller sees it."""

    group: Id
    type: GroupType
    name: str
    description: str
    category: str
    tags: tuple[str, ...]
    visibility: Visibility
    rules: str
    entry: EntryRule
    members: int
    matching_open: bool
    me: MyPlace | UnsetType = UNSET


class PersonView(Struct, frozen=True):
    """A member as another member sees them."""

    member: Id
    nickname: str
    role: Role
    age_band: str
    gender: Gender
    interests: tuple[str, ...]
    bio: str
    bot: bool
    me: Literal[True] | UnsetType = UNSET
    liked: Intent | UnsetType = UNSET


class Peer(Struct, frozen=True):
    """Somebody in a room."""

    alias: Id
    nickname: str


class MatchView(Struct, frozen=True):
    """A match as one of its two sees it."""

    match: Id
    room: Id
    group: Id
    peer: Peer
    at: Millis
    state: Literal["open", "ended"]
    line: str | UnsetType = UNSET


class RoomView(Struct, frozen=True):
    """A room as one of its members sees it."""

    room: Id
    kind: RoomKind
    epoch: int
    seq: int
    read: int
    unread: int
    me: Id
    members: list[Peer]
    last: RoomEvent | None
    closed: bool
    match: Id | UnsetType = UNSET
    group: Id | UnsetType = UNSET
    revealed: tuple[RevealStep, ...] | UnsetType = UNSET  # the steps of a match both have taken


def me_view(account: Account) -> Me:
    """Return what a person may read of themselves: everything but the account's id."""
    return Me(
        account.nickname,
        account.birth_year,
        account.gender,
        account.show_read_marks,
        account.premium,
        account.credits,
        account.contact,
    )


def group_view(group: Group, policy: GroupPolicy) -> GroupView:
    """Return a group with the caller's own place in it."""
    me = group.me
    return GroupView(
        group=group.group,
        type=group.type,
        name=group.name,
        description=group.description,
        category=group.category,
        tags=group.tags,
        visibility=group.visibility,
        rules=group.rules,
        entry=group.entry,
        members=group.members,
        matching_open=matching_open(group.members, policy=policy),
        me=UNSET if me is None else MyPlace(me.member, me.role, me.state, me.nickname),
    )


def person_view(person: Person, *, year: int) -> PersonView:
    """Return a member; of their age only the band."""
    return PersonView(
        member=person.member,
        nickname=person.nickname,
        role=person.role,
        age_band=age_band(person.birth_year, year=year),
        gender=person.gender,
        interests=person.interests,
        bio=person.bio,
        bot=person.bot,
        me=True if person.me else UNSET,
        liked=UNSET if person.liked is None else Intent(person.liked),
    )


def match_view(match: Match) -> MatchView:
    """Return a match."""
    return MatchView(
        match.match,
        match.room,
        match.group,
        Peer(match.peer, match.peer_nickname),
        match.at,
        "open" if match.open else "ended",
        match.line or UNSET,
    )


def room_view(room: RoomSummary) -> RoomView:
    """Return a room with its newest event."""
    last = room.last
    return RoomView(
        room=room.room,
        kind=room.kind,
        epoch=room.epoch,
        seq=room.seq,
        read=room.read,
        unread=room.unread,
        me=room.me,
        members=[Peer(alias, nickname) for alias, nickname in room.members],
        last=None if last is None else event_view(room.room, room.epoch, last, me=room.me),
        closed=room.closed,
        match=UNSET if room.match is None else room.match,
        group=UNSET if room.group is None else room.group,
        revealed=UNSET if room.match is None else reveal_from(room.reveal).steps,
    )


def event_view(room: RoomId, epoch: int, event: Event, *, me: str) -> Raw:
    """Return an event as the WebSocket sends it to the session of `me`."""
    return Raw(msgspec.json.encode(event_fields(room, epoch, event, own=event.sender == me)))


def calendar_year(now_ms: int, timezone: str) -> int:
    """Return the year that people write there now."""
    return datetime.fromtimestamp(now_ms / 1000, tz=UTC).astimezone(ZoneInfo(timezone)).year
