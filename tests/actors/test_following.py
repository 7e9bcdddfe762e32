"""A room that another process has: read from its log, and taken back only to write in it."""

from __future__ import annotations

from engine.errors import Unavailable
from engine.ids import Alias
from engine.limits import FENCE_LOOK_S
from engine.ports.outbox import NoticeKind
from tests.actors.two_nodes import listening, open_two
from tests.actors.world import ROOM, fail_times, on_test_clock, settle

A_LOOK_S = FENCE_LOOK_S + 0.5


@on_test_clock
async def test_who_only_listens_does_not_take_the_room() -> None:
    """ADR 0016 had two processes with listeners take a room from each other at each look."""
    async with open_two() as two:
        (fox,) = await listening(two.here, "fox")
        (owl,) = await listening(two.there, "owl")
        await settle(10 * FENCE_LOOK_S)
        claims = two.claims
        refs = []
        for cid in "abcde":
            refs.append(owl.send(ROOM, cid))
            await settle(A_LOOK_S)
        assert all(owl.reply(ref)["ok"] for ref in refs)
        assert fox.seqs == owl.seqs == [1, 2, 3, 4, 5]
        assert two.claims == claims


@on_test_clock
async def test_who_follows_and_speaks_takes_the_room_and_is_not_refused() -> None:
    async with open_two() as two:
        (fox,) = await listening(two.here, "fox")
        (owl,) = await listening(two.there, "owl")
        await settle(A_LOOK_S)
        for round_ in range(3):
            for client in (fox, owl):
                ref = client.send(ROOM, f"{round_}", "to and fro")
                await settle(A_LOOK_S)
                assert client.reply(ref)["ok"], round_
        assert fox.seqs == owl.seqs == [1, 2, 3, 4, 5, 6]


@on_test_clock
async def test_who_opens_a_room_that_is_followed_gets_the_newest_and_leaves_it_there() -> None:
    async with open_two() as two:
        await listening(two.here, "fox")
        (owl,) = await listening(two.there, "owl")
        await settle(A_LOOK_S)
        owl.send(ROOM, "a", "one")
        await settle()
        claims = two.claims
        rat = two.here.client("rat")
        ref = rat.say("room.open", room=ROOM, after={"epoch": 1, "seq": 0})
        await settle()
        page = rat.reply(ref)
        assert (page["seq"], [one["body"] for one in page["events"]]) == (1, ["one"])
        owl.send(ROOM, "b", "two")
        await settle(A_LOOK_S)
        assert rat.seqs == [2]
        assert two.claims == claims


@on_test_clock
async def test_what_is_taken_back_elsewhere_is_read_here_without_its_words() -> None:
    async with open_two() as two:
        (fox,) = await listening(two.here, "fox")
        (owl,) = await listening(two.there, "owl")
        await settle(A_LOOK_S)
        owl.send(ROOM, "a", "secret")
        await settle(A_LOOK_S)
        owl.say("msg.delete", room=ROOM, seq=1)
        await settle(A_LOOK_S)
        assert fox.seqs == [1, 2]
        rat = two.here.client("rat")
        ref = rat.say("room.open", room=ROOM)
        await settle()
        assert "secret" not in str(rat.reply(ref))
        assert rat.reply(ref)["seq"] == 2


@on_test_clock
async def test_who_has_left_by_another_process_hears_no_more_here() -> None:
    """Guards: their session hears that they have left, and then nothing of the room."""
    async with open_two(dispatch=False) as two:
        fox, rat = await listening(two.there, "fox", "rat")
        (owl,) = await listening(two.here, "owl")
        await settle(A_LOOK_S)
        del two.here.row(ROOM).members[Alias("rat")]
        two.here.memory.tell(NoticeKind.ROOM_LEFT, {"alias": "rat"}, due_ms=0, room=ROOM)
        await settle(A_LOOK_S)
        owl.send(ROOM, "a", "among us")
        await settle(A_LOOK_S)
        assert [one["ev"] for one in fox.events] == ["room.left", "msg.new"]
        assert [one["ev"] for one in rat.events] == ["room.left"]


@on_test_clock
async def test_who_has_left_is_not_heard_by_who_loads_the_room_again() -> None:
    """The same where an owner that was robbed finds out by a write of its own."""
    async with open_two(dispatch=False) as two:
        fox, rat = await listening(two.there, "fox", "rat")
        del two.here.row(ROOM).members[Alias("rat")]
        two.here.memory.tell(NoticeKind.ROOM_LEFT, {"alias": "rat"}, due_ms=0, room=ROOM)
        await settle(0.6)
        ref = fox.send(ROOM, "a")
        await settle(0.6)
        assert fox.reply(ref)["code"] == "unavailable"
        assert [one["ev"] for one in fox.events] == ["room.left"]
        fox.send(ROOM, "a")
        await settle(0.6)
        assert [one["ev"] for one in fox.events] == ["room.left", "msg.new"]
        assert [one["ev"] for one in rat.events] == ["room.left"]


@on_test_clock
async def test_a_store_that_fails_while_one_follows_costs_a_look() -> None:
    async with open_two() as two:
        (fox,) = await listening(two.here, "fox")
        (owl,) = await listening(two.there, "owl")
        await settle(A_LOOK_S)
        owl.send(ROOM, "a")
        await settle()
        two.here.log.before_page = fail_times(2, Unavailable)
        await settle(3 * A_LOOK_S)
        assert fox.seqs == [1]
