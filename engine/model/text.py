"""Characters that have no place in what a person writes."""

from __future__ import annotations

import unicodedata

# Bidirectional controls reorder the text around them; they have no use in a line of a person.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CONTROL = frozenset({"Cc", "Cs"})


def is_control(char: str) -> bool:
    """Say whether a character steers a terminal or the direction of text, or is half of one."""
    return char in _BIDI or unicodedata.category(char) in _CONTROL
