"""The room actor over the memory store: durable first, answered next, shown last."""

from __future__ import annotations

import pytest
import trio

from actors.commands import CloseRoom
from actors.replies import Waiter
from engine.errors import Unavailable
from engine.limits import ROOM_CIDS, ROOM_TAIL_EVENTS
from engine.rooms.events import EventName
from tests.actors.world import (
    ROOM,
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


async def close_room(world: World) -> None:
    waiter: Waiter[None] = Waiter()
    world.node.rooms.tell(ROOM, CloseRoom(waiter))
    await waiter.wait(within_s=10)


@on_test_clock
async def test_nothing_is_answered_or_shown_before_the_commit() -> None:
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        await settle()
        world.log.append_s = 5.0
        ref = fox.send(ROOM, "a")
        await trio.sleep(4.9)
        assert len(fox.replies) == 1
        assert not owl.events
        await trio.sleep(0.2)
        assert fox.reply(ref)["ok"]
        assert owl.seqs == [1]


@on_test_clock
async def test_the_sender_hears_the_reply_before_its_own_event() -> None:
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        ref = fox.send(ROOM, "a")
        await settle()
        assert [one.get("re", one.get("ev")) for one in fox.heard] == [1, ref, "msg.new"]
        assert fox.events[0]["cid"] == "a"
        assert "cid" not in owl.events[0]
        assert owl.events[0]["from"] == "fox"


@on_test_clock
async def test_everybody_hears_the_same_order() -> None:
    async with open_world() as world:
        clients = opened(world, "fox", "owl", "rat", "fox")
        for n in range(30):
            clients[n % 4].send(ROOM, f"c{n}")
            if n % 7 == 0:
                await trio.sleep(0.01)
        await settle()
        orders = [[(e["seq"], e["body"], e["from"]) for e in one.events] for one in clients]
        assert all(order == orders[0] for order in orders)
        assert clients[0].seqs == list(range(1, 31))


@on_test_clock
async def test_a_retry_finds_its_message_after_the_room_was_put_away_and_loaded_again() -> None:
    async with open_world() as world:
        fox = world.client("fox")
        first = fox.send(ROOM, "a")
        await settle(200)
        assert len(world.node.rooms.registry) == 0
        again, other = fox.send(ROOM, "a"), fox.send(ROOM, "a", "else")
        await settle()
        assert fox.reply(again) == {**fox.reply(first), "re": again, "dup": True}
        assert fox.reply(other)["code"] == "cid_conflict"
        assert len(world.row(ROOM).events) == 1


@on_test_clock
async def test_cids_older_than_memory_are_found_by_the_store_and_the_rest_is_written() -> None:
    async with open_world() as world:
        fill(world, ROOM_TAIL_EVENTS + 10)
        (fox,) = opened(world, "fox")
        old = fox.send(ROOM, "cid 3", "text 3")
        new = fox.send(ROOM, "new")
        wrong = fox.send(ROOM, "cid 4", "another text")
        mark = fox.say("read", room=ROOM, seq=5)
        await settle()
        assert (fox.reply(old)["seq"], fox.reply(old)["dup"]) == (3, True)
        assert (fox.reply(new)["seq"], fox.reply(new)["dup"]) == (ROOM_TAIL_EVENTS + 11, False)
        assert fox.reply(wrong)["code"] == "cid_conflict"
        assert fox.reply(mark)["ok"]
        assert fox.seqs == [ROOM_TAIL_EVENTS + 11]
        assert world.row(ROOM).members[next(iter(world.row(ROOM).members))].read == 5
        assert ROOM_CIDS > ROOM_TAIL_EVENTS


@pytest.mark.parametrize("stored", [False, True])
@on_test_clock
async def test_an_unknown_outcome_reloads_and_the_retry_counts_once(*, stored: bool) -> None:
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        await settle()
        if stored:
            world.log.after_append = fail_times(1)
        else:
            world.log.before_append = fail_times(1)
        lost = fox.send(ROOM, "a")
        await settle()
        assert fox.reply(lost)["code"] == "unavailable"
        assert owl.seqs == ([1] if stored else [])  # what was stored is shown after the reload
        again = fox.send(ROOM, "a")
        await settle()
        assert fox.reply(again)["dup"] is stored
        assert fox.seqs == owl.seqs == [1]


@on_test_clock
async def test_a_call_that_crashes_after_its_commit_leaves_nobody_behind() -> None:
    """Each append is written again, alone; its cid is found, and yet it is new to the room."""
    async with open_world(rooms=2) as world:
        fox, owl = opened(world, "fox", "owl")
        fox.say("room.open", room=room_id(1))
        await settle()
        world.log.after_append = fail_times(1, ValueError)
        lost = fox.send(ROOM, "a")
        fox.send(room_id(1), "b")
        await settle()
        assert [len(batch) for batch in world.log.appends] == [2, 1, 1]
        assert fox.reply(lost)["code"] == "unavailable"
        assert owl.seqs == [1]
        again = fox.send(ROOM, "a")
        await settle()
        assert fox.reply(again)["dup"] is True
        assert owl.seqs == [1]


@on_test_clock
async def test_listeners_catch_up_even_if_the_reload_fails_at_first() -> None:
    def crash() -> BaseException:
        return RuntimeError("a bug while loading")

    for error in (Unavailable, crash):
        async with open_world() as world:
            fox, owl = opened(world, "fox", "owl")
            await settle()
            world.log.after_append = fail_times(1)
            world.log.before_claim = fail_times(2, error)
            fox.send(ROOM, "a")
            await settle(20)
            assert owl.seqs == [1]
            assert fox.line.closed is None


@on_test_clock
async def test_another_owner_makes_the_room_load_again() -> None:
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        await settle()
        world.row(ROOM).fence += 1
        world.row(ROOM).events.append(make_event(1))
        lost = fox.send(ROOM, "a")
        await settle()
        assert fox.reply(lost)["code"] == "unavailable"
        fox.send(ROOM, "a")
        await settle()
        assert owl.seqs == [1, 2]


# --- read marks, typing, the end ------------------------------------------------------------


@on_test_clock
async def test_read_marks_reach_the_others_and_own_sessions() -> None:
    async with open_world() as world:
        fill(world, 5)
        fox, other, owl = opened(world, "fox", "fox", "owl")
        await settle()
        fox.say_raw({"op": "read", "room": ROOM, "seq": 3})
        await settle()
        marks = [{"ev": "read", "room": ROOM, "from": "fox", "seq": 3}]
        assert fox.events == other.events == owl.events == marks
        assert fox.say("read", room=ROOM, seq=2)
        await settle()
        assert owl.events == marks


@on_test_clock
async def test_hidden_read_marks_reach_own_sessions_only() -> None:
    async with open_world() as world:
        fill(world, 5)
        next(iter(world.memory.accounts.values())).show_read_marks = False
        fox, other, owl = opened(world, "fox", "fox", "owl")
        fox.say("read", room=ROOM, seq=3)
        await settle()
        assert other.events
        assert owl.events == []


@on_test_clock
async def test_typing_reaches_the_others_at_once_and_is_not_kept() -> None:
    async with open_world() as world:
        fox, other, owl = opened(world, "fox", "fox", "owl")
        await settle()
        fox.say_raw({"op": "typing", "room": ROOM, "on": True})
        await settle()
        assert owl.events == [{"ev": "typing", "room": ROOM, "from": "fox", "on": True}]
        assert fox.events == other.events == []
        assert world.row(ROOM).events == []


@on_test_clock
async def test_the_end_is_durable_shown_once_and_final() -> None:
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        before = fox.send(ROOM, "a")
        await close_room(world)
        await close_room(world)
        after = fox.send(ROOM, "b")
        again = fox.send(ROOM, "a")
        mark = owl.say("read", room=ROOM, seq=2)
        await settle()
        assert fox.reply(before)["ok"]
        assert fox.reply(after)["code"] == "room_closed"
        assert fox.reply(again)["dup"]
        assert owl.reply(mark)["ok"]
        assert [one["ev"] for one in owl.events] == ["msg.new", "room.closed", "read"]
        assert world.row(ROOM).closed


@on_test_clock
async def test_messages_and_the_end_in_one_batch_keep_their_order() -> None:
    async with open_world() as world:
        (fox,) = opened(world, "fox")
        await settle()
        waiter: Waiter[None] = Waiter()
        early = fox.send(ROOM, "a")
        world.node.rooms.tell(ROOM, CloseRoom(waiter))
        late = fox.send(ROOM, "b")
        await waiter.wait(within_s=5)
        await settle()
        assert fox.reply(early)["ok"]
        assert fox.reply(late)["code"] == "room_closed"
        names = [event.name for event in world.row(ROOM).events]
        assert names == [EventName.MESSAGE, EventName.CLOSED]


@on_test_clock
async def test_a_retry_in_a_closed_room_finds_its_message_however_old_it_is() -> None:
    async with open_world() as world:
        fill(world, ROOM_TAIL_EVENTS + 10)
        (fox,) = opened(world, "fox")
        await close_room(world)
        old = fox.send(ROOM, "cid 3", "text 3")
        wrong = fox.send(ROOM, "cid 3", "another text")
        new = fox.send(ROOM, "new")
        world.log.before_append = fail_times(1)
        await settle()
        unsure = [fox.reply(ref)["code"] for ref in (old, wrong, new)]
        assert unsure == ["unavailable"] * 3
        old, wrong, new = (
            fox.send(ROOM, "cid 3", "text 3"),
            fox.send(ROOM, "cid 3", "another text"),
            fox.send(ROOM, "new"),
        )
        await settle()
        assert (fox.reply(old)["seq"], fox.reply(old)["dup"]) == (3, True)
        assert fox.reply(wrong)["code"] == "cid_conflict"
        assert fox.reply(new)["code"] == "room_closed"
        assert len(world.row(ROOM).events) == ROOM_TAIL_EVENTS + 11
