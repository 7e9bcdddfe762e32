"""The server's frames are the bytes that clients know, and mean the same in both codecs."""

from __future__ import annotations

import json

import msgpack
import pytest

from engine.wire.codec import Codec
from engine.wire.websocket import Opcode
from tests.engine.golden.frames import FOLDER, FRAMES, golden


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_what_it_was(name: str, codec: Codec) -> None:
    assert FRAMES[name](codec) == golden(name, codec).read_bytes()


def test_every_golden_file_belongs_to_a_frame() -> None:
    wanted = {golden(name, codec) for name in FRAMES for codec in Codec}
    assert set(FOLDER.glob("*.frame")) == wanted


@pytest.mark.parametrize("name", sorted(set(FRAMES) - {"ping", "close"}))
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
