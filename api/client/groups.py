"""Written by `python -m api.sdk`, not by hand: the calls of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call, Page, path
from api.client.shared import (
    EntryRule,
    GroupView,
    MeetingMode,
    MembershipView,
)

if TYPE_CHECKING:
    NewGroupType = Literal["created", "instance", "location"]
else:
    NewGroupType = str


if TYPE_CHECKING:
    NewGroupVisibility = Literal["hidden", "public"]
else:
    NewGroupVisibility = str


class NewGroup(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A group that anybody can make; `mode` is a meeting's, `place` a place's, `hours`
    both's."""

    type: NewGroupType
    name: str
    description: str | UnsetType = UNSET
    category: str | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    visibility: NewGroupVisibility | UnsetType = UNSET
    rules: str | UnsetType = UNSET
    entry: EntryRule | UnsetType = UNSET
    profile: ShownProfile | UnsetType = UNSET
    mode: MeetingMode | UnsetType = UNSET
    hours: int | UnsetType = UNSET
    place: NewPlace | UnsetType = UNSET


class ShownProfile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How somebody wants to be seen in one group; without a nickname under their own."""

    nickname: str | UnsetType = UNSET
    bio: str | UnsetType = UNSET
    interests: list[str] | UnsetType = UNSET


class NewPlace(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a group is."""

    latitude: float
    longitude: float
    radius_m: int | UnsetType = UNSET


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How to enter a group; `proof` is for groups that ask for one."""

    proof: str | dict[str, object] | UnsetType | None = UNSET
    profile: ShownProfile | UnsetType = UNSET


class Banned(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whom to ban."""

    member: str


def list_groups(
    *,
    limit: int | UnsetType = UNSET,
    cursor: str | UnsetType | None = UNSET,
    query: str | UnsetType = UNSET,
    mine: bool | UnsetType = UNSET,
) -> Call[Page[GroupView]]:
    """Find public groups, or one's own."""
    return Call(
        "GET",
        "/v1/groups",
        Page[GroupView],
        query={"limit": limit, "cursor": cursor, "query": query, "mine": mine},
    )


def create_group(body: NewGroup, *, key: str | None = None) -> Call[GroupView]:
    """Make a group and be its owner."""
    return Call("POST", "/v1/groups", GroupView, status=201, body=body, key=key)


def get_group(group: str) -> Call[GroupView]:
    """Read one group; a hidden one is there for its members only."""
    return Call("GET", path("/v1/groups/{}", group), GroupView)


def join_group(
    group: str, body: Entry | None = None, *, key: str | None = None
) -> Call[MembershipView]:
    """Enter a group, at once or when it is approved (`pending`)."""
    return Call("POST", path("/v1/groups/{}/join", group), MembershipView, body=body, key=key)


def leave_group(group: str) -> Call[None]:
    """Leave a group; what was open in it ends. An owner hands over first."""
    return Call("DELETE", path("/v1/groups/{}/membership", group), type(None), status=204)


def ban_member(group: str, body: Banned, *, key: str | None = None) -> Call[None]:
    """Ban a member below one's own role; they are out at once and cannot come back."""
    return Call(
        "POST", path("/v1/groups/{}/bans", group), type(None), status=204, body=body, key=key
    )
