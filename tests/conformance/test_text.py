"""Text is UTF-8 or the line ends with 1007, wherever fragments and packets are cut."""

from __future__ import annotations

import pytest

from tests.builders_wire import client_frame, close_payload
from tests.conformance.wire import BINARY, CLOSE, GOODBYE, MORE, TEXT, ending, open_echo, told

# First and last of each length, the neighbours of the surrogates, and what is no character.
GOOD = [
    "κόσμε",
    "안녕하세요",
    "👩‍👩‍👧",
    "\x00\x7f\x80߿ࠀ￿\U00010000\U0010ffff",
    "퟿�﷐￾￿",
    "\U0001fffe\U0001ffff\U0010fffe",
]
BAD = {
    "a byte that never stands": b"\xfe",
    "another": b"\xff",
    "a continuation alone": b"a\x80",
    "six continuations": b"\x80\xbf\x80\xbf\x80\xbf",
    "a start alone": b"\xc2",
    "two of three": b"\xec\x95",
    "three of four": b"\xf0\x9f\x91",
    "a start before a letter": b"\xe0\xa0x",
    "overlong slash, 2": b"\xc0\xaf",
    "overlong slash, 3": b"\xe0\x80\xaf",
    "overlong slash, 4": b"\xf0\x80\x80\xaf",
    "overlong NUL": b"\xc0\x80",
    "overlong, the largest of 2": b"\xc1\xbf",
    "the first surrogate": b"\xed\xa0\x80",
    "the last surrogate": b"\xed\xbf\xbf",
    "a pair of surrogates": b"\xed\xa0\xbd\xed\xb2\xa9",
    "beyond the last": b"\xf4\x90\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "six bytes": b"\xfc\x84\x80\x80\x80\x80",
}


@pytest.mark.parametrize("text", GOOD)
async def test_good_text_comes_back_however_it_is_cut(text: str) -> None:
    data = text.encode()
    bye = (CLOSE, close_payload(1000))
    # Every character is cut in its middle: only the whole message has to be UTF-8.
    one_by_one = b"".join(
        client_frame(MORE if n else TEXT, data[n : n + 1], fin=n == len(data) - 1)
        for n in range(len(data))
    )
    async with open_echo() as house:
        assert await told(house, client_frame(TEXT, data) + GOODBYE) == [(TEXT, data), bye]
        assert await told(house, one_by_one + GOODBYE) == [(TEXT, data), bye]
        assert await told(house, one_by_one + GOODBYE, cut=1) == [(TEXT, data), bye]


@pytest.mark.parametrize("name", BAD)
async def test_bad_text_is_1007_however_it_is_cut(name: str) -> None:
    data = "안녕 κόσμε ".encode() + BAD[name]
    for text in (data, data + b" and more"):
        in_three = (
            client_frame(TEXT, text[:1], fin=False)
            + client_frame(MORE, text[1:-1], fin=False)
            + client_frame(MORE, text[-1:])
        )
        async with open_echo() as house:
            for whole in (client_frame(TEXT, text), in_three):
                for cut in (0, 1):
                    frames = await told(house, whole + client_frame(TEXT, b"after"), cut=cut)
                    assert len(frames) == 1
                    assert ending(frames) == 1007


@pytest.mark.parametrize("name", BAD)
async def test_bytes_may_be_anything(name: str) -> None:
    async with open_echo() as house:
        frames = await told(house, client_frame(BINARY, BAD[name]) + GOODBYE)
        assert frames[0] == (BINARY, BAD[name])
