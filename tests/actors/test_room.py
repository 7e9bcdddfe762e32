"""The room actor over the memory store: durable first, answered next, shown last."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import trio

from actors.commands import CloseRoom
from actors.replies import Waiter
from engine.errors import Unavailable
from engine.ids import RoomId
from engine.limits import OUTBOX_BYTES_MAX, PAGE_EVENTS_MAX, ROOM_CIDS, ROOM_TAIL_EVENTS
from engine.rooms.events import EventName, Page
from engine.wire.close_codes import CloseCode
from tests.actors.world import (
    ROOM,
    Client,
    World,
    fail_times,
    on_test_clock,
    open_world,
    room_id,
    settle,
)
from tests.builders import make_event


def opened(world: World, *names: str) -> list[Client]:
    """Connect people and have them open the room."""
    clients = [world.client(name) for name in names]
    for client in clients:
        client.say("room.open", room=ROOM)
    return clients


def fill(world: World, events: int) -> None:
    """Put a history into the store."""
    row = world.row(ROOM)
    row.events = [make_event(n) for n in range(1, events + 1)]
    row.by_cid = {(e.sender, e.cid): e for e in row.events if e.sender and e.cid}


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


# --- open ---------------------------------------------------------------------------------


@on_test_clock
async def test_opening_reads_the_newest_and_then_follows_without_a_hole() -> None:
    async with open_world() as world:
        fill(world, 100)
        fox, owl = world.client("fox"), world.client("owl")
        for n in range(5):
            owl.send(ROOM, f"x{n}")
        ref = fox.say("room.open", room=ROOM, limit=3)
        for n in range(5, 10):
            owl.send(ROOM, f"x{n}")
        await settle()
        answer = fox.reply(ref)
        assert answer["recovered"]
        assert "more" not in answer
        read = [event["seq"] for event in answer["events"]]
        assert read == list(range(answer["seq"] - 2, answer["seq"] + 1))
        assert fox.seqs == list(range(answer["seq"] + 1, 111))
        assert answer["me"] == "fox"
        assert {one["alias"] for one in answer["members"]} == {"fox", "owl", "rat"}


@pytest.mark.parametrize("after", [0, 1, 600 - ROOM_TAIL_EVENTS, 590, 599, 600])
@on_test_clock
async def test_resuming_page_by_page_gives_exactly_what_was_missed(after: int) -> None:
    async with open_world() as world:
        fill(world, 600)
        fox = world.client("fox")
        got, more = after, True
        while more:
            position = {"epoch": 1, "seq": got}
            ref = fox.say("room.open", room=ROOM, after=position, limit=PAGE_EVENTS_MAX)
            await settle()
            answer = fox.reply(ref)
            seqs = [event["seq"] for event in answer["events"]]
            assert seqs == list(range(got + 1, min(got + PAGE_EVENTS_MAX, 600) + 1))
            assert answer["recovered"]
            got, more = (seqs or [got])[-1], answer.get("more", False)
        assert got == 600


@pytest.mark.parametrize("after", [{"epoch": 2, "seq": 5}, {"epoch": 1, "seq": 11}])
@on_test_clock
async def test_what_cannot_be_resumed_says_so_and_starts_anew(after: dict[str, int]) -> None:
    async with open_world() as world:
        fill(world, 10)
        fox = world.client("fox")
        ref = fox.say("room.open", room=ROOM, after=after)
        await settle()
        answer = fox.reply(ref)
        assert answer["recovered"] is False
        assert [event["seq"] for event in answer["events"]] == list(range(1, 11))


@on_test_clock
async def test_a_log_that_has_lost_its_middle_says_so_too() -> None:
    async with open_world() as world:
        fill(world, 600)
        for missing in (range(300), range(600)):
            fox = world.client("fox")
            pages = world.log._log
            world.log._log = Holes(world, missing)  # type: ignore[assignment]  # a log with holes
            ref = fox.say("room.open", room=ROOM, after={"epoch": 1, "seq": 5})
            await settle()
            assert fox.reply(ref)["recovered"] is False
            assert fox.reply(ref)["events"][-1]["seq"] == 600
            world.log._log = pages


class Holes:
    """A log that retention has bitten."""

    def __init__(self, world: World, missing: range) -> None:
        self._log, self._missing = world.log._log, missing

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # all else is the log's
        return getattr(self._log, name)

    async def page(self, room: RoomId, *, after: int, before: int | None, limit: int) -> Page:
        """Read what is left."""
        page = await self._log.page(room, after=after, before=before, limit=limit)
        left = tuple(one for one in page.events if one.seq not in self._missing)
        return replace(page, events=left)


@on_test_clock
async def test_strangers_and_rooms_that_do_not_exist_look_alike() -> None:
    async with open_world() as world:
        world.memory.rooms[ROOM].members.pop(
            next(a for a in world.memory.rooms[ROOM].members if a == "rat")
        )
        rat = world.client("rat")
        answers = []
        for room in (ROOM, "room" + "9" * 12, "no id at all"):
            for ref in (
                rat.say("room.open", room=room),
                rat.say("msg.send", room=room, cid="a", kind="text", body="x"),
                rat.say("read", room=room, seq=1),
                rat.say("typing", room=room, on=True),
            ):
                await settle()
                answers.append({**rat.reply(ref), "re": 0})
        assert answers == [answers[0]] * len(answers)
        assert answers[0]["code"] == "not_found"
        fox = opened(world, "fox")[0]
        fox.send(ROOM, "a")
        await settle()
        assert rat.events == []


@on_test_clock
async def test_opening_twice_hears_once() -> None:
    async with open_world() as world:
        (fox,) = opened(world, "fox")
        fox.say("room.open", room=ROOM)
        fox.send(ROOM, "a")
        await settle()
        assert fox.seqs == [1]


@on_test_clock
async def test_a_failed_open_does_not_end_a_later_one() -> None:
    """Two opens are under way; the first fails, the second must still be followed."""
    async with open_world() as world:
        fill(world, 600)
        fox, owl = world.client("fox"), world.client("owl")
        world.log.before_page = fail_times(1)
        first = fox.say("room.open", room=ROOM, after={"epoch": 1, "seq": 5})
        second = fox.say("room.open", room=ROOM)
        await settle()
        assert fox.reply(first)["code"] == "unavailable"
        assert fox.reply(second)["ok"]
        owl.send(ROOM, "a")
        await settle()
        assert fox.seqs == [601]


@on_test_clock
async def test_closing_while_the_open_is_under_way_wins_and_opening_again_wins_over_that() -> None:
    async with open_world() as world:
        fox, owl = world.client("fox"), world.client("owl")
        fox.say("room.open", room=ROOM)
        fox.say("room.close", room=ROOM)
        await settle()
        owl.send(ROOM, "a")
        await settle()
        assert fox.seqs == []
        fox.say("room.open", room=ROOM)
        fox.say("room.close", room=ROOM)
        fox.say("room.open", room=ROOM)
        await settle()
        owl.send(ROOM, "b")
        await settle()
        assert fox.seqs == [2]


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


# --- trouble --------------------------------------------------------------------------------


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
        fox.say("room.close", room=room_id(1))  # answered at once, behind the slow one
        frame = b"x" * 100_000
        for _ in range(OUTBOX_BYTES_MAX // len(frame) + 1):
            fox.session.show(frame)
        assert fox.line.closed == CloseCode.SLOW_CONSUMER
        assert owl.line.closed is None
