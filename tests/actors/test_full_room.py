"""A room of as many as there may be: all come, speak, read and go, and nobody is told less."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from engine.limits import ROOM_MEMBERS_MAX
from engine.model.policy import ChatPolicy, Policy
from store.memory.state import Memory
from tests.actors.world import (
    ROOM,
    Client,
    World,
    add_room,
    on_test_clock,
    open_world,
    opened,
    settle,
)

CROWD = [f"p{number}" for number in range(ROOM_MEMBERS_MAX)]
EARS = 5


def full_house() -> Memory:
    """Make a store with one room, full to its last place."""
    memory = Memory()
    add_room(memory, people=CROWD)
    return memory


def everybody(world: World) -> list[Client]:
    """Connect everybody and have them open the room."""
    return opened(world, *CROWD)


@on_test_clock
async def test_everybody_may_speak_in_one_moment() -> None:
    """The mailbox has a place for each: nobody is told to come again, and all hear one order."""
    async with open_world(memory=full_house()) as world:
        ears = opened(world, *CROWD[:EARS])
        await settle()
        speakers = [world.client(name) for name in CROWD]
        refs = [
            one.send(ROOM, "a", f"from {name}") for one, name in zip(speakers, CROWD, strict=True)
        ]
        await settle(10)
        replies = [one.reply(ref) for one, ref in zip(speakers, refs, strict=True)]
        assert Counter(one.get("code") for one in replies) == {None: ROOM_MEMBERS_MAX}
        assert sorted(one["seq"] for one in replies) == list(range(1, ROOM_MEMBERS_MAX + 1))
        said = {one["seq"]: f"from {name}" for one, name in zip(replies, CROWD, strict=True)}
        for ear in ears:
            assert ear.seqs == list(range(1, ROOM_MEMBERS_MAX + 1))
            assert {one["seq"]: one["body"] for one in ear.events} == said


@on_test_clock
async def test_everybody_hears_and_is_seen_and_marks_what_was_read() -> None:
    async with open_world(memory=full_house()) as world:
        crowd = everybody(world)
        await settle(10)
        for client, name in zip(crowd, CROWD, strict=True):
            answer = client.replies[0]
            assert (answer["me"], len(answer["members"])) == (name, ROOM_MEMBERS_MAX)
        crowd[0].send(ROOM, "a", "one word for all")
        await settle()
        assert all(one.seqs == [1] for one in crowd)
        crowd[-1].say("read", room=ROOM, seq=1)
        crowd[-1].say("typing", room=ROOM, on=True)
        crowd[-1].say("msg.react", room=ROOM, seq=1, emoji="🌿", on=True)
        await settle(10)
        for client in crowd[:-1]:
            told = [(one["ev"], one["from"], one.get("on")) for one in client.events[1:]]
            assert sorted(told, key=str) == sorted(
                [
                    ("read", CROWD[-1], None),
                    ("typing", CROWD[-1], True),
                    ("typing", CROWD[-1], False),
                    ("msg.reaction", CROWD[-1], True),
                ],
                key=str,
            )


@on_test_clock
async def test_who_comes_and_goes_is_told_once_to_each_where_groups_show_it() -> None:
    chat = replace(ChatPolicy(), presence_in_groups=True)
    async with open_world(memory=full_house(), policy=Policy(limited=False, chat=chat)) as world:
        crowd = everybody(world)
        await settle(chat.presence_every_s * 2)
        first, last = crowd[0], crowd[-1]
        assert sum(one["online"] for one in last.replies[0]["members"]) == ROOM_MEMBERS_MAX
        for client in crowd[1:]:
            client.drop()
        await settle(chat.presence_every_s * 2)
        told = Counter((one["from"], one["online"]) for one in first.events)
        assert told == {(name, on): 1 for name in CROWD[1:] for on in (True, False)}
        again = first.say("room.open", room=ROOM)
        await settle()
        assert [one["alias"] for one in first.reply(again)["members"] if one["online"]] == [
            CROWD[0]
        ]
