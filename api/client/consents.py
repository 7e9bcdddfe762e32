"""Written by `python -m api.sdk`, not by hand: the calls of consents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from api.client.call import Call


class ConsentList(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All purposes there are."""

    items: list[ConsentView]


class ConsentView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One purpose: the version of the words of now, and what was said of it last."""

    purpose: Purpose
    required: bool
    version: int
    granted: bool
    said_at: int | None


# What data is used for; one consent never stands for another.
if TYPE_CHECKING:
    Purpose = Literal["location", "marketing", "overseas", "privacy", "push", "sensitive", "terms"]
else:
    Purpose = str


class Saying(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Yes or no to the words of one purpose."""

    purpose: Purpose
    version: int
    granted: bool


def list_consents() -> Call[ConsentList]:
    """List what one agrees to; `granted` only where it was to the words of now."""
    return Call("GET", "/v1/me/consents", ConsentList)


def say_consent(body: Saying) -> Call[ConsentList]:
    """Agree, or take it back; what was said before stays on record."""
    return Call("POST", "/v1/me/consents", ConsentList, body=body)
