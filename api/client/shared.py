"""Written by `python -m api.sdk`, not by hand: what several modules share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct, UnsetType

if TYPE_CHECKING:
    FirstProfileGender = Literal["female", "male", "other"]
else:
    FirstProfileGender = str


class FirstProfile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody says of themselves when they come for the first time."""

    nickname: str
    birth_year: int
    gender: FirstProfileGender


# The side a person is on in romantic matching.
if TYPE_CHECKING:
    Gender = Literal["female", "male", "other"]
else:
    Gender = str


class GroupView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A group as the caller sees it."""

    group: str
    type: GroupType
    name: str
    description: str
    category: str
    tags: list[str]
    visibility: Visibility
    rules: str
    entry: EntryRule
    members: int
    matching_open: bool
    me: MyPlace | UnsetType = UNSET


# How a circle comes to be; only `created` can be made by anybody today.
if TYPE_CHECKING:
    GroupType = Literal["created", "instance", "location", "official"]
else:
    GroupType = str


# A hidden group is found by its members only.
if TYPE_CHECKING:
    Visibility = Literal["hidden", "public"]
else:
    Visibility = str


# How a created group is entered; the other types ask for their proofs.
if TYPE_CHECKING:
    EntryRule = Literal["approval", "invite", "open"]
else:
    EntryRule = str


class MyPlace(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The caller's own membership."""

    member: str
    role: Role
    state: MemberState
    nickname: str


# What a member may do; each may do what the later ones may.
if TYPE_CHECKING:
    Role = Literal["admin", "member", "moderator", "owner"]
else:
    Role = str


# `banned` survives leaving and joining again; `left` keeps the row so that it can.
if TYPE_CHECKING:
    MemberState = Literal["active", "banned", "left", "pending"]
else:
    MemberState = str


# How people are found for each other; the organiser chooses.
if TYPE_CHECKING:
    MeetingMode = Literal["auto", "interest"]
else:
    MeetingMode = str


class MembershipView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One's own new place in a group."""

    group: str
    member: str
    state: MemberState
    role: Role
    nickname: str


# What a like hopes for; only equal intents meet.
if TYPE_CHECKING:
    Intent = Literal["friend", "romantic"]
else:
    Intent = str


class Peer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody in a room."""

    alias: str
    nickname: str


# What one can have; a later one includes all of an earlier one.
if TYPE_CHECKING:
    Plan = Literal["free", "premium", "premium_plus", "trial"]
else:
    Plan = str


class PriceView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An amount in the smallest unit of its currency, which has `digits` decimals."""

    amount: int
    currency: Currency
    digits: int


# A currency by its code; the number of its decimals is `digits`.
if TYPE_CHECKING:
    Currency = Literal["KRW"]
else:
    Currency = str


class NamesView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The name of a product in each language."""

    ko: str
    en: str


# A provider, as clients and the store name it.
if TYPE_CHECKING:
    ProviderName = Literal["kakao", "stripe", "toss"]
else:
    ProviderName = str


if TYPE_CHECKING:
    ProblemType = Literal["about:blank"]
else:
    ProblemType = str


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document of RFC 9457."""

    type: ProblemType
    title: str
    status: int
    detail: str
    code: str
    retry_after_ms: int | UnsetType = UNSET
    feature: str | UnsetType = UNSET
