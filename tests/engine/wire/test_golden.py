"""The server's frames are the bytes that clients know, and mean the same in both codecs."""

from __future__ import annotations

import ast
import json
import re

import msgpack
import msgspec
import pytest

from engine.ports.outbox import NoticeKind
from engine.wire.codec import Codec, decode
from engine.wire.frames import LASTING_EVENTS, PASSING_EVENTS
from engine.wire.websocket import Opcode
from tests.engine.golden.frames import FOLDER, FRAMES, golden
from tests.engine.golden.ops import OPCODES, OPS, payload_of, tags
from tests.tidy.tree import ROOT, sources, syntax

BARE = {"ping", "close"}


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_what_it_was(name: str, codec: Codec) -> None:
    assert FRAMES[name](codec) == golden(name, codec).read_bytes()


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("name", OPS)
def test_an_op_is_read_as_it_was(name: str, codec: Codec) -> None:
    data = golden(f"op-{name}", codec).read_bytes()
    assert data == payload_of(name, codec)
    frame = decode(codec, OPCODES[codec], data)
    said = msgspec.json.decode(msgspec.json.encode(frame))
    assert {key: value for key, value in said.items() if value is not None} == OPS[name]


def test_every_op_has_a_golden_frame() -> None:
    assert {said["op"] for said in OPS.values()} == tags()


def test_every_event_has_a_golden_frame() -> None:
    said = {name: payload(FRAMES[name](Codec.JSON)) for name in FRAMES if name not in BARE}
    events = {json.loads(data).get("ev") for _, data in said.values()} - {None}
    assert events == {*LASTING_EVENTS, *PASSING_EVENTS}


def test_every_event_of_the_code_has_a_name_in_the_registry() -> None:
    named = {
        str(value.value)
        for path in sources()
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "ev" and isinstance(value, ast.Constant)
    }
    assert named <= PASSING_EVENTS
    told = {NoticeKind.MATCH, NoticeKind.MATCH_ENDED, NoticeKind.LIKES}
    told |= {NoticeKind.MATCHING, NoticeKind.REVIEWED}
    assert {*told} <= PASSING_EVENTS


@pytest.mark.parametrize("name", sorted({*tags(), *LASTING_EVENTS, *PASSING_EVENTS}))
def test_every_op_and_event_is_described(name: str) -> None:
    described = (ROOT / "docs" / "protocol.md").read_text()
    assert re.search(rf"^#### `{re.escape(name)}", described, flags=re.MULTILINE), name


def test_every_golden_file_belongs_to_a_frame() -> None:
    names = (*FRAMES, *(f"op-{name}" for name in OPS))
    wanted = {golden(name, codec) for name in names for codec in Codec}
    assert set(FOLDER.glob("*.frame")) == wanted


@pytest.mark.parametrize("name", sorted(set(FRAMES) - BARE))
def test_both_codecs_say_the_same(name: str) -> None:
    said, packed = (payload(FRAMES[name](codec)) for codec in Codec)
    assert json.loads(said[1]) == msgpack.unpackb(packed[1])
    assert (said[0], packed[0]) == (Opcode.TEXT, Opcode.BINARY)


def payload(frame: bytes) -> tuple[int, bytes]:
    """Take a finished frame apart; it is whole and not masked."""
    size, start = frame[1], 2
    assert size < 127
    if size == 126:
        size, start = int.from_bytes(frame[2:4], "big"), 4
    assert frame[0] & 0xF0 == 0x80
    assert len(frame) == start + size
    return frame[0] & 0x0F, frame[start:]
