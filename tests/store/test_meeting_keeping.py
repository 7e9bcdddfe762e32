"""The contract of what happens at meetings by itself: rounds, ends, erasures."""

from __future__ import annotations

import pytest

from engine.errors import NotFound, WindowOver
from engine.model.appearance import Appearance, Colour
from engine.model.like import Intent
from engine.model.meeting_policy import MeetingPolicy
from engine.model.policy import Policy
from engine.ports.outbox import NoticeKind
from tests.store.meeting import BLUE, HOUR_MS, RED, ROUND_MS, Party, make_party
from tests.store.world import DAY_MS, POLICY, World


async def two(party: Party, intent: Intent = Intent.FRIEND) -> None:
    """Let the first two look different and describe each other."""
    one, other = party.people[:2]
    await party.show(one, RED, "창가에 있어요")
    await party.show(other, BLUE)
    await party.describe(one, BLUE, intent=intent)
    await party.describe(other, RED, intent=intent)


@pytest.mark.parametrize("intent", Intent)
async def test_two_who_described_each_other_meet_once(world: World, intent: Intent) -> None:
    party = await make_party(world)
    await two(party, intent)
    one, other = party.people[:2]
    for _ in range(3):
        await party.round()
    assert [await party.matches(account) for account in party.people] == [1, 1, 0, 0]
    (match,) = await world.store.likes.matches(other, now_ms=world.now_ms, after=None, limit=9)
    assert match.peer_nickname == "주최"
    assert (await party.get(other)).lines == {match.match: "창가에 있어요"}
    assert (await party.get(one)).lines == {}
    told = [n for n in await world.notices(one, other) if n.kind is NoticeKind.MATCH]
    assert [n.content["match"] for n in told] == [match.match] * 2
    rooms = await world.store.directory.rooms(one, now_ms=world.now_ms, after=None, limit=10)
    assert match.room in [room.room for room in rooms]


async def test_who_walks_in_is_named_to_nobody(world: World) -> None:
    """A room of all would say a nickname at the moment at which a face comes through the door."""
    party = await make_party(world)
    late = (await world.people(1))[0].account
    await party.enter(late)
    for account in (*party.people, late):
        rooms = await world.store.directory.rooms(account, now_ms=world.now_ms, after=None, limit=9)
        assert rooms == []
    assert await world.notices(*party.people, late) == []


async def test_a_match_is_told_at_a_tick_only(world: World) -> None:
    party = await make_party(world)
    await two(party)
    world.clock.now_ms += ROUND_MS + 1
    await world.store.meeting_keeping.run_rounds(POLICY, now_ms=world.now_ms)
    assert await party.matches(party.people[0]) == 0
    world.clock.now_ms += 2_000
    assert await party.matches(party.people[0]) == 1


async def test_a_round_comes_once_in_its_time(world: World) -> None:
    party = await make_party(world)
    world.clock.now_ms += ROUND_MS
    keeping = world.store.meeting_keeping
    while await keeping.run_rounds(POLICY, now_ms=world.now_ms):
        pass
    await two(party)
    assert await keeping.run_rounds(POLICY, now_ms=world.now_ms + ROUND_MS - 1) == 0
    assert await party.matches(party.people[0]) == 0


async def test_who_left_blocked_or_took_it_back_is_not_matched(world: World) -> None:
    for how in ("leave", "block", "withdraw", "ban"):
        party = await make_party(world)
        await two(party)
        one, other = party.people[:2]
        if how == "leave":
            await world.store.groups.leave(party.group, other, now_ms=world.now_ms)
        elif how == "block":
            await world.block(other, one)
        elif how == "ban":
            me = (await party.get(other)).group.me
            assert me is not None
            await world.store.groups.ban(party.group, one, me.member, now_ms=world.now_ms)
        else:
            (mine,) = (await party.get(other)).descriptions
            await world.store.meetings.withdraw(
                party.group, other, mine.description, now_ms=world.now_ms
            )
        await party.round()
        assert await party.matches(one) == 0, how


@pytest.mark.parametrize("how", ["leave", "block", "withdraw"])
async def test_what_was_made_but_not_told_does_not_come(world: World, how: str) -> None:
    party = await make_party(world)
    await two(party)
    one, other = party.people[:2]
    (mine,) = (await party.get(other)).descriptions
    world.clock.now_ms += ROUND_MS + 1
    await world.store.meeting_keeping.run_rounds(POLICY, now_ms=world.now_ms)
    if how == "leave":
        await world.store.groups.leave(party.group, other, now_ms=world.now_ms)
    elif how == "block":
        await world.block(other, one)
    else:
        await world.store.meetings.withdraw(
            party.group, other, mine.description, now_ms=world.now_ms
        )
    world.clock.now_ms += 3_000
    assert await party.matches(one) == 0
    assert [n for n in await world.notices(one, other) if n.kind is NoticeKind.MATCH] == []


async def test_a_meeting_ends_at_its_hour_and_its_matches_stay(world: World) -> None:
    party = await make_party(world)
    await two(party)
    await party.round()
    world.clock.now_ms += 3 * HOUR_MS
    keeping = world.store.meeting_keeping
    while await keeping.end_due(POLICY, now_ms=world.now_ms):
        pass
    with pytest.raises(WindowOver):
        await party.get(party.people[0])
    assert await party.matches(party.people[0]) == 1
    with pytest.raises(NotFound):
        await party.enter((await world.people(1))[0].account)


async def test_a_meeting_whose_organiser_left_last_ends(world: World) -> None:
    party = await make_party(world, 1)
    await world.store.groups.leave(party.group, party.people[0], now_ms=world.now_ms)
    while await world.store.meeting_keeping.end_due(POLICY, now_ms=world.now_ms):
        pass
    with pytest.raises(NotFound):
        await party.enter((await world.people(1))[0].account)


async def test_a_day_after_its_end_nothing_is_left_that_was_said(world: World) -> None:
    party = await make_party(world)
    await two(party)
    await party.round()
    one, other = party.people[:2]
    await world.store.meetings.end(party.group, one, POLICY, now_ms=world.now_ms)
    keeping = world.store.meeting_keeping
    world.clock.now_ms += DAY_MS - 1
    while await keeping.erase_due(POLICY, now_ms=world.now_ms):
        pass
    assert await world.hands.traces_of_meeting(party.group) > 0
    world.clock.now_ms += 1
    while await keeping.erase_due(POLICY, now_ms=world.now_ms):
        pass
    assert await world.hands.traces_of_meeting(party.group) == 0
    for account in (one, other):
        with pytest.raises(NotFound):
            await party.get(account)
        assert await party.matches(account) == 1
        rooms = await world.store.directory.rooms(
            account, now_ms=world.now_ms, after=None, limit=10
        )
        assert [room.group for room in rooms if room.kind == "group"].count(party.group) == 0


async def test_a_person_meets_only_so_many(world: World) -> None:
    policy = Policy(meetings=MeetingPolicy(matches_each_max=1))
    party = await make_party(world, policy=policy)
    await two(party)
    third = party.people[2]
    await party.show(third, BLUE)
    await party.describe(third, Appearance(upper_colour=Colour.RED))
    for _ in range(3):
        await party.round()
    assert await party.matches(party.people[0]) == 1
