"""The door: who may come in, and how long they may stand in it."""

from __future__ import annotations

import json

import pytest
import trio

from api.serve import websocket_paths
from api.settings import Environment
from engine.limits import HANDSHAKE_BYTES_MAX
from engine.model.policy import Policy
from engine.wire.codec import Codec
from engine.wire.websocket import Opcode
from store.days import year_of
from tests.api.edge import make_settings
from tests.builders_wire import client_frame
from tests.gateway.house import ORIGIN, House, Peer, head, open_house, read_head

JSON, PACK = Codec.JSON.value, Codec.MSGPACK.value


async def knock(house: House, data: bytes) -> tuple[int, bytes]:
    """Send a head; return the status and the head of the answer (0: hung up without one)."""
    stream = await house.knock()
    await stream.send_all(data)
    answer, _ = await read_head(stream)
    return (int(answer.split()[1]) if answer else 0), answer.lower()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (head(), 101),
        (head(origins=(ORIGIN,)), 101),
        (head(path="/v1/ws?from=app"), 101),
        (head(path="/"), 404),
        (head(path="/v1/ws/"), 404),
        (head(path="/v1/wsx"), 404),
        (head(path="/V1/WS"), 404),
        (head(path="/v1/../v1/ws"), 404),
        (head(origins=("https://evil.example",)), 403),
        (head(origins=(ORIGIN + ".evil.example",)), 403),
        (head(origins=("https://evil.example?" + ORIGIN,)), 403),
        (head(origins=(ORIGIN.replace("https", "http"),)), 403),
        (head(origins=(ORIGIN + ":443",)), 403),
        (head(origins=(ORIGIN + "/",)), 403),
        (head(origins=("null",)), 403),
        (head(origins=("",)), 403),
        (head(origins=(ORIGIN, "https://evil.example")), 403),
        (head(origins=(ORIGIN, ORIGIN)), 403),
        (head(origins=(f"{ORIGIN}, https://evil.example",)), 403),
        (head(protocols="glimpse.v2.json"), 400),
        (head(version="8"), 426),
        (b"GET /v1/ws HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"POST /v1/ws HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
        (b"\r\n\r\n\r\n\r\n", 400),
    ],
)
async def test_who_may_come_in(data: bytes, status: int) -> None:
    async with open_house() as house:
        found, _ = await knock(house, data)
        assert found == status or (status in {400, 426} and found in {0, 400, 426})
        await house.person("fox")


@pytest.mark.parametrize("environment", Environment)
def test_what_is_for_conformance_suites_is_there_in_their_environment(
    environment: Environment,
) -> None:
    paths = websocket_paths(make_settings(environment))
    assert paths == {"/v1/ws", *(["/v1/echo"] if environment is Environment.TEST else [])}


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [(None, None), (JSON, JSON), (PACK, PACK), (f"{PACK}, x", PACK), (f"a, {JSON}", JSON)],
)
async def test_a_subprotocol_is_agreed_on(offered: str | None, chosen: str | None) -> None:
    async with open_house() as house:
        status, answer = await knock(house, head(protocols=offered))
        assert status == 101
        assert b"sec-websocket-extensions" not in answer
        said = [line for line in answer.split(b"\r\n") if b"sec-websocket-protocol" in line]
        assert said == ([f"sec-websocket-protocol: {chosen}".encode()] if chosen else [])


async def test_no_subprotocol_means_json() -> None:
    async with open_house() as house:
        stream = await house.knock()
        await stream.send_all(head(protocols=None))
        answer, rest = await read_head(stream)
        assert b"101" in answer
        peer = Peer(stream, Codec.JSON)
        peer.data = rest
        assert (await peer.ask("hello", token=house.token("fox")))["ok"]


async def test_compression_is_not_agreed_on() -> None:
    async with open_house() as house:
        offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
        status, answer = await knock(house, head(extra=offer))
        assert status == 101
        assert b"deflate" not in answer


async def test_a_head_that_is_too_long_is_not_read_to_its_end() -> None:
    async with open_house() as house:
        long = head(extra="X-Pad: " + "x" * HANDSHAKE_BYTES_MAX + "\r\n")
        assert (await knock(house, long))[0] in {0, 400, 431}
        many = head(extra="".join(f"X-{n}: 1\r\n" for n in range(3_000)))
        assert (await knock(house, many))[0] in {0, 400, 431}
        await house.person("fox")


async def test_who_trickles_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.gateway.gateway.HANDSHAKE_WITHIN_S", 0.1)
    async with open_house() as house:
        stream = await house.knock()
        await stream.send_all(head()[:50])
        with trio.fail_after(2):
            assert await stream.receive_some() == b""
        await house.until(lambda: house.gateway._shaking == 0)


async def test_a_head_may_come_byte_by_byte() -> None:
    async with open_house() as house:
        stream = await house.knock()
        for byte in head():
            await stream.send_all(bytes((byte,)))
        assert b"101" in (await read_head(stream))[0]


@pytest.mark.parametrize("codec", Codec)
async def test_what_comes_right_behind_the_head_is_not_lost(codec: Codec) -> None:
    async with open_house() as house:
        hello = {"op": "hello", "id": 1, "token": house.token("fox")}
        draft = Peer(trio.SocketStream(trio.socket.socket()), codec)
        behind = draft.written(hello) + draft.written({"op": "typing", "room": "x", "on": True})
        draft.stream.socket.close()
        peer = await house.peer(codec, behind=behind)
        assert (await peer.hear())["ok"]
        assert (await peer.ask("room.open", room="x"))["code"] == "not_found"


async def test_who_hangs_up_in_the_door_leaves_nothing_behind() -> None:
    async with open_house() as house:
        for cut in (0, 10, len(head()) - 1, len(head())):
            stream = await house.knock()
            await stream.send_all(head()[:cut])
            await stream.aclose()
        await house.until(lambda: house.gateway._shaking == 0 and len(house.gateway.hub) == 0)


# --- hello ----------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", Codec)
async def test_hello_says_who_and_where(codec: Codec) -> None:
    async with open_house(rooms=2) as house:
        fox = await house.person("fox", codec)
        await fox.say(next(iter(house.memory.rooms)), "a")
        again = await (await house.peer(codec)).ask("hello", token=house.token("fox"))
        assert again["heartbeat_s"] == 25
        assert abs(again["server_time"] - house.now_ms()) < 60_000
        assert sorted((one["seq"], one["epoch"], one["read"]) for one in again["rooms"]) == [
            (0, 1, 0),
            (1, 1, 0),
        ]
        assert "account" not in json.dumps(again)


async def test_whoever_says_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.gateway.gateway.HELLO_WITHIN_S", 0.1)
    async with open_house() as house:
        peer = await house.peer()
        assert await peer.closed() == 4002
        await house.until(lambda: len(house.gateway.hub) == 0)


async def test_nothing_but_hello_is_answered_before_it() -> None:
    async with open_house() as house:
        peer = await house.peer()
        for op, fields in (
            ("room.open", {"room": "x" * 16}),
            ("msg.send", {"room": "x" * 16, "cid": "a", "kind": "text", "body": "x"}),
        ):
            assert (await peer.ask(op, **fields))["code"] == "unauthenticated"
        assert (await peer.ask("nope"))["code"] == "bad_request"
        await peer.send(b"{")
        assert (await peer.hear())["code"] == "bad_frame"
        assert (await peer.ask("hello", token=house.token("fox")))["ok"]
        assert (await peer.ask("hello", token=house.token("fox")))["code"] == "bad_request"


async def test_who_is_too_young_by_the_year_is_not_let_in() -> None:
    """However they came to have an account: the rule holds at every entry (domain.md, Accounts)."""
    async with open_house() as house:
        token, year = house.token("fox"), year_of(house.now_ms(), Policy().timezone)
        row = next(iter(house.memory.accounts.values()))
        row.birth_year = year - 18
        peer = await house.peer()
        assert (await peer.ask("hello", token=token))["code"] == "forbidden"
        assert await peer.closed() == 4502
        assert len(house.node.people) == 0
        row.birth_year = year - 19
        assert (await (await house.peer()).ask("hello", token=token))["ok"] is True


@pytest.mark.parametrize("kind", ["nonsense", "long", "expired", "revoked", "banned"])
async def test_a_bad_token_is_answered_and_then_closed(kind: str) -> None:
    async with open_house() as house:
        token = {"nonsense": "x", "long": "x" * 2_000}.get(kind) or house.token("fox")
        if kind == "expired":
            device = next(iter(house.memory.devices.values()))
            now = house.now_ms() - 3_600_000
            token = house.issuer.issue(device.account, device.device, now_ms=now)
        if kind == "revoked":
            next(iter(house.memory.devices.values())).revoked = True
        if kind == "banned":
            next(iter(house.memory.accounts.values())).state = "banned"
        peer = await house.peer()
        reply = await peer.ask("hello", token=token)
        assert reply["ok"] is False
        assert reply["code"] in {"unauthenticated", "forbidden"}
        assert await peer.closed() in {4501, 4502}
        assert len(house.node.people) == 0


async def test_ten_bad_frames_before_hello_are_abuse() -> None:
    async with open_house() as house:
        peer = await house.peer()
        await peer.send_raw(client_frame(Opcode.TEXT, b"{") * 12)
        assert await peer.closed() == 4500
