"""Strict JSON: bytes of a peer in, one checked object out, and nothing that two parsers read apart.

The standard parser is lenient where it hurts: it takes NaN, keeps the last of two equal keys, lets
lone surrogates through (they cannot be written as UTF-8 again) and guesses UTF-16. Callers bound
the size before they call; the depth is bounded here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import NoReturn

from engine.errors import BadFrame, BadRequest
from engine.limits import FRAME_DEPTH_MAX

# What MessagePack can carry too, so that both codecs refuse the same numbers.
_INTEGER_MIN = -(2**63)
_INTEGER_MAX = 2**64 - 1
_INTEGER_DIGITS_MAX = 20


def parse_object(data: bytes) -> dict[str, object]:
    """Return the one object in `data`; raises BadFrame for whatever is not well-formed."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadFrame("this is not UTF-8") from None
    try:
        value: object = _DECODER.decode(text)
    except RecursionError:
        raise BadFrame("this nests too deep") from None
    except ValueError:
        raise BadFrame("this is not JSON") from None
    if not isinstance(value, dict):
        raise BadFrame("this is not an object")
    _check(value, depth=1)
    return value


def refuse_nul(value: object) -> None:
    """Raise BadRequest for a NUL in any text of a parsed value: well-formed, but not storable."""
    match value:
        case str():
            if "\0" in value:
                raise BadRequest("a text contains a NUL character")
        case dict():
            for key, item in value.items():
                refuse_nul(key)
                refuse_nul(item)
        case list():
            for item in value:
                refuse_nul(item)
        case _:
            pass


def _check(value: object, *, depth: int) -> None:
    match value:
        case str():
            _check_text(value)
        case dict():
            _check_depth(depth)
            for key, item in value.items():
                _check_text(key)
                _check(item, depth=depth + 1)
        case list():
            _check_depth(depth)
            for item in value:
                _check(item, depth=depth + 1)
        case _:
            pass


def _check_depth(depth: int) -> None:
    if depth > FRAME_DEPTH_MAX:
        raise BadFrame("this nests too deep")


def _check_text(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise BadFrame("a text contains half of a surrogate pair") from None


def _object(pairs: list[tuple[str, object]]) -> Mapping[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadFrame("a key stands twice")
    return fields


def _integer(digits: str) -> int:
    # Python's own bound is 4,300 digits, and the work is quadratic up to there.
    number = int(digits) if len(digits) <= _INTEGER_DIGITS_MAX else _INTEGER_MAX + 1
    if not _INTEGER_MIN <= number <= _INTEGER_MAX:
        raise BadFrame("a number is out of range")
    return number


def _float(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise BadFrame("a number is out of range")
    return number


def _constant(name: str) -> NoReturn:
    raise BadFrame(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_float,
    parse_constant=_constant,
)
