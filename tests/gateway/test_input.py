"""Bad input: each gets its code, and the session lives on where it may."""

from __future__ import annotations

import json
import random
from functools import partial
from typing import Any

import msgpack
import pytest
import trio
from websockets.trio.client import connect

from engine.limits import CLIENT_FRAME_BYTES_MAX, CONTROL_FRAMES_PER_MINUTE_MAX
from engine.wire.codec import Codec
from engine.wire.websocket import Opcode
from tests.actors.world import ROOM
from tests.builders_wire import client_frame, close_payload
from tests.gateway.house import open_house

BAD_JSON = {
    "empty": b"",
    "malformed": b"{",
    "deep": b'{"op":"typing","id":1,"x":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "duplicate key": b'{"op":"typing","op":"typing","room":"r","on":true}',
    "NaN": b'{"op":"read","id":1,"room":"r","seq":NaN}',
    "invalid UTF-8": b'{"op":"typing","room":"\xff","on":true}',
    "lone surrogate": b'{"op":"typing","room":"\\ud800","on":true}',
    "huge integer": b'{"op":"read","id":1,"room":"r","seq":' + b"9" * 60_000 + b"}",
    "a list": b"[]",
    "no id": b'{"op":"nope"}',
}
BAD_MSGPACK = {
    "empty": b"",
    "malformed": b"\xc1",
    "length lie": b"\xdd\xff\xff\xff\xff",
    "deep": b"\x81\xa2op" + b"\x91" * 60_000 + b"\x01",
    "duplicate key": b"\x82\xa2op\xa1x\xa2op\xa1x",
    "ext": msgpack.packb(msgpack.ExtType(1, b"x" * 1_000)),
}
BAD = [(Codec.JSON, data) for data in BAD_JSON.values()] + [
    (Codec.MSGPACK, data) for data in BAD_MSGPACK.values()
]
NUL_SEND: dict[str, Any] = {"room": ROOM, "cid": "a", "kind": "text", "body": "a\0b"}

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("nope", {}, "bad_request"),
    ("typing", {"room": ROOM, "on": "yes"}, "bad_request"),
    ("typing", {"room": ROOM, "on": True, "more": 1}, "bad_request"),
    ("room.open", {"room": "x" * 16}, "not_found"),
    ("room.open", {"room": "\0" * 16}, "not_found"),
    ("msg.send", NUL_SEND, "bad_request"),
    ("msg.send", {**NUL_SEND, "body": " "}, "bad_request"),
    ("msg.send", {**NUL_SEND, "body": "가" * 1_001}, "too_large"),
    ("msg.send", {**NUL_SEND, "body": "x", "cid": "a\0"}, "bad_request"),
    ("msg.send", {**NUL_SEND, "body": "x", "kind": "image"}, "bad_request"),
    ("msg.send", {**NUL_SEND, "body": "x", "reply_to": 99}, "bad_request"),
    ("like.send", {"group": "g", "member": "m", "intent": "x", "cid": "c"}, "not_found"),
]


@pytest.mark.parametrize(("codec", "data"), BAD)
async def test_a_bad_frame_is_answered_and_the_session_lives_on(codec: Codec, data: bytes) -> None:
    async with open_house() as house:
        fox = await house.person("fox", codec)
        await fox.send(data)
        assert await fox.hear() == {"ev": "error", "code": "bad_frame"}
        assert (await fox.say(ROOM, "a"))["ok"]


@pytest.mark.parametrize("codec", Codec)
async def test_what_may_not_be_is_refused_and_the_session_lives_on(codec: Codec) -> None:
    async with open_house() as house:
        fox = await house.person("fox", codec)
        for op, fields, code in REFUSED:
            assert (await fox.ask(op, **fields))["code"] == code, (op, fields)
        assert (await fox.say(ROOM, "a"))["seq"] == 1


async def test_the_wrong_kind_of_frame_is_a_bad_frame() -> None:
    async with open_house() as house:
        fox = await house.person("fox")
        await fox.send_raw(client_frame(Opcode.BINARY, b"{}"))
        assert (await fox.hear())["code"] == "bad_frame"


async def test_the_tenth_bad_frame_in_a_minute_is_abuse() -> None:
    async with open_house() as house:
        fox, owl = await house.person("fox"), await house.person("owl")
        await fox.send_raw(client_frame(Opcode.TEXT, b"") * 10)
        for _ in range(10):
            assert (await fox.hear())["code"] == "bad_frame"
        assert await fox.closed() == 4500
        assert (await owl.say(ROOM, "a"))["ok"]


@pytest.mark.parametrize(
    "data",
    [
        client_frame(Opcode.TEXT, b"", size=CLIENT_FRAME_BYTES_MAX + 1),
        client_frame(Opcode.TEXT, b"", size=2**63, width=8),
        client_frame(Opcode.TEXT, b"x" * 40_000, fin=False)
        + client_frame(Opcode.CONTINUATION, b"", size=40_000),
    ],
)
async def test_too_large_is_closed_before_it_has_come(data: bytes) -> None:
    async with open_house() as house:
        fox, owl = await house.person("fox"), await house.person("owl")
        await fox.send_raw(data)
        assert await fox.closed() == 1009
        assert (await owl.say(ROOM, "a"))["ok"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (client_frame(Opcode.TEXT, b"x", mask=None), 1002),
        (client_frame(Opcode.TEXT, b"x", reserved=0x40), 1002),
        (client_frame(3, b"x"), 1002),
        (client_frame(Opcode.CONTINUATION, b"x"), 1002),
        (client_frame(Opcode.PING, b"x" * 126), 1002),
        (client_frame(Opcode.CLOSE, b"\x03"), 1002),
        (client_frame(Opcode.CLOSE, close_payload(1000, b"\xff")), 1007),
        (client_frame(Opcode.PING) * (CONTROL_FRAMES_PER_MINUTE_MAX + 1), 4500),
    ],
)
async def test_who_breaks_the_rules_of_the_wire_is_closed(data: bytes, code: int) -> None:
    async with open_house() as house:
        fox = await house.person("fox")
        await fox.send_raw(data)
        assert await fox.closed() == code
        await house.until(lambda: len(house.gateway.hub) == 0)


async def test_a_ping_is_answered_between_fragments() -> None:
    async with open_house() as house:
        fox = await house.person("fox")
        frame = b'{"op":"room.close","id":7,"room":"x"}'
        await fox.send_raw(
            client_frame(Opcode.TEXT, frame[:9], fin=False)
            + client_frame(Opcode.PING, b"are you there")
            + client_frame(Opcode.CONTINUATION, frame[9:])
        )
        assert await fox.frame() == (Opcode.PONG, b"are you there")
        assert (await fox.hear())["re"] == 7


@pytest.mark.parametrize("payload", [b"", close_payload(1000), close_payload(4321, b"bye")])
async def test_a_close_is_answered_with_its_code_and_then_the_server_hangs_up(
    payload: bytes,
) -> None:
    async with open_house() as house:
        fox = await house.person("fox")
        await fox.send_raw(client_frame(Opcode.CLOSE, payload))
        opcode, answer = await fox.frame()
        assert (opcode, answer[:2]) == (Opcode.CLOSE, payload[:2] or close_payload(1000))
        await fox.gone()
        assert len(house.node.people) == len(house.gateway.hub) == 0


async def test_a_silent_peer_is_pinged_and_then_dropped() -> None:
    async with open_house() as house:
        fox = await house.person("fox")
        (connection,) = house.gateway.hub.connections()
        connection.check(trio.current_time() + 25)
        assert await fox.frame() == (Opcode.PING, b"")
        connection.check(trio.current_time() + 60)
        await fox.gone()
        assert len(house.node.people) == 0


async def test_an_expired_token_ends_the_line() -> None:
    async with open_house() as house:
        fox = await house.person("fox")
        (connection,) = house.gateway.hub.connections()
        await fox.send_raw(client_frame(Opcode.PONG))
        connection._heard_s += 3_601  # type: ignore[attr-defined]  # it has not been silent
        connection.check(trio.current_time() + 3_601)
        assert await fox.closed() == 4002


async def test_thousands_of_frames_in_any_pieces(rng: random.Random) -> None:
    async with open_house() as house:
        fox = await house.person("fox")
        await fox.ask("room.open", room=ROOM)
        count = 2_000
        said = {"op": "msg.send", "room": ROOM, "kind": "text", "body": "x"}
        data = b"".join(fox.written({**said, "id": n, "cid": f"{n}"}) for n in range(count))

        async def write() -> None:
            rest = data
            while rest:
                size = rng.choice([1, 7, 100, 1_000, 20_000])
                await fox.send_raw(rest[:size])
                rest = rest[size:]

        replies: list[tuple[int, int]] = []
        seqs: list[int] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(write)
            while len(replies) < count or len(seqs) < count:
                heard = await fox.hear()
                if "re" in heard:
                    replies.append((heard["re"], heard["seq"]))
                else:
                    seqs.append(heard["seq"])
        assert replies == [(n, n + 1) for n in range(count)]
        assert seqs == list(range(1, count + 1))


@pytest.mark.parametrize("codec", Codec)
async def test_a_client_that_is_not_ours(codec: Codec) -> None:
    """The trio client of `websockets` beside a raw one, in one room."""
    async with open_house() as house:
        owl = await house.person("owl", Codec.JSON)
        await owl.ask("room.open", room=ROOM)
        url = f"ws://127.0.0.1:{house.port}/v1/ws"
        shaken = connect(url, subprotocols=[codec.value], compression=None)  # type: ignore[list-item]
        with trio.fail_after(10):
            async with shaken as foreign:
                read = partial(parsed, codec)
                await foreign.send(written(codec, op="hello", id=1, token=house.token("fox")))
                assert read(await foreign.recv())["ok"]
                await foreign.send(written(codec, op="room.open", id=2, room=ROOM))
                assert read(await foreign.recv())["ok"]
                said = {"room": ROOM, "cid": "a", "kind": "text", "body": "안녕"}
                await foreign.send(written(codec, op="msg.send", id=3, **said))
                assert read(await foreign.recv())["seq"] == 1
                assert read(await foreign.recv())["body"] == "안녕"
        assert (await owl.event())["body"] == "안녕"
        await house.until(lambda: len(house.node.people) == 1)


def written(codec: Codec, **fields: object) -> str | bytes:
    """Write a message as a foreign client does."""
    packed: bytes = msgpack.packb(fields)
    return json.dumps(fields) if codec is Codec.JSON else packed


def parsed(codec: Codec, data: str | bytes) -> Any:  # noqa: ANN401
    """Read what a foreign client has got."""
    assert isinstance(data, str) == (codec is Codec.JSON)
    return json.loads(data) if isinstance(data, str) else msgpack.unpackb(data)
