"""Rooms in trouble: one client that fails costs the others nothing."""

from __future__ import annotations

from engine.ids import NodeId
from engine.limits import OUTBOX_BYTES_MAX
from engine.wire.close_codes import CloseCode
from tests.actors.world import (
    ROOM,
    on_test_clock,
    open_world,
    opened,
    room_id,
    settle,
)


@on_test_clock
async def test_a_listener_that_ends_while_it_is_shown_something_hurts_nobody() -> None:
    """A slow client is cut off by the very event that it cannot take."""
    async with open_world() as world:
        clients = opened(world, "fox", "owl", "rat", "owl")
        await settle()
        for slow in clients[1:3]:
            slow.line.send = lambda _, line=slow.line: line.close(CloseCode.SLOW_CONSUMER)  # type: ignore[method-assign,misc]
        fox, last = clients[0], clients[3]
        refs = [fox.send(ROOM, f"c{n}") for n in range(3)]
        await settle()
        assert [fox.reply(ref)["ok"] for ref in refs] == [True] * 3
        assert fox.seqs == last.seqs == [1, 2, 3]
        assert world.log.claims == 1


@on_test_clock
async def test_a_client_that_blows_up_costs_the_others_no_reply() -> None:
    async with open_world() as world:
        fox, owl, rat = opened(world, "fox", "owl", "rat")
        await settle()
        world.log.append_s = 1.0

        def explode(_: bytes) -> None:
            raise RuntimeError("a bug in a session")

        refs = [one.send(ROOM, "a") for one in (fox, owl, rat)]
        fox.line.send = explode  # type: ignore[method-assign,assignment]
        await settle(10)
        assert len(world.row(ROOM).events) == 3
        assert owl.reply(refs[1])
        assert rat.reply(refs[2])
        assert owl.seqs == rat.seqs == [1, 2, 3]


@on_test_clock
async def test_what_waits_behind_a_slow_op_is_bounded() -> None:
    async with open_world(rooms=2) as world:
        fox, owl = opened(world, "fox", "owl")
        await settle()
        world.log.append_s = 14.0
        fox.send(room_id(1), "slow")
        fox.say("nope")  # answered at once, behind the slow one
        frame = b"x" * 100_000
        for _ in range(OUTBOX_BYTES_MAX // len(frame) + 1):
            fox.session.show(frame)
        assert fox.line.closed == CloseCode.SLOW_CONSUMER
        assert owl.line.closed is None


@on_test_clock
async def test_a_leaving_node_does_not_take_back_a_room_that_the_next_one_has() -> None:
    """The next one would not learn of it before its own next write, and its listeners neither."""
    async with open_world() as world:
        (fox,) = opened(world, "fox")
        await settle()
        (taken,) = await world.log.claim([ROOM], NodeId("next"), now_ms=0)
        ref = fox.send(ROOM, "a")
        await world.node.drain()
        assert fox.reply(ref)["code"] == "unavailable"
        assert world.row(ROOM).fence == taken.fence
