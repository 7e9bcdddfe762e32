"""Written by `python -m api.sdk`, not by hand: the calls of members."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call, Page, path
from api.client.shared import Gender, Intent, Role


class PersonView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A member as another member sees them."""

    member: str
    nickname: str
    role: Role
    age_band: str
    gender: Gender
    interests: list[str]
    bio: str
    bot: bool
    me: Literal[True] | UnsetType = UNSET
    liked: Intent | UnsetType = UNSET


class StatisticsView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the people of a group have in common; what fewer than three have is left out."""

    genders: list[CellView]
    age_bands: list[CellView]
    interests: list[CellView]


class CellView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So many people have this in common."""

    name: str
    people: int


def list_members(
    group: str,
    *,
    limit: int | UnsetType = UNSET,
    cursor: str | UnsetType | None = UNSET,
    nickname: str | UnsetType = UNSET,
    interest: str | UnsetType = UNSET,
    age_band: str | UnsetType = UNSET,
    gender: Gender | UnsetType = UNSET,
) -> Call[Page[PersonView]]:
    """List or search the active members, in an order of the caller's own."""
    return Call(
        "GET",
        path("/v1/groups/{}/members", group),
        Page[PersonView],
        query={
            "limit": limit,
            "cursor": cursor,
            "nickname": nickname,
            "interest": interest,
            "age_band": age_band,
            "gender": gender,
        },
    )


def get_statistics(group: str) -> Call[StatisticsView]:
    """Tell members what the people of their group have in common; of a meeting nothing."""
    return Call("GET", path("/v1/groups/{}/statistics", group), StatisticsView)
