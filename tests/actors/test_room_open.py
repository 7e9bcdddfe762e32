"""Opening a room: nothing falls between what is read and what is followed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.ids import RoomId
from engine.limits import PAGE_EVENTS_MAX, ROOM_TAIL_EVENTS
from engine.rooms.events import Page
from tests.actors.world import (
    ROOM,
    World,
    fail_times,
    fill,
    on_test_clock,
    open_world,
    opened,
    settle,
)


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


@on_test_clock
async def test_only_who_is_in_a_room_closes_it() -> None:
    async with open_world(rooms=2) as world:
        fox = world.client("fox")
        stranger = world.client("nobody")
        fox.say("room.open", room=ROOM)
        await settle()
        told = [fox.say("room.close", room=ROOM), fox.say("room.close", room=ROOM)]
        unknown = [fox.say("room.close", room=room) for room in ("-", "A" * 16)]
        # Nobody learns from an open that fails, and is closed before it has, that there is a room.
        unknown += [stranger.say(op, room=ROOM) for op in ("room.open", "room.close")]
        await settle()
        assert all(fox.reply(ref)["ok"] for ref in told)
        replies = [fox.reply(ref) for ref in unknown[:2]] + [
            stranger.reply(ref) for ref in unknown[2:]
        ]
        assert [reply["code"] for reply in replies] == ["not_found"] * 4
        assert stranger.events == []
