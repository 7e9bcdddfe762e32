"""Phone numbers: one written form for each, so that one person has one key."""

from __future__ import annotations

import re
from collections.abc import Collection

from engine.errors import BadRequest

_SEPARATORS = re.compile(r"[\s().-]+")
# Korean mobile numbers, the only ones of that country a code is sent to: 010, 011, 016 to 019.
_MOBILE = re.compile(r"\+8210\d{8}\Z|\+821[16789]\d{7,8}\Z")
_ABROAD = re.compile(r"\+[1-9]\d{7,14}\Z")
_PHONE_CHARS_MAX = 32

HOME = "+82"


def normal_phone(text: str, countries: Collection[str] = (HOME,)) -> str:
    """Return the number as `+8210…`; raises BadRequest for what no code is sent to."""
    if len(text) > _PHONE_CHARS_MAX:
        raise BadRequest("this is not a phone number")
    digits = _SEPARATORS.sub("", text)
    if digits.startswith("0082"):
        digits = "+" + digits[2:]
    if digits.startswith("0"):
        digits = "+82" + digits[1:]
    if digits.startswith("+820"):
        digits = "+82" + digits[4:]
    kind = _MOBILE if digits.startswith(HOME) else _ABROAD
    allowed = any(digits.startswith(country) for country in countries)
    if not (allowed and digits.isascii() and kind.match(digits)):
        raise BadRequest("this is not a mobile number we can send a code to")
    return digits
