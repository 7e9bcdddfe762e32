"""The closing handshake: which codes and reasons a peer may send, and what counts after it."""

from __future__ import annotations

import pytest
import trio

from tests.builders_wire import client_frame, close_payload
from tests.conformance.wire import (
    BINARY,
    CLOSE,
    GOODBYE,
    MORE,
    PING,
    TEXT,
    ending,
    knock,
    open_echo,
    told,
)

GOOD_CODES = [*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4999]
BAD_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]


async def test_every_code_that_may_be_sent_comes_back() -> None:
    async with open_echo() as house:
        for code in GOOD_CODES:
            for reason in (b"", "그럼 이만".encode(), b"x" * 123):
                frames = await told(house, client_frame(CLOSE, close_payload(code, reason)))
                assert frames == [(CLOSE, close_payload(code))]


async def test_a_close_without_a_code_is_answered() -> None:
    async with open_echo() as house:
        assert ending(await told(house, client_frame(CLOSE))) == 1000


@pytest.mark.parametrize("code", BAD_CODES)
async def test_a_code_that_may_not_be_sent_is_1002(code: int) -> None:
    async with open_echo() as house:
        assert ending(await told(house, client_frame(CLOSE, close_payload(code)))) == 1002


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"\x03", 1002),
        (close_payload(1000, b"x" * 124), 1002),
        (close_payload(1000, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"), 1007),
        (close_payload(1000, "안".encode()[:2]), 1007),
        (close_payload(4000, b"\xff"), 1007),
    ],
)
async def test_a_close_frame_that_is_none(payload: bytes, code: int) -> None:
    async with open_echo() as house:
        assert ending(await told(house, client_frame(CLOSE, payload))) == code
        assert ending(await told(house, client_frame(CLOSE, payload), cut=1)) == code


@pytest.mark.parametrize(
    "after",
    [
        GOODBYE,
        client_frame(CLOSE, close_payload(1001)),
        client_frame(PING, b"still there?"),
        client_frame(TEXT, b"one thing more"),
        client_frame(MORE, b"the end"),
        client_frame(7, b"nonsense"),
    ],
)
async def test_nothing_counts_after_a_close(after: bytes) -> None:
    async with open_echo() as house:
        assert await told(house, GOODBYE + after) == [(CLOSE, close_payload(1000))]
        assert await told(house, GOODBYE + after, cut=1) == [(CLOSE, close_payload(1000))]


async def test_a_close_inside_a_message_ends_it_unfinished() -> None:
    async with open_echo() as house:
        data = client_frame(TEXT, b"half a", fin=False) + GOODBYE
        assert await told(house, data) == [(CLOSE, close_payload(1000))]


async def test_what_was_echoed_before_a_close_is_all_there() -> None:
    async with open_echo() as house:
        body = b"x" * 60_000
        frames = await told(house, client_frame(BINARY, body) * 4 + GOODBYE)
        assert frames == [(BINARY, body)] * 4 + [(CLOSE, close_payload(1000))]


async def test_a_peer_that_breaks_the_rules_and_stays_is_dropped_in_the_end() -> None:
    async with open_echo() as house:
        peer = await knock(house)
        await peer.send_raw(client_frame(7))
        await peer.gone()  # It is told at once that nothing more will come.
        (connection,) = house.gateway.hub.connections()
        connection.check(trio.current_time() + 5)
        assert len(house.gateway.hub) == 0


async def test_a_peer_that_vanishes_is_forgotten() -> None:
    async with open_echo() as house:
        peer = await knock(house)
        await peer.send_raw(client_frame(TEXT, b"half a", fin=False))
        peer.stream.socket.close()
        await house.until(lambda: len(house.gateway.hub) == 0)
