"""A block in a room that both are in: for each of the two the other leaves, live and for good."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.ids import BlockId
from engine.limits import ROOM_TAIL_EVENTS
from engine.model.policy import ChatPolicy, Policy
from engine.ports.blocks import NewBlock
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

BLOCK = BlockId("block00000000000")
BLANK = ("room.blank", None, None)


async def block(world: World, blocker: str = "fox", blocked: str = "owl") -> None:
    """Block somebody, as the store does it, and let the room hear of it."""
    new = NewBlock(account(blocked), BLOCK, blocked)
    await world.store.blocks.block(account(blocker), new, now_ms=0)
    world.node.nudge()
    await settle()


async def unblock(world: World) -> None:
    await world.store.blocks.unblock(account("fox"), BLOCK, now_ms=0)
    world.node.nudge()
    await settle()


def told(events: list[dict[str, Any]]) -> list[tuple[object, object, object]]:
    """List what somebody was told: the event, of whom, and what was said."""
    return [(one["ev"], one.get("from"), one.get("body")) for one in events]


async def read(client: Client, **more: object) -> dict[str, Any]:
    """Open the room."""
    ref = client.say("room.open", room=ROOM, **more)
    await settle()
    return client.reply(ref)


async def say(*clients: Client, cid: str = "1") -> None:
    """Let everybody say something, one after the other."""
    for number, client in enumerate(clients):
        client.send(ROOM, f"{cid}-{number}", f"words {number}")
        await settle()


@on_test_clock
async def test_each_of_the_two_hears_that_the_other_has_left_and_nothing_more() -> None:
    async with open_world() as world:
        fox, owl, rat, second = opened(world, "fox", "owl", "rat", "owl")
        await settle()
        await block(world)
        await say(fox, owl, rat)
        said = [("msg.new", name, f"words {n}") for n, name in enumerate(("fox", "owl", "rat"))]
        assert told(fox.events) == [("room.left", "owl", None), said[0], BLANK, said[2]]
        assert told(owl.events) == [("room.left", "fox", None), BLANK, *said[1:]]
        assert told(second.events) == told(owl.events)
        assert told(rat.events) == [BLANK, *said]
        assert fox.seqs == owl.seqs == rat.seqs == [1, 2, 3, 4]
        assert owl.events[2]["cid"] == "1-1"
        assert {frozenset(one) for one in rat.events[:1]} == {
            frozenset({"ev", "room", "epoch", "seq", "at"})
        }
        assert world.memory.outbox == {}


@on_test_clock
async def test_what_is_read_later_is_what_was_heard() -> None:
    async with open_world() as world:
        clients = opened(world, "fox", "owl", "rat")
        await settle()
        await say(*clients)
        await block(world)
        await say(*clients, cid="2")
        for name, client in zip(("fox", "owl", "rat"), clients, strict=True):
            again = await read(world.client(name))
            assert told(again["events"]) == told(client.events)
            resumed = await read(client, after={"epoch": 1, "seq": 3})
            assert told(resumed["events"]) == told(client.events)[3:]


@on_test_clock
async def test_nobody_who_is_hidden_is_listed_or_felt() -> None:
    async with open_world() as world:
        fox, owl, rat = opened(world, "fox", "owl", "rat")
        await settle()
        await block(world)
        before = [len(one.heard) for one in (fox, owl)]
        fox.say("typing", room=ROOM, on=True)
        fox.say("read", room=ROOM, seq=1)
        await settle(10)
        assert [one["ev"] for one in rat.events] == ["room.blank", "typing", "read", "typing"]
        assert len(owl.heard) == before[1]
        opened_by = {
            one: {member["alias"] for member in (await read(client))["members"]}
            for one, client in (("fox", fox), ("owl", owl), ("rat", rat))
        }
        assert opened_by == {
            "fox": {"fox", "rat"},
            "owl": {"owl", "rat"},
            "rat": {"fox", "owl", "rat"},
        }


@on_test_clock
async def test_presence_of_who_is_hidden_is_not_told() -> None:
    policy = Policy(limited=False, chat=replace(ChatPolicy(), presence_in_groups=True))
    async with open_world(policy=policy) as world:
        (owl, rat) = opened(world, "owl", "rat")
        await settle()
        await block(world)
        (fox,) = opened(world, "fox")
        await settle(10)
        fox.drop()
        await settle(10)
        mine = [(one["ev"], one.get("from")) for one in owl.events if one["ev"] == "presence"]
        assert ("presence", "fox") not in mine
        assert ("presence", "fox") in [(one["ev"], one.get("from")) for one in rat.events]


@on_test_clock
async def test_what_is_hidden_can_be_answered_no_more_than_what_is_no_message() -> None:
    async with open_world() as world:
        fox, owl, rat = opened(world, "fox", "owl", "rat")
        await settle()
        await say(fox)
        await block(world)
        fox.send(ROOM, "f2", "hidden")
        await settle()
        for seq, code in ((3, None), (2, None), (1, "ok")):
            refs = [
                owl.send(ROOM, f"r{seq}", "re", reply_to=seq),
                owl.say("msg.react", room=ROOM, seq=seq, emoji="👍", on=True),
                owl.say("msg.delete", room=ROOM, seq=seq),
            ]
            await settle()
            codes = [owl.reply(ref).get("code") for ref in refs]
            wanted = ["bad_request", "not_found", "not_found"]
            assert codes == ([None, None, "forbidden"] if code else wanted)
        rat.send(ROOM, "q", "as fox says", reply_to=3)
        await settle()
        assert "reply_to" in fox.events[-1]
        assert "reply_to" not in owl.events[-1]
        rat.say("msg.react", room=ROOM, seq=3, emoji="👍", on=True)
        await settle()
        assert (owl.events[-1]["ev"], fox.events[-1]["ev"]) == ("room.blank", "msg.reaction")


@on_test_clock
async def test_what_was_said_while_apart_stays_hidden_after_the_block() -> None:
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        await settle()
        await block(world)
        await say(fox)
        await unblock(world)
        fox.send(ROOM, "f2", "hello again")
        await settle()
        assert told(owl.events) == [
            ("room.left", "fox", None),
            BLANK,
            ("room.joined", "fox", None),
            ("msg.new", "fox", "hello again"),
        ]
        assert told((await read(owl))["events"]) == told(owl.events)
        fox.say("typing", room=ROOM, on=True)
        await settle(0.1)
        assert owl.events[-1]["ev"] == "typing"


@on_test_clock
async def test_what_is_said_after_the_answer_to_a_block_is_hidden_before_the_notice_comes() -> None:
    async with open_world(dispatch=False) as world:
        fox, owl = opened(world, "fox", "owl")
        await settle()
        new = NewBlock(account("owl"), BLOCK, "owl")
        await world.store.blocks.block(account("fox"), new, now_ms=0)
        world.node.look_again(ROOM)
        fox.send(ROOM, "f1", "hidden")  # no await since: the room has not looked yet
        await settle()
        assert told(owl.events) == [BLANK]
        assert told(fox.events) == [("msg.new", "fox", "hidden")]


@pytest.mark.parametrize("long", [False, True])
@on_test_clock
async def test_a_room_that_slept_or_crashed_hides_as_before(*, long: bool) -> None:
    async with open_world() as world:
        fill(world, ROOM_TAIL_EVENTS + 9 if long else 3)
        await block(world)
        fox, owl = opened(world, "fox", "owl")
        await settle()
        world.log.after_append = fail_times(1)
        fox.send(ROOM, "f1", "hidden")
        await settle(5)
        fox.send(ROOM, "f1", "hidden")
        await settle(5)
        assert "hidden" not in str(owl.heard)
        assert owl.events[-1]["ev"] == "room.blank"
        assert "hidden" in str((await read(fox))["events"])
        assert "hidden" not in str((await read(owl))["events"])


@on_test_clock
async def test_a_block_that_is_told_twice_is_in_the_log_once() -> None:
    async with open_world() as world:
        (rat,) = opened(world, "rat")
        await settle()
        new = NewBlock(account("owl"), BLOCK, "owl")
        await world.store.blocks.block(account("fox"), new, now_ms=0)
        ((number, row),) = world.memory.outbox.items()
        world.node.nudge()
        await settle()
        world.memory.outbox[number] = row
        world.node.nudge()
        await settle()
        assert [one["ev"] for one in rat.events] == ["room.blank"]
        assert world.memory.outbox == {}
