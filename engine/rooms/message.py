"""What a message may say: its kind and body, checked before a room sees them."""

from __future__ import annotations

import unicodedata

from engine.errors import BadRequest, TooLarge
from engine.model.policy import ChatPolicy
from engine.rooms.events import Content

# Bidirectional controls reorder the text around them; they have no use in a chat line.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_BREAKS = frozenset("\n\t")


def make_content(kind: str, body: str, reply_to: int | None, policy: ChatPolicy) -> Content:
    """Return the content of a message; raises BadRequest or TooLarge."""
    if kind != "text":
        raise BadRequest("kind is text")
    content: dict[str, object] = {"kind": kind, "body": clean_text(body, policy)}
    if reply_to is not None:
        content["reply_to"] = reply_to
    return content


def clean_text(body: str, policy: ChatPolicy) -> str:
    """Return the text as it is kept: trimmed, NFC, without what is not text."""
    text = unicodedata.normalize("NFC", body).strip()
    if not text:
        raise BadRequest("a message says something")
    if len(text) > policy.text_chars_max:
        raise TooLarge(f"a text has at most {policy.text_chars_max} characters")
    if not text.isprintable() and any(_is_control(char) for char in text):
        raise BadRequest("a text has no control characters")
    return text


def _is_control(char: str) -> bool:
    if char in _LINE_BREAKS:
        return False
    return char in _BIDI or unicodedata.category(char) in {"Cc", "Cs"}
