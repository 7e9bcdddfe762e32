"""Searching messages: how text is compared, and what a search asks for and finds."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from engine.errors import BadRequest
from engine.ids import Alias, RoomId
from engine.limits import SEARCH_CHARS_MAX, SEARCH_CHARS_MIN
from engine.rooms.events import Event, EventName

_MESSAGE = EventName.MESSAGE  # looking a member up in its class is slow enough to show


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A message's place among all messages; the newest is the greatest."""

    at: int
    room: RoomId
    seq: int


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: `wanted` is folded text, `before` the place to go on below."""

    wanted: str
    room: RoomId | None  # None: in all of one's own rooms
    before: Place | None
    limit: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that says it; `me` is the searcher's alias in its room."""

    room: RoomId
    epoch: int
    me: Alias
    event: Event


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, newest first. `next` says where to go on: there may be more, however few are here."""

    hits: tuple[Hit, ...]
    next: Place | None


def fold(text: str) -> str:
    """Return the form in which texts are compared: NFKC, without case, single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    normal = unicodedata.normalize("NFKC", text)
    folded = normal.casefold()
    if folded != normal:
        # Folding case may undo the normal form: `ΐ` becomes three characters.
        folded = unicodedata.normalize("NFKC", folded)
    return " ".join(folded.split())


def fold_query(text: str) -> str:
    """Return what is looked for; raises BadRequest where it is too short or too long."""
    wanted = fold(text)
    if not SEARCH_CHARS_MIN <= len(wanted) <= SEARCH_CHARS_MAX:
        raise BadRequest(f"a query has {SEARCH_CHARS_MIN} to {SEARCH_CHARS_MAX} characters")
    return wanted


def words_of(event: Event) -> str:
    """Return the text of a message, folded; empty for what says nothing that can be found."""
    if event.name is not _MESSAGE:
        return ""
    body = event.content.get("body")
    if isinstance(body, dict):
        body = body.get("label")  # The name of a place that was sent.
    elif event.content.get("kind") != "text":
        body = None
    return fold(body) if isinstance(body, str) else ""


def says(event: Event, wanted: str) -> bool:
    """Say whether a message is one of those looked for."""
    return wanted in words_of(event)
