"""The generator's own frames: what it writes a server can read, what it reads it reads exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.speedups import apply_mask

from bench.load.frames import (
    FrameError,
    Opcode,
    client_frame,
    server_frame,
    split_frames,
)

OPCODES = st.sampled_from([Opcode.TEXT, Opcode.BINARY, Opcode.PING, Opcode.CLOSE])
PAYLOADS = st.binary(max_size=300) | st.sampled_from([b"x" * n for n in (125, 126, 65_535, 65_536)])


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_a_client_frame_is_masked_and_whole(size: int) -> None:
    payload = bytes(index % 251 for index in range(size))
    frame = client_frame(Opcode.BINARY, payload)
    assert frame[0] == 0x82
    assert frame[1] & 0x80
    body = len(frame) - size
    assert apply_mask(frame[body:], frame[body - 4 : body]) == payload
    length = frame[1] & 0x7F
    if length >= 126:
        length = int.from_bytes(frame[2 : body - 4], "big")
    assert length == size


@given(st.lists(st.tuples(OPCODES, PAYLOADS), max_size=5), st.data())
def test_frames_are_read_however_the_bytes_are_cut(
    frames: list[tuple[Opcode, bytes]], data: st.DataObject
) -> None:
    stream = b"".join(server_frame(opcode, payload) for opcode, payload in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    read: list[tuple[int, bytes]] = []
    rest = b""
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        whole, rest = split_frames(rest + stream[start:end])
        read += whole
    assert read == frames
    assert rest == b""


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x01\x01a", id="fragment"),
        pytest.param(b"\x80\x01a", id="continuation"),
        pytest.param(b"\xc1\x01a", id="compressed"),
        pytest.param(b"\x81\x81\x00\x00\x00\x00a", id="masked by the server"),
        pytest.param(b"\x81\xfe\x00\x7e\x00\x00\x00\x00", id="masked and longer"),
        pytest.param(b"\x81\x7f\x00\x00\x00\x01\x00\x00\x00\x00", id="4 GiB"),
    ],
)
def test_what_no_server_agreed_to_send_is_an_error(data: bytes) -> None:
    with pytest.raises(FrameError):
        split_frames(data)
