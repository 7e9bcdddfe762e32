"""Attackers of one room through real sockets: they flood it and poison it (rows 20 and 21)."""

from __future__ import annotations

from itertools import count, islice

import pytest
import trio

from engine.limits import KILLS_PER_SENDER_MAX, OPS_IN_FLIGHT_MAX, SESSIONS_PER_ACCOUNT_MAX
from engine.ports.outbox import NoticeKind
from engine.rooms.events import Posted
from engine.rooms.room import Room
from tests.actors.world import ROOM, room_id
from tests.gateway.house import Gone, House, Peer, open_house

_MAILBOX = 64


async def attackers(house: House, nursery: trio.Nursery, body: str) -> list[Peer]:
    """Let fox say something without a pause on all sessions that one person may have."""
    peers = [await house.person("fox") for _ in range(SESSIONS_PER_ACCOUNT_MAX)]
    for number, peer in enumerate(peers):
        nursery.start_soon(_write, peer, number, body)
    return peers


async def _write(peer: Peer, number: int, body: str) -> None:
    cids = count()
    op = {"op": "msg.send", "room": ROOM, "kind": "text", "body": body}
    while True:
        batch = [op | {"id": n, "cid": f"{number} {n}"} for n in islice(cids, 50)]
        await peer.stream.send_all(b"".join(map(peer.written, batch)))


async def _read(peer: Peer, codes: set[str]) -> None:
    try:
        while True:
            codes.add((await peer.hear()).get("code", "ok"))
    except (Gone, trio.TooSlowError):
        return


async def test_a_flood_does_not_keep_the_end_of_a_match_from_its_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Guard: a full mailbox still takes what the engine itself has to say."""
    monkeypatch.setattr("actors.rooms.ROOM_MAILBOX_MAX", _MAILBOX)
    assert SESSIONS_PER_ACCOUNT_MAX * OPS_IN_FLIGHT_MAX > 4 * _MAILBOX
    async with open_house(rooms=2) as house, trio.open_nursery() as nursery:
        owl = await house.person("owl")
        await owl.ask("room.open", room=ROOM)
        house.log.append_s = 0.2
        codes: set[str] = set()
        for peer in await attackers(house, nursery, "flood"):
            nursery.start_soon(_read, peer, codes)
        await house.until(lambda: "busy" in codes)
        house.memory.tell(NoticeKind.ROOM_CLOSE, {}, due_ms=0, room=ROOM)
        house.node.nudge()
        with trio.fail_after(5):
            while (await owl.event()).get("ev") != "room.closed":
                pass
        assert (await owl.say(room_id(1), "aside"))["ok"]
        assert max(one.mail for one in house.node.rooms.registry.statistics()) <= 2 * _MAILBOX
        nursery.cancel_scope.cancel()


async def test_one_senders_poison_does_not_set_a_room_aside_for_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Guard: whose commands have killed a room twice is not heard there for a while."""
    post, tried = Room.post, 0

    def crash(room: Room, *args: object, **kwargs: object) -> Posted:
        nonlocal tried
        if "poison" in str(args):
            tried += 1
            raise RecursionError("a payload that no rule expected")
        return post(room, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Room, "post", crash)
    async with open_house(rooms=2) as house, trio.open_nursery() as nursery:
        owl = await house.person("owl")
        await owl.ask("room.open", room=ROOM)
        codes: set[str] = set()
        peers = await attackers(house, nursery, "poison")
        for peer in peers:
            nursery.start_soon(_read, peer, codes)
        for n in range(20):
            with trio.fail_after(3):
                assert (await owl.say(ROOM, f"c{n}"))["ok"]
        assert codes == {"unavailable"}
        assert house.node.rooms.registry.quarantined == 0
        assert tried <= 2 * KILLS_PER_SENDER_MAX + 1
        assert (await owl.say(room_id(1), "aside"))["ok"]
        nursery.cancel_scope.cancel()
