"""Written by `python -m api.sdk`, not by hand: the calls of pushes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call


class PushView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one is told of and when; `here` says whether the device that asks gets any."""

    kinds: PushKinds
    quiet: QuietView | None
    offset_minutes: int
    language: Language
    here: bool


class PushKinds(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one is told of."""

    match: bool
    message: bool
    likes: bool
    invitation: bool
    verification: bool
    payment: bool
    subscription: bool
    system: bool


class QuietView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From when to when nothing is told, by the clock of the person; it may pass midnight."""

    start: int
    end: int


# What people read.
if TYPE_CHECKING:
    Language = Literal["en", "ko"]
else:
    Language = str


class PushChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What may be changed; what is not named stays, and `quiet: null` ends quiet hours."""

    kinds: PushKindsChange | UnsetType = UNSET
    quiet: QuietView | UnsetType | None = UNSET
    offset_minutes: int | UnsetType = UNSET
    language: Language | UnsetType = UNSET


class PushKindsChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Kinds to switch on or off; what is not named stays."""

    match: bool | UnsetType = UNSET
    message: bool | UnsetType = UNSET
    likes: bool | UnsetType = UNSET
    invitation: bool | UnsetType = UNSET
    verification: bool | UnsetType = UNSET
    payment: bool | UnsetType = UNSET
    subscription: bool | UnsetType = UNSET
    system: bool | UnsetType = UNSET


class TokenGiven(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The token that FCM gave the app on this device."""

    token: str


def get_push() -> Call[PushView]:
    """Read what one is told of, and when."""
    return Call("GET", "/v1/me/push", PushView)


def change_push(body: PushChange | None = None) -> Call[PushView]:
    """Change it; what waits already is told by what holds when it leaves."""
    return Call("PATCH", "/v1/me/push", PushView, body=body)


def give_push_token(body: TokenGiven) -> Call[None]:
    """Have this device told; another device that had the token has none from then on."""
    return Call("POST", "/v1/me/push/token", type(None), status=204, body=body)


def forget_push_token() -> Call[None]:
    """Have nothing told to this device any more."""
    return Call("DELETE", "/v1/me/push/token", type(None), status=204)
