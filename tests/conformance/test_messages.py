"""Whole messages, fragments, control frames between them, and what may not stand on the wire."""

from __future__ import annotations

import pytest

from engine.limits import CLIENT_FRAME_BYTES_MAX
from engine.wire.websocket import Opcode
from tests.builders_wire import client_frame, close_payload
from tests.conformance.wire import (
    BINARY,
    CLOSE,
    GOODBYE,
    MORE,
    PING,
    PONG,
    TEXT,
    Frames,
    ending,
    open_echo,
    told,
)

SIZES = [0, 1, 124, 125, 126, 127, 128, 65_534, 65_535, 65_536]
BYE = (CLOSE, close_payload(1000))


def letters(size: int) -> bytes:
    """Text of a size in which no byte looks like its neighbour."""
    return bytes(97 + n % 26 for n in range(size))


def pieces(opcode: Opcode, payload: bytes, size: int) -> bytes:
    """One message in fragments of a size, an empty one at the end."""
    count = -(-len(payload) // size)
    return b"".join(
        client_frame(MORE if n else opcode, payload[n * size : (n + 1) * size], fin=n == count)
        for n in range(count + 1)
    )


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
async def test_a_message_of_every_length_comes_back(opcode: Opcode) -> None:
    async with open_echo() as house:
        for size in SIZES:
            payload = letters(size)
            frame = client_frame(opcode, payload)
            assert await told(house, frame + GOODBYE) == [(opcode, payload), BYE]
            assert await told(house, frame + GOODBYE, cut=997) == [(opcode, payload), BYE]
            in_parts = pieces(opcode, payload, 1 + size // 7)
            assert await told(house, in_parts + GOODBYE) == [(opcode, payload), BYE]


async def test_a_length_may_be_written_wider_than_it_need_be() -> None:
    async with open_echo() as house:
        for size, width in [(0, 2), (125, 2), (125, 8), (126, 8), (65_535, 8)]:
            frame = client_frame(BINARY, letters(size), width=width)
            assert await told(house, frame + GOODBYE) == [(BINARY, letters(size)), BYE]


@pytest.mark.parametrize("key", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x01\x00\x00\x80"])
async def test_any_mask_is_taken_off(key: bytes) -> None:
    async with open_echo() as house:
        frame = client_frame(TEXT, letters(333), mask=key)
        assert await told(house, frame + GOODBYE, cut=1) == [(TEXT, letters(333)), BYE]


@pytest.mark.parametrize("size", [0, 1, 125])
async def test_a_ping_comes_back_as_a_pong(size: int) -> None:
    async with open_echo() as house:
        payload = bytes(255 - n for n in range(size))
        assert await told(house, client_frame(PING, payload) + GOODBYE) == [(PONG, payload), BYE]
        assert await told(house, client_frame(PING, payload) + GOODBYE, cut=1) == [
            (PONG, payload),
            BYE,
        ]


async def test_ten_pings_are_answered_in_their_order() -> None:
    async with open_echo() as house:
        data = b"".join(client_frame(PING, b"%d" % n) for n in range(10))
        pongs: Frames = [(PONG, b"%d" % n) for n in range(10)]
        assert await told(house, data + GOODBYE) == [*pongs, BYE]
        assert await told(house, data + GOODBYE, cut=1) == [*pongs, BYE]


async def test_a_pong_nobody_asked_for_is_passed_over() -> None:
    async with open_echo() as house:
        data = client_frame(PONG) + client_frame(PONG, b"x" * 125) + client_frame(PING, b"now")
        assert await told(house, data + GOODBYE) == [(PONG, b"now"), BYE]


@pytest.mark.parametrize("cut", [0, 1, 7])
async def test_control_frames_stand_between_fragments(cut: int) -> None:
    data = (
        client_frame(TEXT, b"one ", fin=False)
        + client_frame(PING, b"first")
        + client_frame(MORE, b"", fin=False)
        + client_frame(PONG, b"nobody asked")
        + client_frame(MORE, b"two ", fin=False)
        + client_frame(PING, b"second")
        + client_frame(MORE, b"three")
        + client_frame(BINARY, b"next")
    )
    async with open_echo() as house:
        assert await told(house, data + GOODBYE, cut=cut) == [
            (PONG, b"first"),
            (PONG, b"second"),
            (TEXT, b"one two three"),
            (BINARY, b"next"),
            BYE,
        ]


WRONG_FRAMES = {
    **{f"reserved {bit:#x}": client_frame(TEXT, b"x", reserved=bit) for bit in range(16, 128, 16)},
    **{f"reserved {bit:#x} on a ping": client_frame(PING, reserved=bit) for bit in (16, 32, 64)},
    **{f"opcode {n}": client_frame(n, b"x") for n in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    **{f"opcode {n}, empty": client_frame(n) for n in (3, 15)},
    **{f"unmasked {op.name}": client_frame(op, b"", mask=None) for op in (TEXT, BINARY, PING)},
    "ping of 126": client_frame(PING, b"x" * 126),
    "pong of 126": client_frame(PONG, b"x" * 126),
    "ping in pieces": client_frame(PING, b"x", fin=False) + client_frame(MORE, b"y"),
    "pong in pieces": client_frame(PONG, b"x", fin=False) + client_frame(MORE, b"y"),
    "continuation of nothing": client_frame(MORE, b"x"),
    "unfinished continuation of nothing": client_frame(MORE, b"x", fin=False),
    "text inside text": client_frame(TEXT, b"x", fin=False) + client_frame(TEXT, b"y"),
    "bytes inside text": client_frame(TEXT, b"x", fin=False) + client_frame(BINARY, b"y"),
}


@pytest.mark.parametrize("name", WRONG_FRAMES)
async def test_what_may_not_stand_on_the_wire_is_1002(name: str) -> None:
    """What came whole before it is answered, however it was cut; what follows is not."""
    data = client_frame(TEXT, b"before") + WRONG_FRAMES[name] + client_frame(PING, b"after")
    async with open_echo() as house:
        for cut in (0, 1, 11):
            frames = await told(house, data, cut=cut)
            assert frames[:-1] == [(TEXT, b"before")], cut
            assert ending(frames) == 1002, cut


@pytest.mark.parametrize(
    "data",
    [
        client_frame(TEXT, letters(CLIENT_FRAME_BYTES_MAX + 1)),
        client_frame(BINARY, b"", size=2**63 - 1, width=8),
        client_frame(BINARY, b"", size=2**64 - 1, width=8),
        pieces(BINARY, letters(CLIENT_FRAME_BYTES_MAX + 1), 8_192),
    ],
)
async def test_a_message_above_the_limit_is_1009(data: bytes) -> None:
    async with open_echo() as house:
        assert ending(await told(house, data)) == 1009
        assert ending(await told(house, data, cut=1_000)) == 1009


async def test_a_thousand_messages_in_any_pieces_come_back_in_their_order() -> None:
    async with open_echo() as house:
        bodies = [b"%d " % n + letters(n % 200) for n in range(1_000)]
        data = b"".join(client_frame(TEXT, body) for body in bodies) + GOODBYE
        for cut in (0, 61):
            frames = await told(house, data, cut=cut)
            assert [payload for _, payload in frames[:-1]] == bodies
