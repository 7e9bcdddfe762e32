"""The session: ops in, answers in their order, limits kept, nothing left behind."""

from __future__ import annotations

import random

import pytest
import trio

from engine.errors import RateLimited, Unavailable
from engine.ids import DeviceId
from engine.limits import OPEN_ROOMS_PER_SESSION_MAX, OPS_IN_FLIGHT_MAX, PAGE_EVENTS_MAX
from engine.model.policy import ChatPolicy, Policy
from engine.wire.close_codes import CloseCode
from tests.actors.world import (
    ROOM,
    Client,
    account,
    fail_times,
    fill,
    on_test_clock,
    open_world,
    opened,
    room_id,
    settle,
)

LIMITED = Policy(
    chat=ChatPolicy(
        messages_per_minute_max=60,
        messages_burst_max=3,
        typing_max=2,
        typing_window_s=2.0,
        ops_per_second_max=10,
        ops_burst_max=20,
    )
)


@on_test_clock
async def test_replies_keep_the_order_of_the_ops_over_rooms_of_any_speed() -> None:
    async with open_world(rooms=4) as world:
        fox = world.client("fox")
        rng = random.Random(7)
        refs = []
        for n in range(40):
            room = room_id(rng.randrange(4))
            match rng.randrange(5):
                case 0:
                    refs.append(fox.say("room.open", room=room))
                case 1:
                    refs.append(fox.say("room.close", room=room))
                case 2:
                    refs.append(fox.say("nope"))
                case 3:
                    fox.say_raw({"op": "typing", "room": room, "on": True})
                case _:
                    refs.append(fox.send(room, f"c{n}"))
            await trio.sleep(rng.choice([0, 0.005, 0.02]))
        await settle()
        assert [one["re"] for one in fox.replies] == refs


@on_test_clock
async def test_events_of_a_room_come_after_the_reply_that_opened_it() -> None:
    async with open_world(rooms=2) as world:
        fox, owl = world.client("fox"), world.client("owl")
        world.log.append_s = 5.0
        slow = fox.send(room_id(1), "slow")
        ref = fox.say("room.open", room=ROOM)
        await trio.sleep(0.5)
        world.log.append_s = 0.1
        owl.say("typing", room=ROOM, on=True)
        owl.send(ROOM, "a")
        await settle(4.8)  # before typing ends by itself
        assert [one.get("re", one.get("seq")) for one in fox.heard] == [slow, ref, 1]


@on_test_clock
async def test_rates_belong_to_the_person_over_all_sessions() -> None:
    async with open_world(policy=LIMITED) as world:
        one, two = world.client("fox"), world.client("fox")
        said = [(one, one.send(ROOM, "a")), (two, two.send(ROOM, "b")), (one, one.send(ROOM, "c"))]
        late = two.send(ROOM, "d")
        await settle(0.1)
        assert [client.reply(ref)["ok"] for client, ref in said] == [True] * 3
        refusal = two.reply(late)
        assert refusal["code"] == "rate_limited"
        two.drop()
        three = world.client("fox")
        assert three.reply(three.send(ROOM, "d"))["code"] == "rate_limited"
        await trio.sleep(refusal["retry_after_ms"] / 1000)
        again = three.send(ROOM, "d")
        await settle(0.1)
        assert three.reply(again)["ok"]


@on_test_clock
async def test_rest_and_sessions_spend_from_one_budget() -> None:
    async with open_world(policy=LIMITED) as world:
        fox, owl = world.client("fox"), world.client("owl")
        for _ in range(LIMITED.chat.ops_burst_max):
            world.node.spend(fox.account)
        with pytest.raises(RateLimited):
            world.node.spend(fox.account)
        refs = fox.say("room.close", room=ROOM), owl.say("room.close", room=ROOM)
        await settle(0.01)
        assert fox.reply(refs[0])["code"] == "rate_limited"
        assert owl.reply(refs[1])["ok"]
    async with open_world() as world:
        for _ in range(1_000):
            world.node.spend(account("fox"))  # the rates are lifted


@on_test_clock
async def test_premium_people_may_say_more() -> None:
    async with open_world(policy=Policy()) as world:
        people = world.node.people
        for name, premium, said in (("fox", False, 80), ("owl", True, 150)):
            rates = people.rates(account(name), premium=premium)
            left = [rates.messages.take(second) == 0 for second in range(61) for _ in range(5)]
            assert said - 1 <= sum(left) <= said + 1
            assert people.rates(account(name), premium=premium).messages.take(60) > 0
            assert people.rates(account(name)) is rates


@on_test_clock
async def test_typing_and_all_ops_have_rates_too() -> None:
    async with open_world(policy=LIMITED) as world:
        fox, owl = opened_both(world.client("fox"), world.client("owl"))
        for _ in range(5):
            fox.say_raw({"op": "typing", "room": ROOM, "on": True})
        await settle(0.01)
        assert len(owl.events) == 2
        assert len(fox.replies) == 1
        refs = [owl.say("nope") for _ in range(30)]
        codes = [owl.reply(ref)["code"] for ref in refs]
        assert codes.count("rate_limited") >= 10


def opened_both(*clients: Client) -> tuple[Client, ...]:
    """Have clients open the room."""
    for client in clients:
        client.say("room.open", room=ROOM)
    return clients


@on_test_clock
async def test_ten_bad_frames_in_a_minute_are_abuse_and_nine_are_not() -> None:
    async with open_world() as world:
        fox = world.client("fox")
        for _ in range(3):
            for _ in range(9):
                fox.say_raw(b"{")
            await trio.sleep(61)
        assert fox.line.closed is None
        for _ in range(10):
            fox.say_raw(b"{")
        assert fox.line.closed == CloseCode.PROTOCOL_ABUSE
        assert len(world.node.people) == 0


@on_test_clock
async def test_a_full_session_is_not_read_until_an_answer_is_out() -> None:
    async with open_world() as world:
        fox = world.client("fox")
        world.log.append_s = 1.0
        refs = [fox.send(ROOM, f"c{n}") for n in range(OPS_IN_FLIGHT_MAX + 30)]
        assert fox.session.full
        assert len(fox.line.unread) == 30
        await settle(5)
        assert [one["re"] for one in fox.replies] == refs
        assert fox.line.resumed
        assert [one["seq"] for one in fox.replies] == list(range(1, len(refs) + 1))


@on_test_clock
async def test_many_pages_at_once_are_asked_for_one_after_the_other() -> None:
    async with open_world(rooms=10) as world:
        fill(world, 600)
        fox = world.client("fox")
        refs = [fox.say("room.open", room=room_id(n), limit=PAGE_EVENTS_MAX) for n in range(10)]
        assert len(fox.line.unread) == 9
        world.log.before_claim = fail_times(2, Unavailable)
        await settle(5)
        assert [one["re"] for one in fox.replies] == refs
        assert sum(one["ok"] for one in fox.replies) == 8
        assert not fox.session.full


@on_test_clock
async def test_rooms_of_a_session_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.session.OPEN_ROOMS_PER_SESSION_MAX", 3)
    async with open_world(rooms=5) as world:
        fox = world.client("fox")
        refs = [fox.say("room.open", room=room_id(n)) for n in range(4)]
        await settle()
        assert [fox.reply(ref)["ok"] for ref in refs] == [True] * 3 + [False]
        assert fox.reply(refs[3])["code"] == "busy"
        for _ in range(5):
            fox.say("room.open", room="x" * 16)  # what cannot be opened takes no place
        await settle()
        fox.say("room.close", room=room_id(0))
        ref = fox.say("room.open", room=room_id(4))
        await settle()
        assert fox.reply(ref)["ok"]
        assert OPEN_ROOMS_PER_SESSION_MAX > 3


@on_test_clock
async def test_an_end_leaves_nothing_behind() -> None:
    async with open_world(rooms=3) as world:
        fox = world.client("fox")
        for n in range(3):
            fox.say("room.open", room=room_id(n))
        await settle()
        fox.say("room.open", room=ROOM)
        fox.send(ROOM, "a")
        fox.drop()
        await settle()
        assert len(world.node.people) == 0
        assert all(not one.listeners for one in world.node.rooms._audiences.values())
        await settle(200)
        assert len(world.node.rooms.registry) == 0
        assert world.node.rooms._audiences == {}
        assert len(world.row(ROOM).events) == 1  # what was begun is finished


@on_test_clock
async def test_a_quiet_op_that_is_refused_says_nothing_and_ends_nothing() -> None:
    async with open_world() as world:
        fox = world.client("fox")
        for room in ("no id", "x" * 16, ROOM):
            fox.say_raw({"op": "typing", "room": room, "on": True})
            fox.say_raw({"op": "read", "room": room, "seq": 1})
        await settle()
        assert fox.heard == []
        assert fox.line.closed is None
        ref = fox.send(ROOM, "a")
        await settle()
        assert fox.reply(ref)["ok"]


@on_test_clock
async def test_a_second_hello_is_refused() -> None:
    async with open_world() as world:
        fox = world.client("fox")
        assert fox.reply(fox.say("hello", token="x"))["code"] == "bad_request"


# --- people ---------------------------------------------------------------------------------


@on_test_clock
async def test_the_sixth_session_replaces_the_oldest() -> None:
    async with open_world() as world:
        clients = [world.client("fox") for _ in range(7)]
        owl = world.client("owl")
        codes = [one.line.closed for one in clients]
        assert codes == [CloseCode.REPLACED] * 2 + [None] * 5
        assert len(world.node.people) == 6
        assert owl.line.closed is None


@on_test_clock
async def test_signing_out_ends_one_device_or_all() -> None:
    async with open_world() as world:
        one, two = (Client(world.node, account("fox"), device) for device in ("one", "two"))
        world.node.people.end(account("fox"), DeviceId("one"))
        assert (one.line.closed, two.line.closed) == (CloseCode.BAD_TOKEN, None)
        world.node.people.end(account("fox"), None)
        assert two.line.closed == CloseCode.BAD_TOKEN
        assert len(world.node.people) == 0


@on_test_clock
async def test_reconnecting_does_not_refill_a_bucket_and_memory_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actors.people.RATES_REMEMBERED_MAX", 3)
    async with open_world(policy=LIMITED) as world:
        people = world.node.people
        first = people.rates(account("fox"))
        for _ in range(2):
            world.client("fox").session.end()
            assert people.rates(account("fox")) is first
        for name in "abc":
            assert people.rates(account("fox")) is first
            people.rates(account(name))
        for name in "def":
            people.rates(account(name))
        assert people.rates(account("fox")) is not first
        assert len(people._rates) == 3


@on_test_clock
async def test_an_event_for_a_person_reaches_all_their_sessions_after_what_waits() -> None:
    async with open_world(rooms=2) as world:
        one, two = world.client("fox"), world.client("fox")
        opened(world, "owl")
        world.log.append_s = 1.0
        slow, quick = one.send(ROOM, "a"), one.say("nope")
        world.node.people.tell(account("fox"), {"ev": "match.new", "match": "m"})
        await settle(5)
        assert [o.get("re", o.get("ev")) for o in one.heard] == [slow, quick, "match.new"]
        assert [o["ev"] for o in two.heard] == ["match.new"]
