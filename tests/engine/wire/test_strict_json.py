"""Strict JSON: what is well-formed comes through unchanged, all else is refused as such."""

from __future__ import annotations

import json
import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadFrame, BadRequest
from engine.limits import CLIENT_FRAME_BYTES_MAX, FRAME_DEPTH_MAX
from engine.wire.strict_json import parse_object, refuse_nul

REFUSED = {
    "nothing": b"",
    "white space": b" \n",
    "cut": b'{"a":1',
    "two values": b"{}{}",
    "trailing comma": b'{"a":1,}',
    "single quotes": b"{'a':1}",
    "comment": b'{"a":1}//',
    "a list": b"[]",
    "a string": b'"a"',
    "null": b"null",
    "duplicate key": b'{"a":1,"a":1}',
    "duplicate key, escaped": b'{"a":1,"\\u0061":2}',
    "duplicate key, inside": b'{"b":[{"a":1,"a":1}]}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":Infinity}',
    "-Infinity": b'{"a":-Infinity}',
    "float overflow": b'{"a":1e999}',
    "integer above 64 bits": b'{"a":18446744073709551616}',
    "integer below 64 bits": b'{"a":-9223372036854775809}',
    "integer of 60,000 digits": b'{"a":' + b"9" * 60_000 + b"}",
    "leading zero": b'{"a":01}',
    "invalid UTF-8": b'{"a":"\xff"}',
    "overlong UTF-8": b'{"a":"\xc0\x80"}',
    "UTF-8 surrogate": b'{"a":"\xed\xa0\x80"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"a":1}',
    "lone high surrogate": b'{"a":"\\ud800"}',
    "lone low surrogate in a key": b'{"\\udc00":1}',
    "lone surrogate in a list": b'{"a":["x","\\ud800y"]}',
    "raw control character": b'{"a":"\x01"}',
    "raw NUL": b'{"a":"\x00"}',
    "bad escape": b'{"a":"\\x41"}',
    "deep lists": b'{"a":' + b"[" * 32_000 + b"]" * 32_000 + b"}",
    "deep objects": b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
    "open brackets only": b"[" * CLIENT_FRAME_BYTES_MAX,
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_well_formed_is_a_bad_frame(data: bytes) -> None:
    with pytest.raises(BadFrame):
        parse_object(data)


def test_the_deepest_allowed_passes_and_one_more_does_not() -> None:
    def nested(depth: int) -> bytes:
        return b'{"a":' + b"[" * (depth - 1) + b"1" + b"]" * (depth - 1) + b"}"

    parse_object(nested(FRAME_DEPTH_MAX))
    with pytest.raises(BadFrame):
        parse_object(nested(FRAME_DEPTH_MAX + 1))


def test_ordinary_text_passes() -> None:
    data = '{"안녕": "하늘 \\ud83d\\ude00 😀", "n": [1, -2, 1.5, true, null]}'.encode()
    assert parse_object(data) == {"안녕": "하늘 😀 😀", "n": [1, -2, 1.5, True, None]}
    assert parse_object(b'{"a":18446744073709551615,"b":-9223372036854775808}') == {
        "a": 2**64 - 1,
        "b": -(2**63),
    }


def test_nul_is_well_formed_but_refused_where_it_would_be_stored() -> None:
    for data in (b'{"a":"\\u0000"}', b'{"\\u0000":1}', b'{"a":[{"b":"x\\u0000"}]}'):
        fields = parse_object(data)
        with pytest.raises(BadRequest):
            refuse_nul(fields)
    refuse_nul({"a": ["b", 1, None, {"c": "d"}]})


@given(st.binary(max_size=200))
def test_any_bytes_give_an_object_or_a_bad_frame(data: bytes) -> None:
    with suppress(BadFrame):
        assert isinstance(parse_object(data), dict)


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_LEAF = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | _TEXT
_VALUE = st.recursive(
    _LEAF | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(_TEXT, _VALUE, max_size=4))
def test_what_a_proper_writer_wrote_is_read_back(fields: dict[str, object]) -> None:
    data = json.dumps(fields).encode()
    if _depth(fields) > FRAME_DEPTH_MAX:
        with pytest.raises(BadFrame):
            parse_object(data)
    else:
        read = parse_object(data)
        assert read == fields
        assert all(math.isfinite(item) for item in read.values() if isinstance(item, float))


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0
