"""Trouble on one line: the others, and the process, do not notice."""

from __future__ import annotations

import socket
import struct
from typing import Any

import pytest
import trio

from engine.errors import Unavailable
from engine.ids import AccountId
from engine.limits import OPS_IN_FLIGHT_MAX
from engine.rooms.events import Event, EventName
from engine.wire.codec import Codec
from engine.wire.websocket import Opcode
from tests.actors.world import ROOM, account
from tests.builders import FOX
from tests.builders_wire import client_frame, close_payload
from tests.gateway.house import Peer, open_house


def pipelined(peer: Peer, number: int, first: int = 0) -> bytes:
    """Write many messages in a row."""
    return b"".join(
        peer.written(
            {"op": "msg.send", "id": n, "room": ROOM, "cid": f"c{n}", "kind": "text", "body": "x"}
        )
        for n in range(first, first + number)
    )


async def test_a_broken_close_behind_many_ops_costs_the_neighbours_nothing() -> None:
    """It is read when the session has room again: inside the answer to somebody else's room."""
    async with open_house() as house:
        fox, owl = await house.person("fox"), await house.person("owl")
        await owl.ask("room.open", room=ROOM)
        house.log.append_s = 0.05
        await fox.send_raw(
            pipelined(fox, OPS_IN_FLIGHT_MAX) + client_frame(Opcode.CLOSE, close_payload(1005))
        )
        await trio.sleep(0.02)
        assert (await owl.say(ROOM, "a"))["ok"]
        assert await fox.closed() == 1002
        assert (await owl.say(ROOM, "b"))["ok"]
        assert house.log.claims == 1


async def test_a_bug_while_saying_hello_leaves_no_connection_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_house() as house:

        async def bug(*_: object, **__: object) -> None:
            await trio.lowlevel.checkpoint()
            raise RuntimeError("a bug")

        with monkeypatch.context() as patch:
            patch.setattr(house.store.accounts, "account_of", bug)
            peer = await house.peer()
            await peer.send({"op": "hello", "id": 1, "token": house.token("fox")})
            assert await peer.closed() == 4003
        await house.until(lambda: len(house.gateway.hub) == 0)
        await house.person("fox")


@pytest.mark.parametrize("part", ["account_of", "marks"])
async def test_an_outage_while_saying_hello_says_come_back(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house() as house:

        async def outage(*_: object, **__: object) -> None:
            await trio.lowlevel.checkpoint()
            raise Unavailable

        where: Any = house.store.accounts if part == "account_of" else house.store.directory
        monkeypatch.setattr(where, part, outage)
        peer = await house.peer()
        reply = await peer.ask("hello", token=house.token("fox"))
        assert reply["code"] == "unavailable"
        assert await peer.closed() == 4003
        await house.until(lambda: len(house.gateway.hub) == 0)
        assert len(house.node.people) == 0


async def test_what_happens_during_the_hello_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A match told, and a device signed out, between the look into the store and the answer."""
    async with open_house() as house:
        marks = house.store.directory.marks

        async def slowly(who: AccountId, *, now_ms: int, limit: int) -> object:
            found = await marks(who, now_ms=now_ms, limit=limit)
            house.node.people.tell(account("fox"), {"ev": "match.new", "match": "m"})
            return found

        monkeypatch.setattr(house.store.directory, "marks", slowly)
        peer = await house.peer()
        await peer.send({"op": "hello", "id": 1, "token": house.token("fox")})
        assert (await peer.hear())["session"]
        assert (await peer.hear())["ev"] == "match.new"

        async def signed_out(who: AccountId, *, now_ms: int, limit: int) -> object:
            found = await marks(who, now_ms=now_ms, limit=limit)
            house.node.people.end(account("fox"), None)
            return found

        monkeypatch.setattr(house.store.directory, "marks", signed_out)
        late = await house.peer()
        await late.send({"op": "hello", "id": 1, "token": house.token("fox")})
        assert await late.closed() == 4501
        assert await peer.closed() == 4501
        await house.until(lambda: len(house.node.people) == 0)


async def test_a_client_that_reads_may_ask_for_more_than_the_outbox_holds() -> None:
    async with open_house(rooms=4) as house:
        for row in house.memory.rooms.values():
            content = {"kind": "text", "body": "😀" * 1_000}
            row.events = [
                Event(n, 1, EventName.MESSAGE, FOX, f"c{n}", content) for n in range(1, 201)
            ]
        fox = await house.person("fox")
        for n, room in enumerate(house.memory.rooms):
            await fox.send({"op": "room.open", "id": n, "room": room, "limit": 200})
        for n in range(4):
            reply = await fox.hear()
            assert (reply["re"], len(reply["events"])) == (n, 200)


async def test_a_client_that_does_not_read_is_cut_off_and_hurts_nobody() -> None:
    async with open_house() as house:
        owl, rat = await house.person("owl"), await house.person("rat", Codec.MSGPACK)
        slow = await house.person("fox", receive_bytes=4_096)
        for peer in (owl, rat, slow):
            assert (await peer.ask("room.open", room=ROOM))["ok"]
        before = len(house.gateway.hub)
        sent = 0
        while len(house.node.people) == 3:
            sent += 1
            assert (await owl.say(ROOM, f"c{sent}", "가" * 1_000))["ok"]
            assert sent < 5_000
        seqs: list[int] = []
        while len(seqs) < sent:
            event = await rat.event()
            seqs.append(event["seq"])
        assert seqs == list(range(1, sent + 1))
        assert before == 3
        for connection in house.gateway.hub.connections():
            connection.check(trio.current_time() + 6)  # CLOSE_WITHIN_S later
        assert len(house.gateway.hub) == 2


async def test_a_reset_in_the_middle_of_everything_leaves_nothing_behind() -> None:
    async with open_house() as house:
        owl = await house.person("owl")
        await owl.ask("room.open", room=ROOM)
        for n in range(10):
            fox = await house.person("fox")
            await fox.ask("room.open", room=ROOM)
            await fox.send_raw(pipelined(fox, 100, first=n * 1_000)[: n * 700 + 50])
            linger = struct.pack("ii", 1, 0)
            fox.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            fox.stream.socket.close()
        await house.until(lambda: len(house.gateway.hub) == 1)
        assert (await owl.say(ROOM, "a"))["ok"]
        assert len(house.node.people) == 1
        audience = house.node.rooms._audiences[ROOM]
        assert len(audience.listeners) == 1


async def test_the_sixth_session_replaces_the_oldest() -> None:
    async with open_house() as house:
        peers = [await house.person("fox") for _ in range(6)]
        assert await peers[0].closed() == 4503
        for peer in peers[1:]:
            assert (await peer.ask("room.open", room=ROOM))["ok"]
        await house.until(lambda: len(house.node.people) == 5)


async def test_a_drain_tells_all_finishes_their_mail_and_closes_the_door() -> None:
    async with open_house() as house:
        fox = await house.person("fox")
        await fox.ask("room.open", room=ROOM)
        shaking, waiting = await house.knock(), await house.peer()
        house.log.append_s = 0.1
        await fox.send_raw(pipelined(fox, 3))
        await house.until(lambda: len(house.log.appends) == 1)
        house.nursery.start_soon(house.gateway.drain, house.node.drain)
        said = [await fox.hear() for _ in range(4)]
        assert said[0]["ev"] == "session.draining"
        assert said[0]["retry_after_ms"] >= 0
        assert [one["ok"] for one in said[1:]] == [True] * 3
        with pytest.raises(OSError, match="refused"):
            await house.knock()
        assert await fox.closed() == 4000
        assert await waiting.closed() == 4000
        await shaking.aclose()
        assert len(house.memory.rooms[ROOM].events) == 3


async def test_who_says_hello_while_the_door_closes_is_told_to_move() -> None:
    async with open_house() as house:
        late = await house.peer()
        house.log.append_s = 0.5
        fox = await house.person("fox")
        await fox.send_raw(pipelined(fox, 1))
        await house.until(lambda: len(house.log.appends) == 1)
        house.nursery.start_soon(house.gateway.drain, house.node.drain)
        await trio.sleep(0.05)
        await late.send({"op": "hello", "id": 1, "token": house.token("owl")})
        assert await late.closed() == 4000


async def test_two_codecs_in_one_room_see_the_same_order() -> None:
    async with open_house() as house:
        seen: dict[str, list[Any]] = {}
        people = {"fox": Codec.JSON, "owl": Codec.MSGPACK, "rat": Codec.JSON}
        peers = {name: await house.person(name, codec) for name, codec in people.items()}
        for peer in peers.values():
            await peer.ask("room.open", room=ROOM)

        async def talk(name: str, peer: Peer) -> None:
            for n in range(20):
                assert (await peer.say(ROOM, f"{name} {n}", f"{name} {n}"))["ok"]
            while len(peer.events) < 60:
                peer.events.append(await peer.hear())
            seen[name] = [(e["seq"], e["from"], e["body"]) for e in peer.events]

        async with trio.open_nursery() as nursery:
            for name, peer in peers.items():
                nursery.start_soon(talk, name, peer)
        assert seen["fox"] == seen["owl"] == seen["rat"]
        assert [seq for seq, _, _ in seen["fox"]] == list(range(1, 61))
