"""Decoding, strictly: a frame, a refusal with its id, or a bad frame; never anything else."""

from __future__ import annotations

import json
from typing import Any

import msgpack
import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.errors import BadFrame, BadRequest
from engine.limits import FRAME_DEPTH_MAX, INTEGER_MAX_EXCLUSIVE
from engine.wire import frames as wire
from engine.wire.codec import Codec, Decoded, Rejected, decode
from engine.wire.strict_json import parse_object
from engine.wire.websocket import Opcode
from tests.engine.wire.said import GOOD, REJECTED, TYPING

# Not frames at all, whichever codec carries them.
BAD: dict[str, Any] = {
    "a list": [1],
    "a text": "x",
    "nothing": {},
    "no op": {"id": 1},
    "op is a number": {"op": 1, "id": 1},
    "op is null": {"op": None, "id": 1},
    "no id": {"op": "room.close", "room": "r"},
    "no id and unknown": {"op": "nope"},
    "id is null": {"op": "room.close", "room": "r", "id": None},
    "id is a truth": {**TYPING, "id": True},
    "id is a fraction": {**TYPING, "id": 1.5},
    "id is a list": {**TYPING, "id": [1]},
    "id is an object": {"op": "nope", "id": {}},
    "id too long": {**TYPING, "id": "i" * 65},
    "id too large": {**TYPING, "id": INTEGER_MAX_EXCLUSIVE},
    "id too small": {**TYPING, "id": -INTEGER_MAX_EXCLUSIVE},
    "quiet and wrong": {"op": "typing", "room": 5, "on": True},
    "NaN": {**TYPING, "x": float("nan")},
    "infinity": {"op": "read", "id": 1, "room": "r", "seq": float("inf")},
}


def pack(codec: Codec, value: object) -> bytes:
    """Write a frame as a client would."""
    if codec is Codec.JSON:
        return json.dumps(value, ensure_ascii=False).encode()
    packed: bytes = msgpack.packb(value)
    return packed


def read(codec: Codec, data: bytes) -> Decoded:
    """Decode with the opcode that belongs to the codec."""
    return decode(codec, Opcode.TEXT if codec is Codec.JSON else Opcode.BINARY, data)


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize(("value", "frame"), GOOD)
def test_what_is_right_is_understood(
    codec: Codec, value: dict[str, Any], frame: wire.ClientFrame
) -> None:
    assert read(codec, pack(codec, value)) == frame
    assert read(codec, pack(codec, dict(reversed(value.items())))) == frame


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("name", REJECTED)
def test_what_asks_for_too_much_is_refused_by_its_id(codec: Codec, name: str) -> None:
    answer = read(codec, pack(codec, REJECTED[name]))
    assert isinstance(answer, Rejected)
    assert answer.ref == 1
    assert isinstance(answer.refusal, BadRequest)


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("name", BAD)
def test_what_is_no_frame_is_a_bad_frame(codec: Codec, name: str) -> None:
    with pytest.raises(BadFrame):
        read(codec, pack(codec, BAD[name]))


@pytest.mark.parametrize("codec", Codec)
def test_a_refusal_does_not_repeat_what_the_client_wrote(codec: Codec) -> None:
    for value in ({"op": "secret words", "id": 1}, {**TYPING, "secret words": 1}):
        answer = read(codec, pack(codec, value))
        assert isinstance(answer, Rejected)
        assert "secret" not in str(answer.refusal)


@pytest.mark.parametrize("codec", Codec)
def test_each_codec_has_its_kind_of_frame(codec: Codec) -> None:
    wrong = {Opcode.TEXT, Opcode.BINARY} - {Opcode.TEXT if codec is Codec.JSON else Opcode.BINARY}
    with pytest.raises(BadFrame):
        decode(codec, wrong.pop(), pack(codec, TYPING))


REPEATED = {
    "at once": b'{"op":"typing","room":"r","on":true,"on":false}',
    "with space": b'{"op":"typing","room":"r","on" : true , "on"\t:\n false}',
    "op": b'{"op":"typing","op":"typing","room":"r","on":true}',
    "op, another": b'{"op":"typing","op":"read","room":"r","on":true}',
    "null first": b'{"op":"typing","room":"r","on":true,"id":null,"id":5}',
    "null last": b'{"op":"typing","room":"r","on":true,"id":5,"id":null}',
    "both null": b'{"op":"typing","room":"r","on":true,"id":null,"id":null}',
    "escaped": b'{"op":"typing","room":"r","on":true,"o\\u006e":true}',
    "inside": b'{"op":"room.open","id":1,"room":"r","after":{"epoch":1,"seq":1,"seq":2}}',
    "the whole inside": b'{"op":"room.open","id":1,"room":"r",'
    b'"after":{"epoch":1,"seq":1},"after":null}',
    "in a body": b'{"op":"msg.send","id":1,"room":"r","cid":"c","kind":"image",'
    b'"body":{"file":"a","file":"b"}}',
    "in an unknown op": b'{"op":"nope","id":1,"x":1,"x":2}',
    "in an unknown field": b'{"op":"typing","id":1,"room":"r","on":true,"x":{"a":1,"a":2}}',
}


@pytest.mark.parametrize("name", REPEATED)
def test_a_repeated_key_is_a_bad_frame(name: str) -> None:
    with pytest.raises(BadFrame):
        read(Codec.JSON, REPEATED[name])


def test_colons_in_texts_are_not_keys() -> None:
    data = b'{ "op" : "typing" , "room" : "a:b::\\":" , "on" : true }'
    assert read(Codec.JSON, data) == wire.Typing(room='a:b::":', on=True)


BAD_JSON = {
    "empty": b"",
    "NaN": b'{"op":"read","id":1,"room":"r","seq":NaN}',
    "Infinity": b'{"op":"read","id":1,"room":"r","seq":-Infinity}',
    "1e400": b'{"op":"read","id":1,"room":"r","seq":1e400}',
    "huge": b'{"op":"read","id":1,"room":"r","seq":' + b"9" * 5_000 + b"}",
    "invalid UTF-8": b'{"op":"typing","room":"\xff","on":true}',
    "overlong UTF-8": b'{"op":"typing","room":"\xc0\xaf","on":true}',
    "surrogate in UTF-8": b'{"op":"typing","room":"\xed\xa0\x80","on":true}',
    "lone surrogate": b'{"op":"typing","room":"\\ud800","on":true}',
    "lone low surrogate": b'{"op":"typing","room":"\\udc00x","on":true}',
    "surrogates swapped": b'{"op":"typing","room":"\\udc00\\ud800","on":true}',
    "raw control": b'{"op":"typing","room":"\x01","on":true}',
    "raw NUL": b'{"op":"typing","room":"\x00","on":true}',
    "trailing": b'{"op":"typing","room":"r","on":true}x',
    "two": b'{"op":"typing","room":"r","on":true}{"op":"typing","room":"r","on":true}',
    "trailing comma": b'{"op":"typing","room":"r","on":true,}',
    "byte order mark": b'\xef\xbb\xbf{"op":"typing","room":"r","on":true}',
    "leading zero": b'{"op":"read","room":"r","seq":01}',
    "deep": b'{"op":"typing","id":1,"x":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "deep objects": b'{"op":"typing","id":1,"x":' + b'{"a":' * 9_000 + b"1" + b"}" * 9_001,
    "deep in a position": b'{"op":"room.open","id":1,"room":"r","after":' + b"[" * 60_000,
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_what_is_not_json_is_a_bad_frame(name: str) -> None:
    with pytest.raises(BadFrame):
        read(Codec.JSON, BAD_JSON[name])


BAD_MSGPACK = {
    "empty": b"",
    "half": msgpack.packb(TYPING)[:-1],
    "more behind": msgpack.packb(TYPING) + b"\x00",
    "never used": b"\xc1",
    "array length lie": b"\xdd\xff\xff\xff\xff",
    "map length lie": b"\xdf\xff\xff\xff\xff\xa1a\x01",
    "text length lie": b"\xdb\xff\xff\xff\xffx",
    "bin length lie": b"\xc6\xff\xff\xff\xffx",
    "ext length lie": b"\xc9\xff\xff\xff\xff\x01x",
    "repeated key": b"\x82\xa2op\xa6typing\xa2op\xa6typing",
    "repeated inside": b"\x83\xa2op\xa4nope\xa2id\x01\xa1x\x82\xa1a\x01\xa1a\x02",
    "number as key": b"\x82\xa2op\xa6typing\x01\x01",
    "binary key": b"\x82\xa2op\xa6typing\xc4\x01a\x01",
    "list as key": b"\x82\xa2op\xa6typing\x91\x01\x01",
    "invalid UTF-8": b"\x82\xa2op\xa6typing\xa4room\xa1\xff",
    "surrogate": b"\x82\xa2op\xa6typing\xa4room\xa3\xed\xa0\x80",
    "ext": msgpack.packb({**TYPING, "x": msgpack.ExtType(5, b"x")}),
    "timestamp": msgpack.packb({**TYPING, "room": msgpack.Timestamp(1, 2)}),
    "timestamp as id": msgpack.packb({**TYPING, "id": msgpack.Timestamp(1, 2)}),
    "timestamp that is none": b"\x82\xa2op\xa4nope\xa1x\xd7\xff\xff\xff\xff\xff\x00\x00\x00\x00",
    "binary for text": msgpack.packb({**TYPING, "room": b"r"}),
    "deep lists": b"\x83\xa2op\xa6typing\xa2id\x01\xa1x" + b"\x91" * 60_000 + b"\x01",
    "deep maps": b"\x83\xa2op\xa6typing\xa2id\x01\xa1x" + b"\x81\xa1a" * 20_000 + b"\x01",
}


@pytest.mark.parametrize("name", BAD_MSGPACK)
def test_what_is_not_messagepack_is_a_bad_frame(name: str) -> None:
    with pytest.raises(BadFrame):
        read(Codec.MSGPACK, BAD_MSGPACK[name])


@pytest.mark.parametrize("codec", Codec)
def test_both_codecs_nest_equally_deep(codec: Codec) -> None:
    def nested(depth: int) -> dict[str, Any]:
        value: Any = 1
        for _ in range(depth - 1):
            value = [value]
        return {"op": "nope", "id": 1, "x": value}

    assert isinstance(read(codec, pack(codec, nested(FRAME_DEPTH_MAX))), Rejected)
    with pytest.raises(BadFrame):
        read(codec, pack(codec, nested(FRAME_DEPTH_MAX + 1)))


def test_an_escaped_nul_is_well_formed_here_and_refused_by_the_rules() -> None:
    frame = read(Codec.JSON, b'{"op":"typing","room":"a\\u0000","on":true}')
    assert frame == wire.Typing(room="a\0", on=True)


# --- any bytes ------------------------------------------------------------------------------

PIECES = rb"""
{"op":" typing read room.open "room": "on": "seq": "id": "after": "epoch": "a:b" { } [ ] , : " 1 -1
1e9 1.0 true null \u0000 \ud83d\ude00 \ud800 NaN
"""
words = st.sampled_from([*PIECES.split(), b" ", b"\x00", b"\xff", b"\xea\xb0\x80"])
like_json = st.lists(words, max_size=24).map(b"".join)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)
fields = st.sampled_from(
    ["op", "id", "room", "on", "seq", "after", "limit", "cid", "kind", "body", "token", "epoch"]
)
ops = st.sampled_from([frame["op"] for frame, _ in GOOD])
objects = st.builds(
    lambda op, rest: {"op": op, **rest}, ops, st.dictionaries(fields, values, max_size=6)
)


def judge(codec: Codec, data: bytes) -> Decoded | None:
    """Decode; only these three things may come of it."""
    try:
        answer = read(codec, data)
    except BadFrame:
        return None
    assert isinstance(answer, wire.ClientFrame | Rejected)
    return answer


@given(st.binary(max_size=200) | like_json | objects.map(lambda one: json.dumps(one).encode()))
@example(b'{"op":"read","room":"r","seq":1.0}')
def test_any_bytes_as_json_are_judged_and_the_quick_way_is_as_strict(data: bytes) -> None:
    answer = judge(Codec.JSON, data)
    if isinstance(answer, wire.ClientFrame):
        parse_object(data)  # raises where the quick way was more lenient than the slow one


@given(st.binary(max_size=200) | objects.map(msgpack.packb) | like_json)
def test_any_bytes_as_messagepack_are_judged(data: bytes) -> None:
    judge(Codec.MSGPACK, data)


@given(objects)
def test_an_object_means_the_same_in_both_codecs(value: dict[str, Any]) -> None:
    def meaning(codec: Codec) -> object:
        answer = judge(codec, pack(codec, value))
        return answer.ref if isinstance(answer, Rejected) else answer

    assert meaning(Codec.JSON) == meaning(Codec.MSGPACK)


@given(st.sampled_from([frame for _, frame in GOOD]), st.data())
def test_a_cut_or_flipped_frame_is_judged(frame: wire.ClientFrame, data: st.DataObject) -> None:
    for codec in Codec:
        raw = bytearray(pack(codec, msgspec.to_builtins(frame)))
        for at in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=3)):
            raw[at] = data.draw(st.integers(0, 255))
        judge(codec, bytes(raw[: data.draw(st.integers(0, len(raw)))]))
