"""Rows of the table of faults that an actor has to stand: floods, poison, crashes, clocks, rest."""

from __future__ import annotations

from itertools import pairwise
from unittest.mock import patch

import pytest
import trio

from actors.commands import CloseRoom, Refresh
from actors.replies import Waiter
from engine.errors import Busy
from engine.ids import Alias
from engine.limits import (
    CONTROL_COMMANDS_MAX,
    CRASH_BACKOFF_S,
    CRASH_WINDOW_S,
    CRASHES_MAX,
    IDLE_S,
    KILLS_MAX,
    KILLS_PER_SENDER_MAX,
    OPS_IN_FLIGHT_MAX,
    QUARANTINE_S,
)
from engine.rooms.events import Content, Event, EventName, Posted
from engine.rooms.room import Room
from tests.actors.world import (
    ROOM,
    Client,
    World,
    add_room,
    on_test_clock,
    open_world,
    opened,
    room_id,
    settle,
)

MAILBOX = 16


@pytest.fixture
def small_mailbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mailbox that a handful of people overflow."""
    monkeypatch.setattr("actors.rooms.ROOM_MAILBOX_MAX", MAILBOX)


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make a room crash on what says `poison`; the list has the cids of those it was tried with."""
    tried: list[str] = []
    post = Room.post

    def crash(  # the signature of a post
        room: Room,
        alias: Alias,
        cid: str,
        content: Content,
        *,
        at: int,
        answered: Event | None = None,
    ) -> Posted:
        if content["body"] == "poison":
            tried.append(cid)
            raise RecursionError("a payload that no rule expected")
        return post(room, alias, cid, content, at=at, answered=answered)

    monkeypatch.setattr(Room, "post", crash)
    return tried


def waiting(world: World) -> int:
    """Count the mail of the room."""
    return next(one.mail for one in world.node.rooms.registry.statistics() if ROOM in one.name)


# --- row 20: mailbox overflow ---------------------------------------------------------------


async def flood(world: World) -> tuple[list[Client], list[tuple[Client, int]]]:
    """Have three people say ten times what the mailbox holds while a commit takes its time."""
    clients = opened(world, "fox", "owl", "rat")
    await settle()
    world.log.append_s = 1.0
    clients[0].send(ROOM, "first")
    await trio.sleep(0.1)
    return clients, [
        (client, client.send(ROOM, f"{client.account} {n}"))
        for n in range(MAILBOX * 10 // 3)
        for client in clients
    ]


@pytest.mark.usefixtures("small_mailbox")
@on_test_clock
async def test_a_flooded_room_is_bounded_and_who_floods_is_told_to_come_again() -> None:
    async with open_world(rooms=2) as world:
        clients, said = await flood(world)
        neighbour = world.client("fox")
        assert waiting(world) == MAILBOX
        aside = neighbour.send(room_id(1), "aside")
        await settle(10)
        replies = [client.reply(ref) for client, ref in said]
        refused = [one for one in replies if not one["ok"]]
        assert sum(one["ok"] for one in replies) == MAILBOX
        assert {one["code"] for one in refused} == {"busy"}
        assert all(one["retry_after_ms"] > 0 for one in refused)
        assert neighbour.reply(aside)["ok"]
        assert clients[0].seqs == list(range(1, MAILBOX + 2))


@pytest.mark.usefixtures("small_mailbox")
@on_test_clock
async def test_the_engine_itself_passes_a_flood_and_is_bounded_too() -> None:
    async with open_world() as world:
        await flood(world)
        end: Waiter[None] = Waiter()
        world.node.rooms.order(ROOM, CloseRoom(end))
        for _ in range(CONTROL_COMMANDS_MAX - 1):
            world.node.rooms.order(ROOM, Refresh(Waiter()))
        with pytest.raises(Busy):
            world.node.rooms.order(ROOM, Refresh(Waiter()))
        assert waiting(world) == MAILBOX + CONTROL_COMMANDS_MAX
        await end.wait(within_s=5)
        assert world.row(ROOM).events[-1].name is EventName.CLOSED


# --- row 21: poison -------------------------------------------------------------------------


@on_test_clock
async def test_poison_is_tried_a_few_times_and_the_others_go_on_within_a_second(
    poison: list[str],
) -> None:
    async with open_world(rooms=2) as world:
        fox, owl, rat = opened(world, "fox", "owl", "rat")
        await settle()
        bad = fox.send(ROOM, "bad", "poison")
        good = [(one, one.send(ROOM, f"{n}")) for n in range(5) for one in (owl, rat)]
        neighbour = world.client("rat")
        aside = neighbour.send(room_id(1), "aside")
        await settle(0.05)
        assert neighbour.reply(aside)["ok"]
        await settle(0.95)
        assert [one.reply(ref)["ok"] for one, ref in good] == [True] * 10
        assert fox.reply(bad)["code"] == "unavailable"
        assert 1 <= poison.count("bad") <= 3
        assert owl.seqs == list(range(1, 11))
        assert [one.line.closed for one in (fox, owl, rat)] == [None] * 3


@on_test_clock
async def test_one_sender_cannot_use_up_the_crashes_of_a_room(poison: list[str]) -> None:
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        await settle()
        for n in range(CRASHES_MAX * 4):
            fox.send(ROOM, f"bad {n}", "poison")
            ref = owl.send(ROOM, f"good {n}")
            await settle(0.9)
            assert owl.reply(ref)["ok"]
        assert world.node.rooms.registry.quarantined == 0
        assert len(set(poison)) <= KILLS_PER_SENDER_MAX * 2
        assert fox.reply(fox.send(ROOM, "good too"))["code"] == "unavailable"
        await settle(CRASH_WINDOW_S + 1)
        ref = fox.send(ROOM, "better now")
        await settle()
        assert fox.reply(ref)["ok"]
        assert owl.line.closed is None


@pytest.mark.parametrize(
    ("killers", "aside"),
    [(KILLS_MAX // KILLS_PER_SENDER_MAX, 0), (KILLS_MAX // KILLS_PER_SENDER_MAX + 1, 1)],
)
@on_test_clock
async def test_a_few_senders_together_cannot_either(
    poison: list[str], killers: int, aside: int
) -> None:
    names = [f"killer{n}" for n in range(killers)]
    async with open_world() as world:
        room = add_room(world.memory, 98, ("owl", *names))
        rats = [world.client(name) for name in names]
        for rat in rats:
            rat.say("room.open", room=room)
        await settle()
        began = trio.current_time()
        for n in range(KILLS_PER_SENDER_MAX + 1):
            for rat in rats:
                rat.send(room, f"bad {n}", "poison")
        await settle(CRASH_WINDOW_S - 1)
        assert trio.current_time() - began < CRASH_WINDOW_S
        assert world.node.rooms.registry.quarantined == aside
        assert len(poison) >= KILLS_MAX
        late = world.client("owl")  # where the room was set aside, whoever listened was told to go
        ref = late.send(room, "good")
        await settle(0.9)
        assert late.reply(ref)["ok"] is not bool(aside)


@on_test_clock
async def test_poison_that_lies_in_the_mailbox_goes_with_its_sender(poison: list[str]) -> None:
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        await settle()
        bad = [fox.send(ROOM, f"bad {n}", "poison") for n in range(OPS_IN_FLIGHT_MAX - 1)]
        ref = owl.send(ROOM, "good")
        await settle(1.0)
        assert owl.reply(ref)["ok"]
        assert {fox.reply(one)["code"] for one in bad} == {"unavailable"}
        assert len(set(poison)) <= KILLS_PER_SENDER_MAX
        assert world.node.rooms.registry.quarantined == 0


# --- row 22: a crash loop -------------------------------------------------------------------


@on_test_clock
async def test_a_room_that_cannot_start_is_set_aside_and_does_not_spin() -> None:
    async with open_world(rooms=2) as world:
        fox, owl = world.client("fox"), world.client("owl")

        def bug() -> None:
            if world.log.claims and not well:
                raise RuntimeError("always")

        well = False
        world.log.before_claim = bug
        minutes, asked = 5, 0
        while trio.current_time() < minutes * 60:
            fox.send(ROOM, f"c{asked}")
            asked += 1
            await trio.sleep(0.05)
        assert asked > 5_000
        each_s = QUARANTINE_S
        assert CRASHES_MAX < world.log.claims <= (CRASHES_MAX + 1) * (minutes * 60 / each_s + 1)
        assert {one["code"] for one in fox.replies} == {"unavailable"}
        well = True
        aside = owl.send(room_id(1), "aside")
        await settle(QUARANTINE_S + 1)
        ref = fox.send(ROOM, "well")
        await settle()
        assert owl.reply(aside)["ok"]
        assert fox.reply(ref)["ok"]


@on_test_clock
async def test_between_two_crashes_there_is_a_pause_that_grows() -> None:
    async with open_world() as world:
        fox, times = world.client("fox"), []

        def bug() -> None:
            times.append(trio.current_time())
            raise RuntimeError("always")

        world.log.before_claim = bug
        for n in range(60):
            fox.send(ROOM, f"c{n}")
        await settle(20)
        pauses = [later - sooner for sooner, later in pairwise(times)]
        assert len(times) == CRASHES_MAX + 1
        assert pauses == sorted(pauses)
        assert pauses[0] >= CRASH_BACKOFF_S
        assert pauses[-1] >= 10 * pauses[0]


@on_test_clock
async def test_a_bug_of_who_is_alone_ends_the_process() -> None:
    """A dispatcher or a committer has no neighbour that could go on: the platform restarts it."""

    async def live() -> None:
        async with open_world() as world:
            with patch.object(world.store.outbox, "due", side_effect=RuntimeError("a bug")):
                world.node.nudge()
                await settle(5)

    with pytest.raises(BaseExceptionGroup) as caught:
        await live()
    assert caught.group_contains(RuntimeError, match="a bug")


# --- row 19: clocks -------------------------------------------------------------------------


@pytest.mark.parametrize("jump_s", [-600, 600])
@on_test_clock
async def test_a_wall_clock_that_jumps_changes_no_order_and_no_wait(jump_s: int) -> None:
    async with open_world() as world:
        off_ms = [0]
        now_ms = world.node.rooms._now_ms
        world.node.rooms._now_ms = lambda: now_ms() + off_ms[0]
        fox, owl = opened(world, "fox", "owl")
        for n in range(6):
            (fox if n % 2 else owl).send(ROOM, f"c{n}", f"{n}")
            await settle(0.1)
            off_ms[0] += jump_s * 1000 * (1 if n % 2 else -1)
            world.node.rooms.registry.find(ROOM).reset()  # type: ignore[union-attr]
        await settle()
        said = [one for one in owl.events if one["ev"] == "msg.new"]
        assert [(one["seq"], one["body"]) for one in said] == [(n + 1, f"{n}") for n in range(6)]
        times = [one["at"] for one in said]
        assert times == sorted(times)
        fox.say("typing", room=ROOM, on=True)
        off_ms[0] = jump_s * 1000
        await settle(4.5)
        assert [one["on"] for one in owl.events if one["ev"] == "typing"] == [True]
        await settle(1.0)
        assert [one["on"] for one in owl.events if one["ev"] == "typing"] == [True, False]
        assert [one.line.closed for one in (fox, owl)] == [None, None]


# --- row 25: idle rooms ---------------------------------------------------------------------


@on_test_clock
async def test_rooms_at_rest_hold_nothing() -> None:
    rooms = 400
    async with open_world(rooms=rooms) as world:
        node = world.node
        tasks = _tasks()
        fox = world.client("fox")
        for number in range(rooms):
            fox.say("room.open", room=room_id(number))
            fox.say("typing", room=room_id(number), on=True)
            fox.send(room_id(number), "a")
            fox.say("room.close", room=room_id(number))
            if number % 10 == 0:
                await settle(0.1)
        await settle()
        assert len(node.rooms.registry) == rooms
        assert _tasks() == tasks + rooms
        await settle(IDLE_S * 2)
        assert len(node.rooms.registry) == 0
        assert node.rooms._audiences == {}
        assert len(node.rooms.alarm) == 0
        assert _tasks() == tasks
        ref = fox.send(room_id(7), "b")
        await settle(0.1)
        assert fox.reply(ref)["seq"] == 2


def _tasks() -> int:
    return trio.lowlevel.current_statistics().tasks_living
