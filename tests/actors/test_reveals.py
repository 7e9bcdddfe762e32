"""The reveal over a node: both or neither, each only the other's, through every reload."""

from __future__ import annotations

from typing import Any

import pytest

from actors.commands import CloseRoom
from actors.replies import Waiter
from engine.ids import GroupId, MatchId, MemberId, RoomId
from engine.limits import ROOM_TAIL_EVENTS
from engine.model.group import MemberProfile, MemberState, Role
from engine.rooms.events import EventName
from store.memory.like_rows import MatchRow
from store.memory.state import MemberRow
from tests.actors.world import (
    Client,
    World,
    account,
    fail_times,
    on_test_clock,
    open_world,
    pair,
    settle,
)
from tests.builders import make_event

MATCH = MatchId("match00000000000")
GROUP = GroupId("group00000000000")


def matched(world: World) -> RoomId:
    """Match fox and owl, each with things to show."""
    room = pair(world)
    world.row(room).group = GROUP
    for name in ("fox", "owl"):
        me = account(name)
        world.memory.accounts[me].contact = f"{name}@example"
        profile = MemberProfile(name, f"bio of {name}", ("tea",))
        member = MemberId(f"member{name:0>10}")
        world.memory.members[GROUP, me] = MemberRow(
            member, GROUP, me, MemberState.ACTIVE, Role.MEMBER, profile
        )
    sides = frozenset((account("fox"), account("owl")))
    world.memory.matches[MATCH] = MatchRow(MATCH, GROUP, room, sides, 0)
    return room


def act(client: Client, what: str, step: str, match: str = MATCH) -> int:
    """Offer, accept or withdraw."""
    return client.say(f"reveal.{what}", match=match, step=step)


def reveals(client: Client) -> list[Any]:
    """List what was heard of reveals."""
    return [event for event in client.events if event["ev"].startswith("reveal.")]


async def both(world: World) -> tuple[RoomId, Client, Client]:
    """Connect the two and have them open their room."""
    room = matched(world)
    fox, owl = world.client("fox"), world.client("owl")
    for one in (fox, owl):
        one.say("room.open", room=room)
    await settle()
    return room, fox, owl


@on_test_clock
async def test_the_room_of_a_match_that_has_vanished_is_no_room_and_does_not_crash() -> None:
    async with open_world() as world:
        room, fox, _ = await both(world)
        del world.memory.rooms[room]
        ref = act(fox, "offer", "profile")
        await settle()
        assert fox.reply(ref)["code"] == "not_found"
        assert [one.crashes for one in world.node.rooms.registry.statistics()] == [0]


@pytest.mark.parametrize("answer", ["accept", "offer"])
@on_test_clock
async def test_each_side_sees_the_other_and_only_after_both_agreed(answer: str) -> None:
    async with open_world() as world:
        room, fox, owl = await both(world)
        refs = [act(fox, "offer", "profile"), act(fox, "offer", "profile")]
        await settle()
        assert all(fox.reply(ref) == {"re": ref, "ok": True} for ref in refs)
        offered = {"ev": "reveal.offered", "match": MATCH, "from": "fox", "step": "profile"}
        (told,) = reveals(owl)
        assert offered.items() <= told.items()
        assert "bio of" not in str(world.row(room).events)
        assert "bio of" not in str((fox.heard, owl.heard))
        ref = act(owl, answer, "profile")
        await settle()
        assert owl.reply(ref)["ok"]
        (fox_sees, owl_sees) = (reveals(one)[-1] for one in (fox, owl))
        assert fox_sees["ev"] == owl_sees["ev"] == "reveal.done"
        assert fox_sees["peer"]["bio"] == "bio of owl"
        assert owl_sees["peer"]["bio"] == "bio of fox"
        assert set(owl_sees) == {
            "ev",
            "room",
            "epoch",
            "seq",
            "at",
            "from",
            "match",
            "step",
            "peer",
        }
        assert "bio of fox" not in str(fox.heard)
        assert "bio of owl" not in str(owl.heard)
        for one, other in ((fox, "owl"), (owl, "fox")):
            ref = one.say("room.open", room=room)
            await settle()
            assert one.reply(ref)["events"][-1]["peer"]["bio"] == f"bio of {other}"


@on_test_clock
async def test_the_steps_come_in_their_order_to_the_contact() -> None:
    async with open_world() as world:
        _, fox, owl = await both(world)
        early = act(fox, "offer", "contact")
        for step in ("profile", "photo", "contact"):
            act(fox, "offer", step)
            await settle()
            act(owl, "accept", step)
            await settle()
        assert fox.reply(early)["code"] == "conflict"
        done = [one for one in reveals(fox) if one["ev"] == "reveal.done"]
        assert [one["step"] for one in done] == ["profile", "photo", "contact"]
        assert [one["peer"] for one in done[1:]] == [{"photo": None}, {"contact": "owl@example"}]
        again = act(owl, "accept", "photo")
        await settle()
        assert owl.reply(again)["ok"]
        assert len([one for one in reveals(fox) if one["ev"] == "reveal.done"]) == 3


@on_test_clock
async def test_an_offer_that_was_withdrawn_cannot_be_accepted() -> None:
    async with open_world() as world:
        _, fox, owl = await both(world)
        act(fox, "offer", "profile")
        not_mine = act(owl, "withdraw", "profile")
        act(fox, "withdraw", "profile")
        await settle()
        late, own = act(owl, "accept", "profile"), act(fox, "withdraw", "profile")
        await settle()
        assert owl.reply(not_mine)["ok"]
        assert owl.reply(late)["code"] == "conflict"
        assert fox.reply(own)["ok"]
        assert [one["ev"] for one in reveals(owl)] == ["reveal.offered", "reveal.withdrawn"]


@on_test_clock
async def test_nobody_agrees_with_themselves() -> None:
    async with open_world() as world:
        _, fox, owl = await both(world)
        second = world.client("fox")
        act(fox, "offer", "profile")
        await settle()
        ref = act(second, "accept", "profile")
        await settle()
        assert second.reply(ref)["code"] == "conflict"
        assert [one["ev"] for one in reveals(owl)] == ["reveal.offered"]


@pytest.mark.parametrize("events", [0, ROOM_TAIL_EVENTS + 10])
@on_test_clock
async def test_the_state_outlives_a_reload_however_old_the_offer_is(events: int) -> None:
    async with open_world() as world:
        room, fox, owl = await both(world)
        act(fox, "offer", "profile")
        await settle()
        fox.drop()
        owl.drop()
        world.row(room).events += [make_event(n) for n in range(2, events + 2)]
        await settle(200)
        assert len(world.node.rooms.registry) == 0
        owl = world.client("owl")
        ref = act(owl, "accept", "profile")
        await settle()
        assert owl.reply(ref)["ok"]
        assert world.row(room).events[-1].name is EventName.REVEAL_DONE


@on_test_clock
async def test_an_unknown_outcome_is_asked_again_and_reveals_once() -> None:
    async with open_world() as world:
        room, fox, owl = await both(world)
        act(fox, "offer", "profile")
        await settle()
        world.log.after_append = fail_times(1)
        lost = act(owl, "accept", "profile")
        await settle(5)
        again = act(owl, "accept", "profile")
        await settle()
        assert owl.reply(lost)["code"] == "unavailable"
        assert owl.reply(again)["ok"]
        names = [event.name for event in world.row(room).events]
        assert names == [EventName.REVEAL_OFFERED, EventName.REVEAL_DONE]


@on_test_clock
async def test_the_end_of_the_match_ends_its_offers() -> None:
    async with open_world() as world:
        room, fox, owl = await both(world)
        act(fox, "offer", "profile")
        waiter: Waiter[None] = Waiter()
        await settle()
        world.node.rooms.tell(room, CloseRoom(waiter))
        await settle()
        refs = [act(owl, "accept", "profile"), act(owl, "offer", "profile")]
        await settle()
        assert {owl.reply(ref)["code"] for ref in refs} == {"room_closed"}


@on_test_clock
async def test_strangers_and_unknown_matches_hear_the_same() -> None:
    async with open_world() as world:
        matched(world)
        rat = world.client("rat")
        refs = [act(rat, "offer", "profile"), act(rat, "offer", "profile", "nomatch000000000")]
        refs += [act(rat, "accept", "profile", "x")]
        wrong = act(rat, "offer", "nickname")
        await settle()
        assert {rat.reply(ref)["code"] for ref in refs} == {"not_found"}
        assert rat.reply(wrong)["code"] == "bad_request"


@on_test_clock
async def test_who_has_cleared_their_contact_does_not_see_the_other() -> None:
    async with open_world() as world:
        _, fox, owl = await both(world)
        for step in ("profile", "photo", "contact"):
            ref = act(fox, "offer", step)
            await settle()
            assert fox.reply(ref)["ok"]
            if step != "contact":
                act(owl, "accept", step)
                await settle()
        world.memory.accounts[account("fox")].contact = None
        ref = act(owl, "accept", "contact")
        await settle()
        assert owl.reply(ref)["code"] == "conflict"
        assert "@example" not in str(owl.heard)
