"""Written by `python -m api.sdk`, not by hand: the calls of likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call, Page, path
from api.client.shared import Intent, Peer


class NewLike(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whom to like, and what for."""

    member: str
    intent: Intent
    super: bool | UnsetType = UNSET
    line: str | UnsetType = UNSET
    shown: bool | UnsetType = UNSET


class LikeView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A like that is kept: the same answer whether or not it made a match."""

    like: str
    left_today: int
    credits: int


class SentLikeView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A like of one's own that is open."""

    like: str
    member: str
    intent: Intent
    super: bool
    shown: bool
    at: int


class LeftView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is left after a like was undone."""

    left_today: int
    credits: int


class ReceivedView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Roughly how many like the caller, as of the last of a few moments a day."""

    count_band: CountBand | None
    next_at: int


# Roughly how many; None in its place means that nothing is said.
if TYPE_CHECKING:
    CountBand = Literal["a_few", "many", "several"]
else:
    CountBand = str


class ShownLikes(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Those of a group who let premium members see that they like them."""

    items: list[ShownLikeView]


class ShownLikeView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who likes the caller and lets premium members see it."""

    member: str
    nickname: str
    intent: Intent
    super: bool


if TYPE_CHECKING:
    MatchViewState = Literal["ended", "open"]
else:
    MatchViewState = str


class MatchView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A match as one of its two sees it."""

    match: str
    room: str
    group: str
    peer: Peer
    at: int
    state: MatchViewState
    line: str | UnsetType = UNSET


def send_like(group: str, body: NewLike, *, key: str | None = None) -> Call[LikeView]:
    """Like a member of the group; they learn of it only if they like back."""
    return Call(
        "POST", path("/v1/groups/{}/likes", group), LikeView, status=202, body=body, key=key
    )


def list_sent_likes(
    group: str, *, limit: int | UnsetType = UNSET, cursor: str | UnsetType | None = UNSET
) -> Call[Page[SentLikeView]]:
    """List one's own open likes of a group, newest first."""
    return Call(
        "GET",
        path("/v1/groups/{}/likes", group),
        Page[SentLikeView],
        query={"limit": limit, "cursor": cursor},
    )


def undo_like(like: str, *, key: str | None = None) -> Call[LeftView]:
    """Take the latest like back within some minutes, with its credit."""
    return Call("POST", path("/v1/likes/{}/undo", like), LeftView, key=key)


def cancel_like(like: str) -> Call[None]:
    """Take a like back without its credit; one that is a match stays."""
    return Call("DELETE", path("/v1/likes/{}", like), type(None), status=204)


def count_received(group: str) -> Call[ReceivedView]:
    """Say roughly how many like the caller: at few moments, and nothing of less than three."""
    return Call("GET", path("/v1/groups/{}/likes/received", group), ReceivedView)


def list_shown_likes(group: str) -> Call[ShownLikes]:
    """List who likes the caller and lets premium members see it, as of the last count."""
    return Call("GET", path("/v1/groups/{}/likes/shown", group), ShownLikes)


def list_matches(
    *, limit: int | UnsetType = UNSET, cursor: str | UnsetType | None = UNSET
) -> Call[Page[MatchView]]:
    """List one's own matches, newest first."""
    return Call("GET", "/v1/matches", Page[MatchView], query={"limit": limit, "cursor": cursor})


def end_match(match: str) -> Call[None]:
    """End a match: its room is closed for both at once."""
    return Call("DELETE", path("/v1/matches/{}", match), type(None), status=204)


def extend_match(match: str, *, key: str | None = None) -> Call[None]:
    """Let a match without messages wait as long again: premium, once for a match."""
    return Call("POST", path("/v1/matches/{}/extend", match), type(None), status=204, key=key)
