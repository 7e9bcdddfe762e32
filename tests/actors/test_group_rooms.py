"""Group rooms: who joins is told and heard, who leaves has lost the room at once."""

from __future__ import annotations

import pytest

from engine.ids import GroupId
from engine.limits import ROOM_TAIL_EVENTS
from engine.model.account import Gender
from engine.rooms.events import Event, EventName
from store.memory.state import AccountRow
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
    settle,
)
from tests.builders import make_event

GROUP = GroupId("group00000000000")


def join(world: World, name: str, alias: str) -> None:
    """Join the group, as the store does it."""
    me = account(name)
    world.row(ROOM).group = GROUP
    world.memory.accounts.setdefault(me, AccountRow(me, None, name, 2000, Gender.OTHER))
    world.memory.enter_room(GROUP, me, alias, name, history=False, now_ms=0)  # type: ignore[arg-type]  # an alias
    world.node.nudge()


def leave(world: World, name: str) -> None:
    """Leave the group, as the store does it."""
    world.row(ROOM).group = GROUP
    world.memory.leave_rooms(GROUP, account(name), now_ms=0)
    world.node.nudge()


def told(client: Client) -> list[tuple[str, str]]:
    """List who came and went."""
    return [(e["ev"], e["from"]) for e in client.events if e["ev"] in ("room.joined", "room.left")]


@pytest.mark.parametrize("awake", [False, True])
@on_test_clock
async def test_who_joins_is_told_and_can_speak(*, awake: bool) -> None:
    async with open_world() as world:
        clients = opened(world, "fox") if awake else []
        await settle()
        join(world, "cat", "cat-1")
        await settle()
        cat = world.client("cat")
        ref = cat.say("room.open", room=ROOM)
        sent = cat.send(ROOM, "a")
        await settle()
        first = cat.reply(ref)["events"][0]
        assert (first["ev"], first["from"], first["nickname"]) == ("room.joined", "cat-1", "cat")
        assert "cid" not in first
        assert {one["alias"] for one in cat.reply(ref)["members"]} == {"fox", "owl", "rat", "cat-1"}
        assert cat.reply(sent)["ok"]
        for fox in clients:
            assert [e["ev"] for e in fox.events] == ["room.joined", "msg.new"]
        assert world.memory.outbox == {}


@on_test_clock
async def test_who_leaves_has_lost_the_room_at_once() -> None:
    async with open_world() as world:
        fox, owl, second = opened(world, "fox", "owl", "owl")
        fox.send(ROOM, "a")
        await settle()
        leave(world, "owl")
        await settle(0.2)
        before = [len(one.heard) for one in (owl, second)]
        fox.send(ROOM, "b", "not for owls")
        fox.say("typing", room=ROOM, on=True)
        refs = [
            owl.send(ROOM, "c"),
            owl.say("room.open", room=ROOM),
            owl.say("read", room=ROOM, seq=1),
            owl.say("typing", room=ROOM, on=True),
            owl.say("msg.react", room=ROOM, seq=1, emoji="👍", on=True),
            owl.say("msg.delete", room=ROOM, seq=1),
        ]
        await settle(10)
        assert {owl.reply(ref)["code"] for ref in refs} == {"not_found"}
        assert len(second.heard) == before[1]
        assert [one["ev"] for one in owl.events] == ["msg.new", "room.left"]
        assert told(fox) == told(second) == [("room.left", "owl")]
        assert "not for owls" not in str((owl.heard, second.heard))


@on_test_clock
async def test_who_left_cannot_come_back_by_a_room_that_slept() -> None:
    async with open_world() as world:
        leave(world, "owl")
        await settle(200)
        owl = world.client("owl")
        ref = owl.say("room.open", room=ROOM)
        await settle()
        assert owl.reply(ref)["code"] == "not_found"
        assert [event.name for event in world.row(ROOM).events] == [EventName.LEFT]


@on_test_clock
async def test_a_notice_that_is_told_twice_is_one_event() -> None:
    async with open_world() as world:
        opened(world, "fox")
        join(world, "cat", "cat-1")
        notices = list(world.memory.outbox.values())
        await settle()
        row = world.row(ROOM)
        row.events += [make_event(n) for n in range(2, ROOM_TAIL_EVENTS + 9)]
        row.by_cid |= {(e.sender, e.cid): e for e in row.events if e.sender and e.cid}
        row.fence += 1  # the next owner no longer has it in memory
        for number, notice in enumerate(notices):
            world.memory.outbox[10_000 + number] = notice
        world.node.nudge()
        await settle(10)
        names = [event.name for event in row.events]
        assert names.count(EventName.JOINED) == 1


@on_test_clock
async def test_an_outage_only_delays_the_news() -> None:
    async with open_world() as world:
        (fox,) = opened(world, "fox")
        await settle()
        world.log.before_append = fail_times(1)
        join(world, "cat", "cat-1")
        await settle(10)
        leave(world, "cat")
        await settle()
        assert told(fox) == [("room.joined", "cat-1"), ("room.left", "cat-1")]
        assert world.memory.outbox == {}


@on_test_clock
async def test_the_end_of_a_room_is_told_even_while_somebody_leaves() -> None:
    async with open_world() as world:
        (fox,) = opened(world, "fox")
        await settle()
        leave(world, "owl")
        world.memory.close_rooms(GROUP, now_ms=0)
        world.node.nudge()
        await settle(20)
        assert fox.events[-1]["ev"] == "room.closed"
        assert world.memory.outbox == {}
        assert all(isinstance(event, Event) for event in world.row(ROOM).events)


@on_test_clock
async def test_who_joins_later_opens_the_room_from_then_on() -> None:
    async with open_world() as world:
        fill(world, ROOM_TAIL_EVENTS + 40)
        (fox,) = opened(world, "fox")
        await settle()
        join(world, "cat", "cat-1")
        await settle()
        said = ROOM_TAIL_EVENTS + 40
        cat = world.client("cat")
        for after in (None, {"epoch": 1, "seq": 3}, {"epoch": 1, "seq": said - 1}):
            ref = cat.say("room.open", room=ROOM, limit=50, **({"after": after} if after else {}))
            await settle()
            answer = cat.reply(ref)
            assert [event["ev"] for event in answer["events"]] == ["room.joined"]
            assert answer["recovered"] is (after is None), "what was held before is not true now"
        ref = cat.say("room.open", room=ROOM, after={"epoch": 1, "seq": said})
        await settle()
        assert cat.reply(ref)["recovered"]
        assert [event["seq"] for event in cat.reply(ref)["events"]] == [said + 1]
        assert fox.seqs[-1] == said + 1


@on_test_clock
async def test_what_was_said_before_cannot_be_answered_or_reacted_to() -> None:
    async with open_world() as world:
        fill(world, 3)
        join(world, "cat", "cat-1")
        await settle()
        cat = world.client("cat")
        asked = [
            cat.send(ROOM, "a", "what?", reply_to=3),
            cat.say("msg.react", room=ROOM, seq=3, emoji="👍", on=True),
            cat.say("msg.delete", room=ROOM, seq=3),
        ]
        await settle()
        codes = [cat.reply(ref)["code"] for ref in asked]
        assert codes == ["bad_request", "not_found", "not_found"]
