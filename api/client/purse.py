"""Written by `python -m api.sdk`, not by hand: the calls of purse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call, Page
from api.client.shared import Plan


class CreditsView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Credits in their three places, the plan, and what is left of the day."""

    credits: int
    held: int
    owed: int
    plan: Plan
    left_today: int
    supers_left: int
    premium_until: int | UnsetType = UNSET


class MoveView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One move: what it changed in the wallet, and why."""

    cause: Cause
    wallet: int
    at: int


# Why credits moved.
if TYPE_CHECKING:
    Cause = Literal["like", "opening", "operator", "order", "refund", "undo"]
else:
    Cause = str


def get_credits() -> Call[CreditsView]:
    """Read one's own credits, plan and what is left today."""
    return Call("GET", "/v1/credits", CreditsView)


def list_moves(
    *, limit: int | UnsetType = UNSET, cursor: str | UnsetType | None = UNSET
) -> Call[Page[MoveView]]:
    """List what came in and went out, newest first."""
    return Call(
        "GET", "/v1/credits/moves", Page[MoveView], query={"limit": limit, "cursor": cursor}
    )
