"""Deletions and reactions over the memory store: durable, for everybody, through every reload."""

from __future__ import annotations

import pytest
import trio

from engine.limits import ROOM_TAIL_EVENTS
from engine.model.policy import ChatPolicy, Policy
from engine.rooms.events import DELETED_CONTENT, EventName
from tests.actors.world import (
    ROOM,
    Client,
    World,
    fail_times,
    fill,
    on_test_clock,
    open_world,
    opened,
    settle,
)


def delete(client: Client, seq: int) -> int:
    """Take a message back."""
    return client.say("msg.delete", room=ROOM, seq=seq)


def react(client: Client, seq: int, emoji: str = "👍", *, on: bool = True) -> int:
    """React to a message."""
    return client.say("msg.react", room=ROOM, seq=seq, emoji=emoji, on=on)


async def put_away(world: World) -> None:
    """Wait until the room sleeps."""
    await settle(200)
    assert len(world.node.rooms.registry) == 0


@on_test_clock
async def test_a_message_is_taken_back_for_both() -> None:
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        fox.send(ROOM, "a", "secret words")
        await settle()
        ref = delete(fox, 1)
        await settle()
        assert fox.reply(ref) == {"re": ref, "ok": True}
        for one in (fox, owl):
            event = one.events[-1]
            assert (event["ev"], event["seq"], event["from"], event["target"]) == (
                "msg.deleted",
                2,
                "fox",
                1,
            )
        again = owl.say("room.open", room=ROOM)
        await settle()
        first = owl.reply(again)["events"][0]
        assert (first["ev"], first["seq"], first["deleted"]) == ("msg.new", 1, True)
        assert not {"body", "kind"} & first.keys()
        assert "secret words" not in str(world.row(ROOM))


@pytest.mark.parametrize("old", [False, True])
@on_test_clock
async def test_a_deletion_is_repeatable_and_outlives_a_reload(*, old: bool) -> None:
    async with open_world() as world:
        fox = world.client("fox")
        fox.send(ROOM, "a")
        await settle()
        if old:
            row = world.row(ROOM)
            first = row.events[0]
            fill(world, ROOM_TAIL_EVENTS + 10)
            row.events[0] = first
            await put_away(world)
        refs = [delete(fox, 1), delete(fox, 1)]
        await settle()
        assert all(fox.reply(ref)["ok"] for ref in refs)
        await put_away(world)
        late = delete(fox, 1)
        await settle()
        assert fox.reply(late)["ok"]
        row = world.row(ROOM)
        assert row.events[0].content == DELETED_CONTENT
        assert [event.name for event in row.events].count(EventName.DELETED) == 1


@on_test_clock
async def test_what_may_not_be_deleted_is_refused_by_its_reason() -> None:
    async with open_world(
        policy=Policy(limited=False, chat=ChatPolicy(delete_within_s=10))
    ) as world:
        fox, owl = opened(world, "fox", "owl")
        fox.send(ROOM, "a")
        await settle()
        other, beyond, zero = delete(owl, 1), delete(fox, 9), delete(fox, 0)
        stranger = delete(world.client("cat"), 1)
        await trio.sleep(11)
        late = delete(fox, 1)
        await settle()
        del stranger
        assert owl.reply(other)["code"] == "forbidden"
        assert fox.reply(beyond)["code"] == fox.reply(zero)["code"] == "not_found"
        assert fox.reply(late)["code"] == "window_over"
        assert len(world.row(ROOM).events) == 1


@on_test_clock
async def test_a_stranger_changes_nothing() -> None:
    async with open_world() as world:
        fill(world, ROOM_TAIL_EVENTS + 10)
        cat = world.client("cat")
        refs = [
            delete(cat, 1),
            react(cat, 1),
            cat.say("msg.send", room=ROOM, cid="x", kind="text", body="x", reply_to=1),
        ]
        await settle()
        assert {cat.reply(ref)["code"] for ref in refs} == {"not_found"}
        assert len(world.row(ROOM).events) == ROOM_TAIL_EVENTS + 10


@on_test_clock
async def test_the_same_reaction_again_is_answered_and_told_once() -> None:
    async with open_world() as world:
        fill(world, 3)
        fox, owl = opened(world, "fox", "owl")
        refs = [react(owl, 2), react(owl, 2), react(owl, 2, on=False), react(owl, 2)]
        await settle()
        assert all(owl.reply(ref) == {"re": ref, "ok": True} for ref in refs)
        told = [(e["ev"], e["target"], e["from"], e["emoji"], e["on"]) for e in fox.events]
        put, off = ("msg.reaction", 2, "owl", "👍", True), ("msg.reaction", 2, "owl", "👍", False)
        assert told == [put, off, put]
        assert fox.seqs == owl.seqs == [4, 5, 6]


@pytest.mark.parametrize("events", [3, ROOM_TAIL_EVENTS + 10])
@on_test_clock
async def test_reactions_outlive_a_reload(events: int) -> None:
    async with open_world() as world:
        fill(world, events)
        owl = world.client("owl")
        react(owl, 1)
        await settle()
        await put_away(world)
        same, off = react(owl, 1), react(owl, 1, on=False)
        await settle()
        assert owl.reply(same)["ok"]
        assert owl.reply(off)["ok"]
        assert [event.name for event in world.row(ROOM).events[events:]] == [EventName.REACTION] * 2
        assert await world.log.reactions(ROOM, 1) == {}


@on_test_clock
async def test_a_reaction_of_unknown_outcome_is_asked_again_without_a_second_event() -> None:
    async with open_world() as world:
        fill(world, 3)
        fox, owl = opened(world, "fox", "owl")
        await settle()
        world.log.after_append = fail_times(1)
        lost = react(owl, 2)
        await settle()
        again = react(owl, 2)
        await settle()
        assert owl.reply(lost)["code"] == "unavailable"
        assert owl.reply(again)["ok"]
        assert fox.seqs == [4]


@on_test_clock
async def test_changes_beside_a_repeated_cid_are_written_in_their_order() -> None:
    async with open_world() as world:
        fill(world, ROOM_TAIL_EVENTS + 10)
        newest = ROOM_TAIL_EVENTS + 10
        world.row(ROOM).events[-1] = (
            world.row(ROOM)
            .events[-1]
            .__class__(
                newest,
                world.parts.now_ms(),
                EventName.MESSAGE,
                world.row(ROOM).events[-1].sender,
                f"cid {newest}",
                {"kind": "text", "body": "x"},
            )
        )
        (fox,) = opened(world, "fox")
        refs = [
            fox.send(ROOM, "cid 3", "text 3"),
            react(fox, newest),
            delete(fox, newest),
            fox.send(ROOM, "new"),
        ]
        await settle()
        assert [fox.reply(ref)["ok"] for ref in refs] == [True] * 4
        assert [e["ev"] for e in fox.events] == ["msg.reaction", "msg.deleted", "msg.new"]
        assert fox.seqs == [newest + 1, newest + 2, newest + 3]
        assert world.row(ROOM).reactions == {}


@on_test_clock
async def test_a_reply_may_name_what_memory_has_forgotten_if_it_is_a_message() -> None:
    async with open_world() as world:
        fill(world, ROOM_TAIL_EVENTS + 10)
        (fox,) = opened(world, "fox")
        old = fox.say("msg.send", room=ROOM, cid="a", kind="text", body="x", reply_to=2)
        none = fox.say("msg.send", room=ROOM, cid="b", kind="text", body="x", reply_to=9_999)
        await settle()
        assert fox.reply(old)["ok"]
        assert fox.reply(none)["code"] == "bad_request"


@on_test_clock
async def test_other_kinds_of_messages_arrive_as_they_were_sent() -> None:
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        body = {"lat": 37.5, "lng": 127.0, "label": "성수"}
        good = fox.say("msg.send", room=ROOM, cid="a", kind="location", body=body)
        same = fox.say("msg.send", room=ROOM, cid="a", kind="location", body=body)
        wrong = fox.say("msg.send", room=ROOM, cid="b", kind="location", body={**body, "lat": 91})
        await settle()
        assert fox.reply(good)["ok"]
        assert fox.reply(same)["dup"]
        assert fox.reply(wrong)["code"] == "bad_request"
        assert [(e["kind"], e["body"]) for e in owl.events] == [("location", body)]


@on_test_clock
async def test_changes_have_a_rate() -> None:
    policy = Policy(chat=ChatPolicy(changes_burst_max=3, changes_per_minute_max=60))
    async with open_world(policy=policy) as world:
        fill(world, 3)
        fox, other = opened(world, "fox", "fox")
        refs = [react(fox, 1, on=n % 2 == 0) for n in range(3)]
        over, wrong = react(other, 1), delete(fox, 1)
        await settle()
        assert all(fox.reply(ref)["ok"] for ref in refs)
        assert other.reply(over)["code"] == fox.reply(wrong)["code"] == "rate_limited"
