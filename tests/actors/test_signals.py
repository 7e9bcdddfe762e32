"""Typing, presence and read marks: told, not kept, and no more of them than is meant to be seen."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import trio

from engine.ids import RoomId
from engine.limits import ROOM_TAIL_EVENTS
from engine.model.policy import ChatPolicy, Policy
from engine.ports.outbox import NoticeKind
from tests.actors.world import (
    ROOM,
    Client,
    World,
    account,
    fail_times,
    fill,
    on_test_clock,
    open_world,
    opened,
    pair,
    settle,
)


def typing(*, on: bool, who: str = "fox") -> dict[str, object]:
    """Make the event as the others hear it."""
    return {"ev": "typing", "room": ROOM, "from": who, "on": on}


def says(client: Client, name: str) -> list[Any]:
    """List what was heard of one kind."""
    return [event for event in client.events if event["ev"] == name]


# --- typing ---------------------------------------------------------------------------------


@on_test_clock
async def test_typing_ends_by_itself() -> None:
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        await settle()
        fox.say("typing", room=ROOM, on=True)
        await trio.sleep(4.9)
        assert owl.events == [typing(on=True)]
        await trio.sleep(0.2)
        assert owl.events == [typing(on=True), typing(on=False)]
        assert fox.events == []
        await settle(60)
        assert len(owl.events) == 2


@on_test_clock
async def test_who_goes_on_typing_is_typing() -> None:
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        await settle()
        for _ in range(3):
            fox.say("typing", room=ROOM, on=True)
            await trio.sleep(4)
        assert owl.events == [typing(on=True)] * 3
        await trio.sleep(1.1)
        assert owl.events[3:] == [typing(on=False)]


@on_test_clock
async def test_two_people_who_type_end_each_at_their_time() -> None:
    async with open_world() as world:
        fox, owl, rat = opened(world, "fox", "owl", "rat")
        await settle()
        fox.say("typing", room=ROOM, on=True)
        await trio.sleep(3)
        owl.say("typing", room=ROOM, on=True)
        await trio.sleep(2.1)
        assert rat.events[2:] == [typing(on=False)]
        await trio.sleep(3)
        assert rat.events[3:] == [typing(on=False, who="owl")]
        assert len(world.node.rooms.alarm) == 0


@pytest.mark.parametrize("how", ["drop", "close"])
@on_test_clock
async def test_typing_ends_with_its_session(how: str) -> None:
    async with open_world() as world:
        fox, other, owl = opened(world, "fox", "fox", "owl")
        await settle()
        fox.say("typing", room=ROOM, on=True)
        await settle(0.1)
        other.drop()
        await settle(0.1)
        assert owl.events == [typing(on=True)]
        if how == "drop":
            fox.drop()
        else:
            fox.say("room.close", room=ROOM)
        await settle(0.1)
        assert owl.events == [typing(on=True), typing(on=False)]


@on_test_clock
async def test_an_end_without_a_beginning_says_nothing() -> None:
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        ref = fox.say("typing", room=ROOM, on=False)
        await settle()
        assert fox.reply(ref)["ok"]
        assert owl.events == []


# --- presence -------------------------------------------------------------------------------


def there(room: RoomId, who: str, *, online: bool) -> dict[str, object]:
    """Make the event as the other side hears it."""
    return {"ev": "presence", "room": room, "from": who, "online": online}


def members(client: Client, ref: int) -> dict[str, Any]:
    """Read who is online from the answer to an open."""
    return {one["alias"]: one.get("online") for one in client.reply(ref)["members"]}


@on_test_clock
async def test_the_other_side_sees_who_comes_and_goes() -> None:
    async with open_world() as world:
        room = pair(world)
        fox, owl = world.client("fox"), world.client("owl")
        alone = fox.say("room.open", room=room)
        await settle()
        assert members(fox, alone) == {"fox": True, "owl": False}
        both = owl.say("room.open", room=room)
        await settle(10)
        assert members(owl, both) == {"fox": True, "owl": True}
        assert fox.events == [there(room, "owl", online=True)]
        owl.drop()
        await settle()
        assert fox.events[1:] == [there(room, "owl", online=False)]
        assert owl.events == []


@on_test_clock
async def test_presence_ends_with_the_last_session() -> None:
    async with open_world() as world:
        room = pair(world)
        fox, one, two = world.client("fox"), world.client("owl"), world.client("owl")
        for client in (fox, one, two):
            client.say("room.open", room=room)
        await settle(10)
        one.drop()
        await settle(10)
        assert says(fox, "presence") == [there(room, "owl", online=True)]
        two.say("room.close", room=room)
        await settle()
        assert says(fox, "presence")[1:] == [there(room, "owl", online=False)]


@on_test_clock
async def test_who_flickers_is_told_once_in_a_while_and_rightly_in_the_end() -> None:
    async with open_world() as world:
        room = pair(world)
        fox, owl = world.client("fox"), world.client("owl")
        fox.say("room.open", room=room)
        times: list[tuple[float, bool]] = []
        for n in range(41):
            owl.say("room.open" if n % 2 == 0 else "room.close", room=room)
            await trio.sleep(0.5)
            heard = says(fox, "presence")
            times += [(trio.current_time(), one["online"]) for one in heard[len(times) :]]
        await settle(6)
        heard = says(fox, "presence")
        assert 2 <= len(heard) <= 6
        assert all(b[0] - a[0] >= 4.5 for a, b in pairwise(times))
        assert heard[-1]["online"] is True
        assert [one["online"] for one in heard] == [n % 2 == 0 for n in range(len(heard))]


@on_test_clock
async def test_an_open_says_no_more_of_presence_than_was_told() -> None:
    async with open_world() as world:
        room = pair(world)
        fox, owl = world.client("fox"), world.client("owl")
        owl.say("room.open", room=room)
        await settle()
        owl.say("room.close", room=room)
        ref = fox.say("room.open", room=room)
        await settle(0.1)
        assert members(fox, ref)["owl"] is True
        await settle(5)
        again = fox.say("room.open", room=room)
        await settle()
        assert members(fox, again)["owl"] is False


@on_test_clock
async def test_a_group_does_not_show_who_is_there_unless_the_policy_says_so() -> None:
    for shown in (False, True):
        policy = Policy(limited=False, chat=ChatPolicy(presence_in_groups=shown))
        async with open_world(policy=policy) as world:
            fox, owl = world.client("fox"), world.client("owl")
            fox.say("room.open", room=ROOM)
            await settle()
            ref = owl.say("room.open", room=ROOM)
            await settle()
            assert bool(says(fox, "presence")) is shown
            assert ("online" in owl.reply(ref)["members"][0]) is shown


@on_test_clock
async def test_presence_outlives_a_reload_of_the_room() -> None:
    async with open_world() as world:
        room = pair(world)
        fox, owl = world.client("fox"), world.client("owl")
        for client in (fox, owl):
            client.say("room.open", room=room)
        await settle(10)
        world.log.before_append = fail_times(1)
        fox.send(room, "a")
        await settle(10)
        owl.drop()
        await settle()
        assert says(fox, "presence")[-1] == there(room, "owl", online=False)


@on_test_clock
async def test_a_listener_that_fails_costs_only_itself() -> None:
    async with open_world() as world:
        fox, owl, rat = opened(world, "fox", "owl", "rat")
        await settle()

        def broken(_: bytes) -> None:
            raise RuntimeError("a bug in one session")

        owl.line.send_ephemeral = broken  # type: ignore[method-assign,assignment]
        fox.say("typing", room=ROOM, on=True)
        await settle(10)
        assert rat.events == [typing(on=True), typing(on=False)]
        assert owl.line.closed is not None


# --- read marks -----------------------------------------------------------------------------


async def change(world: World, name: str, *, shows: bool) -> None:
    """Change one's own setting, as PATCH /v1/me does."""
    me = account(name)
    world.memory.accounts[me].show_read_marks = not shows
    await world.store.accounts.change(me, nickname=None, show_read_marks=shows)
    world.node.nudge()
    await settle(0.1)


@pytest.mark.parametrize("shows", [False, True])
@on_test_clock
async def test_a_changed_setting_reaches_rooms_that_are_awake(*, shows: bool) -> None:
    async with open_world() as world:
        fill(world, 5)
        world.memory.accounts[account("fox")].show_read_marks = not shows
        fox, other, owl = opened(world, "fox", "fox", "owl")
        await settle()
        await change(world, "fox", shows=shows)
        fox.say("read", room=ROOM, seq=3)
        ref = owl.say("room.open", room=ROOM)
        await settle()
        assert len(says(other, "read")) == 1
        assert len(says(owl, "read")) == shows
        seen = next(one for one in owl.reply(ref)["members"] if one["alias"] == "fox")
        assert ("read" in seen) is shows
        assert world.memory.outbox == {}


@on_test_clock
async def test_premium_shows_read_marks_until_it_ends() -> None:
    async with open_world() as world:
        fill(world, 5)
        row = world.memory.accounts[account("fox")]
        row.show_read_marks = False
        row.premium_until = world.parts.now_ms() + 10_000
        fox, owl = opened(world, "fox", "owl")
        fox.say("read", room=ROOM, seq=2)
        await settle()
        assert [one["seq"] for one in says(owl, "read")] == [2]
        await settle(10)
        fox.say("read", room=ROOM, seq=4)
        await settle()
        assert [one["seq"] for one in says(owl, "read")] == [2]
        assert [one["seq"] for one in says(fox, "read")] == [2, 4]


@on_test_clock
async def test_a_sleeping_room_is_not_woken_to_look_again() -> None:
    async with open_world() as world:
        world.memory.tell(NoticeKind.ROOM_MEMBERS, {}, due_ms=0, room=ROOM)
        world.node.nudge()
        await settle()
        assert world.memory.outbox == {}
        assert world.log.claims == 0


@on_test_clock
async def test_a_look_that_fails_is_repeated() -> None:
    async with open_world() as world:
        fill(world, ROOM_TAIL_EVENTS)
        opened(world, "owl")
        await settle()
        world.log.before_page = fail_times(2)
        world.memory.tell(NoticeKind.ROOM_MEMBERS, {}, due_ms=0, room=ROOM)
        world.node.nudge()
        await settle(5)
        assert world.memory.outbox == {}
