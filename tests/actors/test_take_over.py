"""A room that another process has taken: whoever listens here misses nothing for long."""

from __future__ import annotations

from unittest.mock import patch

import actors.rooms
import engine.rooms.room
import store.memory.rooms
from engine.ids import Alias, NodeId
from engine.limits import FENCE_LOOK_S
from engine.rooms.events import Append, Snapshot, Written
from tests.actors.world import (
    ROOM,
    Client,
    World,
    fail_times,
    fill,
    on_test_clock,
    open_world,
    opened,
    room_id,
    settle,
)
from tests.builders import make_event

A_LOOK_S = FENCE_LOOK_S + 0.5


async def write_elsewhere(world: World, count: int = 1) -> Snapshot:
    """Have another process take the room and write to it."""
    (taken,) = await world.log.claim([ROOM], NodeId("elsewhere"), now_ms=0)
    seqs = range(taken.seq + 1, taken.seq + 1 + count)
    events = tuple(make_event(seq, sender=Alias("owl"), cid=f"there {seq}") for seq in seqs)
    (outcome,) = await world.log.append([Append(ROOM, taken.fence, taken.seq, events, {})])
    assert outcome == Written()
    return taken


def open_after(client: Client, seq: int, **fields: object) -> int:
    """Open the room where one has seen it up to a seq."""
    return client.say("room.open", room=ROOM, after={"epoch": 1, "seq": seq}, **fields)


@on_test_clock
async def test_listeners_are_shown_what_was_written_elsewhere() -> None:
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        await settle()
        fox.send(ROOM, "a")
        await settle()
        await write_elsewhere(world, count=2)
        await settle(A_LOOK_S)
        assert fox.seqs == owl.seqs == [1, 2, 3]
        ref = fox.send(ROOM, "b")
        await settle()
        assert fox.reply(ref)["ok"]
        assert fox.seqs == owl.seqs == [1, 2, 3, 4]


@on_test_clock
async def test_one_query_for_all_rooms_and_none_for_those_without_listeners() -> None:
    async with open_world(rooms=4) as world:
        fox = world.client("fox")
        for number in range(3):
            fox.say("room.open", room=room_id(number))
        fox.send(room_id(3), "a")
        await settle()
        claims = world.log.claims
        await settle(3 * FENCE_LOOK_S)
        assert [len(look) for look in world.log.looks] == [3, 3, 3]
        assert world.log.claims == claims
        with patch.object(actors.rooms, "FENCE_LOOK_ROOMS_MAX", 2):
            await settle(FENCE_LOOK_S)
        assert [len(look) for look in world.log.looks] == [3, 3, 3, 2, 1]


@on_test_clock
async def test_a_store_that_fails_delays_the_look() -> None:
    async with open_world() as world:
        (fox,) = opened(world, "fox")
        await settle()
        await write_elsewhere(world)
        world.log.before_page = fail_times(1)
        await settle(A_LOOK_S)
        assert fox.seqs == []
        await settle(FENCE_LOOK_S)
        assert fox.seqs == [1]


@on_test_clock
async def test_a_commit_under_way_is_not_disturbed_by_the_look() -> None:
    """The room is taken while its commit waits: the store refuses it, and all of it comes once."""
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        await settle()
        world.log.append_s = FENCE_LOOK_S
        ref = fox.send(ROOM, "a")
        (taken,) = await world.log.claim([ROOM], NodeId("elsewhere"), now_ms=0)
        await settle(3 * A_LOOK_S)
        assert fox.reply(ref)["code"] == "unavailable"
        assert world.row(ROOM).fence == taken.fence + 1
        again = fox.send(ROOM, "a")
        await settle(A_LOOK_S)
        assert fox.reply(again)["seq"] == 1
        assert fox.seqs == owl.seqs == [1]


@on_test_clock
async def test_a_page_ends_where_its_answer_says() -> None:
    """The store knows more than an owner that was robbed: the rest comes after the page."""
    with patch.object(engine.rooms.room, "ROOM_TAIL_EVENTS", 2):
        async with open_world() as world:
            fill(world, 10)
            with patch.object(store.memory.rooms, "ROOM_TAIL_EVENTS", 2):
                (fox,) = opened(world, "fox")
                await settle()
            await write_elsewhere(world)
            owl = world.client("owl")
            ref = open_after(owl, 5)
            await settle()
            page = owl.reply(ref)
            assert (page["seq"], page["events"][-1]["seq"], page.get("more")) == (10, 10, None)
            assert owl.seqs == fox.seqs == [11]


@on_test_clock
async def test_whoever_has_seen_more_than_the_owner_is_not_told_that_it_is_lost() -> None:
    """I5: it has seen the newest at the other process, and the log has all of it."""
    async with open_world() as world:
        opened(world, "fox")
        await settle()
        await write_elsewhere(world)
        owl = world.client("owl")
        ref = open_after(owl, 1)
        await settle()
        assert owl.reply(ref)["code"] == "unavailable"
        again = open_after(owl, 1)
        await settle()
        assert owl.reply(again)["recovered"]
        assert owl.reply(again)["seq"] == 1


@on_test_clock
async def test_a_seq_that_nobody_has_is_not_recovered() -> None:
    async with open_world() as world:
        fox = world.client("fox")
        fox.send(ROOM, "a")
        await settle()
        ref = open_after(fox, 7)
        await settle()
        assert fox.reply(ref)["recovered"] is False
        assert world.log.claims == 1


@on_test_clock
async def test_whoever_speaks_of_a_message_from_elsewhere_is_not_told_that_there_is_none() -> None:
    async with open_world() as world:
        opened(world, "fox")
        await settle()
        await write_elsewhere(world, count=2)
        owl = world.client("owl")
        ref = owl.say("msg.delete", room=ROOM, seq=1)
        await settle()
        assert owl.reply(ref)["code"] == "unavailable"
        again = owl.say("msg.react", room=ROOM, seq=2, emoji="👍", on=True)
        nowhere = owl.say("msg.react", room=ROOM, seq=9, emoji="👍", on=True)
        await settle()
        assert owl.reply(again)["ok"]
        assert owl.reply(nowhere)["code"] == "not_found"


@on_test_clock
async def test_what_is_pending_does_not_hide_a_message_from_elsewhere() -> None:
    """Who was robbed has begun to write a seq that names something else in the store by now."""
    async with open_world() as world:
        opened(world, "fox")
        await settle()
        owl = world.client("owl")
        for seq, op, fields in (
            (1, "msg.delete", {}),
            (2, "msg.react", {"emoji": "👍", "on": True}),
        ):
            await write_elsewhere(world)
            owl.send(ROOM, f"before {op}")
            ref = owl.say(op, room=ROOM, seq=seq, **fields)
            await settle()
            assert owl.reply(ref)["code"] == "unavailable"
