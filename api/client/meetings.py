"""Written by `python -m api.sdk`, not by hand: the calls of meetings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call, path
from api.client.shared import (
    GroupView,
    Intent,
    MeetingMode,
    MembershipView,
)


class CodeEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The code of a meeting, and under which nickname to be there."""

    code: str
    nickname: str | UnsetType | None = UNSET


class MeetingView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A meeting as one of its people sees it."""

    group: GroupView
    mode: MeetingMode
    ends_at: int
    look: LookFields | None
    line: str
    looks_left: int
    descriptions: list[KeptView]
    descriptions_left: int
    met: list[MetView]
    code: str | UnsetType = UNSET
    link: str | UnsetType = UNSET


class LookFields(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said of a look; what is not said is not there."""

    upper: Upper | UnsetType | None = UNSET
    upper_colour: Colour | UnsetType | None = UNSET
    lower: Lower | UnsetType | None = UNSET
    lower_colour: Colour | UnsetType | None = UNSET
    glasses: bool | UnsetType | None = UNSET
    hair: HairLength | UnsetType | None = UNSET
    hair_colour: Colour | UnsetType | None = UNSET
    height: Height | UnsetType | None = UNSET
    accessories: list[Accessory] | UnsetType = UNSET
    shoes: Colour | UnsetType | None = UNSET


# Upper wear.
if TYPE_CHECKING:
    Upper = Literal["coat", "dress", "hoodie", "jacket", "knit", "shirt", "tshirt"]
else:
    Upper = str


# What somebody would call a colour from across a room.
if TYPE_CHECKING:
    Colour = Literal[
        "beige",
        "black",
        "blonde",
        "blue",
        "brown",
        "charcoal",
        "green",
        "grey",
        "ivory",
        "khaki",
        "lavender",
        "mint",
        "navy",
        "orange",
        "pink",
        "purple",
        "red",
        "sky",
        "white",
        "wine",
        "yellow",
    ]
else:
    Colour = str


# Lower wear.
if TYPE_CHECKING:
    Lower = Literal["dress", "jeans", "shorts", "skirt", "trousers"]
else:
    Lower = str


# How long the hair is.
if TYPE_CHECKING:
    HairLength = Literal["long", "medium", "short"]
else:
    HairLength = str


# How tall somebody seems, among those who are here.
if TYPE_CHECKING:
    Height = Literal["medium", "short", "tall"]
else:
    Height = str


# What somebody wears or carries.
if TYPE_CHECKING:
    Accessory = Literal["bag", "earrings", "hat", "mask", "necklace", "scarf", "watch"]
else:
    Accessory = str


class KeptView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A description of one's own."""

    description: str
    wanted: LookFields
    intent: Intent
    at: int


class MetView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody one has met wrote of themselves."""

    match: str
    line: str


class NewLook(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one looks oneself, and a line for those one meets."""

    look: LookFields
    line: str | UnsetType = UNSET


class LookLeft(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How often one may say it again."""

    looks_left: int


class NewDescription(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whom one saw, or looks for."""

    wanted: LookFields
    intent: Intent


class DescriptionView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A description that is looked for: the same answer whether or not it was mutual."""

    description: str
    fit_band: FitBand | None
    left: int


# Roughly how many people fit a description.
if TYPE_CHECKING:
    FitBand = Literal["10_more", "3_5", "5_10"]
else:
    FitBand = str


def join_meeting(body: CodeEntry, *, key: str | None = None) -> Call[MembershipView]:
    """Enter the meeting of a code."""
    return Call("POST", "/v1/meetings/join", MembershipView, body=body, key=key)


def get_meeting(group: str) -> Call[MeetingView]:
    """Read a meeting that one is in; its code is for who made it."""
    return Call("GET", path("/v1/groups/{}/meeting", group), MeetingView)


def get_qr(group: str) -> Call[bytes]:
    """Draw the link into a meeting as a QR code, for who made it."""
    return Call("GET", path("/v1/groups/{}/meeting/qr", group), bytes)


def show_look(group: str, body: NewLook, *, key: str | None = None) -> Call[LookLeft]:
    """Say how one looks, a few times at most."""
    return Call("POST", path("/v1/groups/{}/meeting/look", group), LookLeft, body=body, key=key)


def describe_person(
    group: str, body: NewDescription, *, key: str | None = None
) -> Call[DescriptionView]:
    """Describe somebody; if they describe the caller too, both are told at some later
    moment."""
    return Call(
        "POST",
        path("/v1/groups/{}/meeting/descriptions", group),
        DescriptionView,
        status=202,
        body=body,
        key=key,
    )


def withdraw_description(group: str, description: str) -> Call[None]:
    """Look no longer for somebody; no match comes of it from then on."""
    return Call(
        "DELETE",
        path("/v1/groups/{}/meeting/descriptions/{}", group, description),
        type(None),
        status=204,
    )


def end_meeting(group: str, *, key: str | None = None) -> Call[None]:
    """End one's own meeting before its hour; its matches stay."""
    return Call("POST", path("/v1/groups/{}/meeting/end", group), type(None), status=204, key=key)
