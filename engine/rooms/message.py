"""What a message or a reaction may say, checked before a room sees it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Final

from engine.errors import BadRequest, ContactTooSoon, TooLarge
from engine.limits import LABEL_CHARS_MAX, PICTURE_PIXELS_MAX, REACTION_BYTES_MAX, VOICE_S_MAX
from engine.model.contacts import Grade, grade
from engine.model.policy import ChatPolicy
from engine.model.text import is_control
from engine.rooms.events import CAUTION, Content

Scalar = str | int | float | None
Body = str | Mapping[str, Scalar]

_CLEAR: Final = Grade.CLEAR  # looking a member up in its class is slow enough to show

_LINE_BREAKS: Final = frozenset("\n\t")

# A file's or a sticker's name is made by a server and means nothing here: 1 to 128 visible signs.
_OPAQUE: Final = re.compile(r"[!-~]{1,128}\Z")

_LATITUDE_MAX, _LONGITUDE_MAX = 90.0, 180.0

# One emoji by the kinds of its signs: a flag of two letters, a keycap, or a picture with its tone,
# its variation and its tags, joined to others.
_EMOJI: Final = re.compile(r"RR|KV?C|PM?V?T*(?:JPM?V?)*")
_KINDS: Final = {"\u200d": "J", "\ufe0e": "V", "\ufe0f": "V", "\u20e3": "C"}


def make_content(kind: str, body: Body, reply_to: int | None, policy: ChatPolicy) -> Content:
    """Return the content of a message; raises BadRequest or TooLarge."""
    kept: object
    if kind == "text":
        if not isinstance(body, str):
            raise BadRequest("the body of a text is a text")
        kept = clean_text(body, policy)
    else:
        make = _BODIES.get(kind)
        if make is None:
            raise BadRequest("kind is text, image, voice, location or sticker")
        if isinstance(body, str):
            raise BadRequest(f"the body of this kind is an object: {kind}")
        kept = make(body)
    content: dict[str, object] = {"kind": kind, "body": kept}
    if reply_to is not None:
        content["reply_to"] = reply_to
    return content


def screened(content: Content, before: Callable[[], Sequence[str]]) -> Content:
    """Return a message of a match before its contact step, with a caution where it needs one.

    `before` tells what its sender said just before. Raises ContactTooSoon.
    """
    body = content["body"]
    if not isinstance(body, str):  # asked first: nearly all are, and a Mapping is found slowly
        body = body.get("label") if isinstance(body, Mapping) else None
        if not isinstance(body, str):
            return content
    found = grade(body, before)
    if found is _CLEAR:
        return content
    if found is Grade.CERTAIN:
        raise ContactTooSoon
    return {**content, **CAUTION}


def clean_text(body: str, policy: ChatPolicy) -> str:
    """Return the text as it is kept: trimmed, NFC, without what is not text."""
    return _clean(body, chars_max=policy.text_chars_max)


def clean_emoji(emoji: str) -> str:
    """Return one picture as it is kept; raises BadRequest, TooLarge.

    It is one emoji as far as a few rules can tell; which ones exist changes every year.
    """
    kept = unicodedata.normalize("NFC", emoji)
    if len(kept.encode("utf-8", "surrogatepass")) > REACTION_BYTES_MAX:
        raise TooLarge(f"a reaction has at most {REACTION_BYTES_MAX} bytes")
    if not _EMOJI.fullmatch("".join(map(_kind, kept))):
        raise BadRequest("a reaction is one emoji")
    return kept


def _kind(char: str) -> str:
    known = _KINDS.get(char)
    if known is not None:
        return known
    if char in "0123456789#*":
        return "K"
    number = ord(char)
    for first, last, kind in (
        (0x1F1E6, 0x1F1FF, "R"),
        (0x1F3FB, 0x1F3FF, "M"),
        (0xE0020, 0xE007F, "T"),
    ):
        if first <= number <= last:
            return kind
    symbol = unicodedata.category(char) == "So" or 0x2190 <= number <= 0x2BFF  # noqa: PLR2004
    return "P" if (symbol and number > 0x7F) or char in "\u203c\u2049" else "X"  # noqa: PLR2004


def _clean(body: str, *, chars_max: int) -> str:
    text = unicodedata.normalize("NFC", body).strip()
    if not text:
        raise BadRequest("a message says something")
    if len(text) > chars_max:
        raise TooLarge(f"a text has at most {chars_max} characters")
    if not text.isprintable() and any(_is_control(char) for char in text):
        raise BadRequest("a text has no control characters")
    return text


def _is_control(char: str) -> bool:
    return char not in _LINE_BREAKS and is_control(char)


# --- bodies that are objects ----------------------------------------------------------------


def _sticker(body: Mapping[str, Scalar]) -> Content:
    _check_keys(body, needs={"sticker"})
    return {"sticker": _opaque(body, "sticker")}


def _location(body: Mapping[str, Scalar]) -> Content:
    _check_keys(body, needs={"lat", "lng"}, may={"label"})
    kept: dict[str, object] = {
        "lat": _number(body, "lat", low=-_LATITUDE_MAX, high=_LATITUDE_MAX),
        "lng": _number(body, "lng", low=-_LONGITUDE_MAX, high=_LONGITUDE_MAX),
    }
    label = body.get("label")
    if label is not None:
        if not isinstance(label, str):
            raise BadRequest("label is a text")
        kept["label"] = _clean(label, chars_max=LABEL_CHARS_MAX)
    return kept


def _image(body: Mapping[str, Scalar]) -> Content:
    _check_keys(body, needs={"file"}, may={"w", "h"})
    kept: dict[str, object] = {"file": _opaque(body, "file")}
    for name in ("w", "h"):
        size = body.get(name)
        if size is None:
            continue
        if type(size) is not int or not 1 <= size <= PICTURE_PIXELS_MAX:
            raise BadRequest(f"{name} is 1 to {PICTURE_PIXELS_MAX}")
        kept[name] = size
    return kept


def _voice(body: Mapping[str, Scalar]) -> Content:
    _check_keys(body, needs={"file"}, may={"seconds"})
    kept: dict[str, object] = {"file": _opaque(body, "file")}
    if body.get("seconds") is not None:
        kept["seconds"] = _number(body, "seconds", low=0.0, high=VOICE_S_MAX)
    return kept


_BODIES: Final[Mapping[str, Callable[[Mapping[str, Scalar]], Content]]] = {
    "sticker": _sticker,
    "location": _location,
    "image": _image,
    "voice": _voice,
}


def _check_keys(
    body: Mapping[str, Scalar], *, needs: set[str], may: set[str] | frozenset[str] = frozenset()
) -> None:
    if not needs <= body.keys() <= needs | may:
        raise BadRequest(f"the body has {', '.join(sorted(needs))} and no unknown field")


def _opaque(body: Mapping[str, Scalar], name: str) -> str:
    value = body[name]
    if not isinstance(value, str) or not _OPAQUE.match(value):
        raise BadRequest(f"{name} is an id of 1 to 128 characters")
    return value


def _number(body: Mapping[str, Scalar], name: str, *, low: float, high: float) -> float:
    value = body[name]
    if type(value) not in (int, float):
        raise BadRequest(f"{name} is a number")
    assert isinstance(value, int | float)
    if not isfinite(value) or not low <= value <= high:
        raise BadRequest(f"{name} is between {low:g} and {high:g}")
    return float(value)
