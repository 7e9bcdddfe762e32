"""RFC 6455 without I/O: framing, fragments, control frames, and what ends a connection."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.limits import CLIENT_FRAME_BYTES_MAX, FRAGMENTS_PER_MESSAGE_MAX
from engine.wire.close_codes import CloseCode
from engine.wire.websocket import (
    FrameError,
    FrameReader,
    Opcode,
    Received,
    close_frame,
    read_close,
    server_frame,
)
from tests.builders_wire import client_frame, close_payload, server_frames

TEXT, BINARY, MORE = Opcode.TEXT, Opcode.BINARY, Opcode.CONTINUATION
PING, PONG, CLOSE = Opcode.PING, Opcode.PONG, Opcode.CLOSE


def reader(size_max: int = CLIENT_FRAME_BYTES_MAX) -> FrameReader:
    return FrameReader(message_bytes_max=size_max)


def fed(data: bytes, chunks: Iterable[int] = ()) -> tuple[list[Received], CloseCode | None]:
    """Feed `data` cut at `chunks`; return what came and how it ended."""
    frames, received, at = reader(), list[Received](), 0
    for cut in (*sorted(chunks), len(data)):
        received += frames.feed(data[at:cut])
        at = cut
    return received, frames.broken.close_code if frames.broken else None


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536])
def test_every_length_is_read_and_written(size: int) -> None:
    payload = bytes(n % 251 for n in range(size))
    assert fed(client_frame(BINARY, payload)) == ([(BINARY, payload)], None)
    assert server_frames(server_frame(BINARY, payload)) == ([(BINARY, payload)], b"")


@pytest.mark.parametrize("width", [2, 8])
def test_a_wasteful_length_is_still_read(width: int) -> None:
    assert fed(client_frame(TEXT, b"hi", width=width)) == ([(TEXT, b"hi")], None)


def test_fragments_are_joined_and_control_frames_may_stand_between() -> None:
    data = (
        client_frame(TEXT, b"one ", fin=False)
        + client_frame(PING, b"p")
        + client_frame(MORE, b"", fin=False)
        + client_frame(PONG)
        + client_frame(MORE, b"two")
        + client_frame(BINARY, b"next")
    )
    whole = [(PING, b"p"), (PONG, b""), (TEXT, b"one two"), (BINARY, b"next")]
    assert fed(data) == (whole, None)


WRONG = {
    "reserved 1": (client_frame(TEXT, b"x", reserved=0x40), 1002),
    "reserved 2": (client_frame(TEXT, b"x", reserved=0x20), 1002),
    "reserved 3": (client_frame(PING, b"x", reserved=0x10), 1002),
    "not masked": (client_frame(TEXT, b"x", mask=None), 1002),
    "continuation of nothing": (client_frame(MORE, b"x"), 1002),
    "text inside a message": (client_frame(TEXT, b"x", fin=False) + client_frame(TEXT, b"y"), 1002),
    "ping in pieces": (client_frame(PING, b"x", fin=False), 1002),
    "ping too long": (client_frame(PING, b"x" * 126), 1002),
    "ping with a wide length": (client_frame(PING, b"", size=65_535, width=2), 1002),
    "too large": (client_frame(TEXT, b"", size=CLIENT_FRAME_BYTES_MAX + 1), 1009),
    "2^63": (client_frame(TEXT, b"", size=2**63, width=8), 1009),
    "2^64 - 1": (client_frame(BINARY, b"", size=2**64 - 1, width=8), 1009),
    "too large in pieces": (
        client_frame(TEXT, b"x" * CLIENT_FRAME_BYTES_MAX, fin=False) + client_frame(MORE, b"y"),
        1009,
    ),
    "too many pieces": (
        client_frame(TEXT, b"x", fin=False)
        + client_frame(MORE, b"", fin=False) * FRAGMENTS_PER_MESSAGE_MAX,
        1002,
    ),
    **{f"opcode {n}": (client_frame(n, b"x"), 1002) for n in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
}


@pytest.mark.parametrize("name", WRONG)
def test_what_breaks_the_rules_ends_the_connection(name: str) -> None:
    data, code = WRONG[name]
    assert fed(data)[1] == code
    assert fed(data, range(1, min(len(data), 2_000)))[1] == code


def test_too_large_is_refused_by_the_header_alone() -> None:
    frames = reader()
    assert frames.feed(client_frame(TEXT, b"", size=CLIENT_FRAME_BYTES_MAX + 1)[:10]) == []
    assert frames.broken
    assert frames.broken.close_code == CloseCode.TOO_LARGE


def test_what_came_whole_before_an_error_still_counts_and_nothing_after_it() -> None:
    frames = reader()
    wrong = client_frame(TEXT, b"x", reserved=0x40)
    assert frames.feed(client_frame(TEXT, b"one") + wrong) == [(TEXT, b"one")]
    assert frames.broken
    assert frames.feed(client_frame(TEXT, b"two")) == []


def test_the_largest_message_passes_whole_and_in_pieces() -> None:
    half = b"x" * (CLIENT_FRAME_BYTES_MAX // 2)
    assert fed(client_frame(TEXT, half + half)) == ([(TEXT, half + half)], None)
    data = client_frame(TEXT, half, fin=False) + client_frame(MORE, half)
    assert fed(data) == ([(TEXT, half + half)], None)


def test_a_frame_that_trickles_in_costs_no_more_than_its_bytes() -> None:
    """Quadratic work would take minutes; linear work takes a moment."""
    data = client_frame(TEXT, b"x" * CLIENT_FRAME_BYTES_MAX)
    began = time.process_time()
    received, error = fed(data, range(1, len(data)))
    assert (len(received), error) == (1, None)
    assert time.process_time() - began < 2


# --- any split ------------------------------------------------------------------------------

sizes = st.sampled_from([0, 1, 2, 5, 124, 125, 126, 127, 300])
masks = st.binary(min_size=4, max_size=4)
controls = st.builds(
    lambda op, size, mask: [client_frame(op, b"c" * min(size, 125), mask=mask)],
    st.sampled_from([PING, PONG]),
    sizes,
    masks,
)


@st.composite
def messages(draw: st.DrawFn) -> list[bytes]:
    """One message in any number of fragments, with control frames between them."""
    pieces = [
        draw(st.binary(min_size=n, max_size=n))
        for n in draw(st.lists(sizes, min_size=1, max_size=4))
    ]
    frames: list[bytes] = []
    for n, piece in enumerate(pieces):
        opcode = draw(st.sampled_from([TEXT, BINARY])) if n == 0 else MORE
        frames.append(client_frame(opcode, piece, fin=n == len(pieces) - 1, mask=draw(masks)))
        if draw(st.booleans()):
            frames += draw(controls)
    return frames


streams = st.lists(messages() | controls, max_size=6).map(
    lambda all_frames: b"".join(b"".join(frames) for frames in all_frames)
)


@given(streams, st.data())
def test_any_split_gives_the_same(data: bytes, draw: st.DataObject) -> None:
    whole = fed(data)
    assert whole[1] is None
    cuts = draw.draw(st.lists(st.integers(0, len(data)), max_size=12))
    assert fed(data, cuts) == whole
    if len(data) < 1_500:
        assert fed(data, range(len(data))) == whole


@given(st.binary(max_size=60) | st.tuples(streams, st.binary(max_size=20)).map(b"".join), st.data())
def test_any_bytes_end_in_the_same_way_however_they_are_split(
    data: bytes, draw: st.DataObject
) -> None:
    received, error = fed(data)
    split, split_error = fed(data, draw.draw(st.lists(st.integers(0, len(data)), max_size=8)))
    assert (split, split_error) == (received, error)
    assert fed(data, range(len(data))) == (received, error)


# --- closing --------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1014, 3000, 4000, 4999])
def test_a_close_code_is_read(code: int) -> None:
    assert read_close(close_payload(code, "안녕".encode())) == code


def test_a_close_without_a_code_is_normal() -> None:
    assert read_close(b"") == CloseCode.NORMAL


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535])
def test_codes_that_nobody_may_send(code: int) -> None:
    with pytest.raises(FrameError) as caught:
        read_close(close_payload(code))
    assert caught.value.close_code == CloseCode.PROTOCOL_ERROR


def test_a_close_frame_of_one_byte_or_of_no_text() -> None:
    with pytest.raises(FrameError) as caught:
        read_close(b"\x03")
    assert caught.value.close_code == CloseCode.PROTOCOL_ERROR
    with pytest.raises(FrameError) as caught:
        read_close(close_payload(1000, b"\xff"))
    assert caught.value.close_code == CloseCode.INVALID_DATA


def test_a_long_reason_is_cut_at_a_character() -> None:
    ((opcode, payload),), rest = server_frames(close_frame(4000, "가" * 100))
    assert (opcode, rest) == (CLOSE, b"")
    assert len(payload) <= 125
    assert set(payload[2:].decode()) == {"가"}


def test_who_may_come_back() -> None:
    back = {code for code in CloseCode if code.may_reconnect and code >= 4000}
    assert back == {4000, 4001, 4002, 4003}
