"""The contract of meetings: who comes in, what is told, when it is over."""

from __future__ import annotations

import pytest

from engine.errors import (
    AlreadyMember,
    CidConflict,
    Conflict,
    Forbidden,
    GroupFull,
    NotFound,
    RateLimited,
    TooSpecific,
    WindowOver,
)
from engine.ids import DescriptionId, GroupId
from engine.model.appearance import Appearance, Colour, Height
from engine.model.group import MemberProfile
from engine.model.meeting import MeetingCode, MeetingMode
from engine.model.meeting_guard import FitBand
from engine.model.meeting_policy import MeetingPolicy
from engine.model.policy import Policy
from tests.store.meeting import BLUE, COUNT_MS, HOUR_MS, RED, make_party
from tests.store.world import POLICY, World

INTEREST = MeetingMode.INTEREST


async def test_who_has_the_code_comes_in_and_is_not_listed(world: World) -> None:
    party = await make_party(world)
    first, second = party.people[:2]
    seen = await party.get(first)
    assert (seen.code, seen.group.members, seen.mode) == ("ABCD2345", 4, MeetingMode.AUTO)
    assert (await party.get(second)).code is None
    listed = await world.store.groups.people(party.group, second)
    assert [person.me for person in listed] == [True]
    with pytest.raises(AlreadyMember):
        await party.enter(second)


async def test_a_stranger_learns_nothing(world: World) -> None:
    party = await make_party(world)
    (stranger,) = await world.people(1)
    with pytest.raises(NotFound):
        await party.get(stranger.account)
    with pytest.raises(NotFound):
        await party.show(stranger.account, RED)
    with pytest.raises(NotFound):
        await party.describe(stranger.account, RED)
    with pytest.raises(NotFound):
        await world.join(party.group, stranger.account)
    found = await world.store.groups.search(
        stranger.account, query="전시회", mine=False, after=None, limit=10
    )
    assert party.group not in [group.group for group in found]


async def test_wrong_codes_run_out(world: World) -> None:
    party = await make_party(world)
    (stranger,) = await world.people(1)
    wrong = MeetingCode("", world.chance.secret(32))
    for _ in range(POLICY.meetings.code_tries_per_hour_max):
        with pytest.raises(NotFound):
            await party.enter(stranger.account, wrong)
    for code in (wrong, party.code):  # the right one neither
        with pytest.raises(RateLimited):
            await party.enter(stranger.account, code)
    world.clock.now_ms += HOUR_MS
    assert (await party.enter(stranger.account)).group == party.group


async def test_a_code_of_another_meeting_is_wrong_here(world: World) -> None:
    party = await make_party(world)
    (stranger,) = await world.people(1)
    with pytest.raises(NotFound):
        await world.store.meetings.enter(
            party.code.digest,
            GroupId(world.chance.fresh_id()),
            (await party.enter(stranger.account)).member,
            party.people[0],
            MemberProfile("손님"),
            POLICY,
            now_ms=world.now_ms,
        )


async def test_a_meeting_is_full_at_its_size(world: World) -> None:
    policy = Policy(meetings=MeetingPolicy(members_max=4))
    party = await make_party(world, 4, policy=policy)
    (stranger,) = await world.people(1)
    with pytest.raises(GroupFull):
        await party.enter(stranger.account)


async def test_who_was_banned_does_not_come_back(world: World) -> None:
    party = await make_party(world)
    owner, other = party.people[:2]
    member = (await party.get(other)).group.me
    assert member is not None
    await world.store.groups.ban(party.group, owner, member.member, now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await party.get(other)
    with pytest.raises(Forbidden):
        await party.enter(other)


async def test_a_look_is_given_a_few_times(world: World) -> None:
    party = await make_party(world)
    me = party.people[1]
    assert await party.show(me, RED, "창가") == 3
    assert await party.show(me, RED, "창가") == 3
    assert await party.show(me, BLUE) == 2
    look = (await party.get(me)).look
    assert look is not None
    assert (look.look, look.line) == (BLUE, "")
    await party.show(me, RED)
    await party.show(me, BLUE)
    with pytest.raises(RateLimited):
        await party.show(me, RED)


async def test_a_description_needs_a_look_of_ones_own(world: World) -> None:
    party = await make_party(world)
    with pytest.raises(Conflict):
        await party.describe(party.people[1], RED)


async def test_a_description_of_many_is_kept_and_of_few_refused(world: World) -> None:
    party = await make_party(world, 12, INTEREST)
    await party.show_all(RED)
    me = party.people[1]
    receipt = await party.describe(me, RED, cid="one")
    assert (receipt.band, receipt.left) == (FitBand.MANY, 29)
    assert await party.describe(me, RED, cid="one") == receipt
    with pytest.raises(CidConflict):
        await party.describe(me, BLUE, cid="one")
    world.clock.now_ms += 1
    both = Appearance(upper_colour=Colour.RED, height=Height.TALL)
    assert (await party.describe(me, both)).band is FitBand.MANY  # .25 of .35 is enough
    for _ in range(2):
        with pytest.raises(TooSpecific) as refused:
            await party.describe(me, BLUE, cid="two")
        assert refused.value.feature == "upper"
    seen = await party.get(me)
    assert [one.wanted for one in seen.descriptions] == [both, RED]
    assert seen.descriptions_left == 27


async def test_a_retry_elsewhere_is_another_description(world: World) -> None:
    one, other = await make_party(world), await make_party(world)
    me = other.people[0]
    await one.enter(me)
    for party in (one, other):
        await party.show(me, RED)
    await one.describe(me, RED, cid="c")
    with pytest.raises(CidConflict):
        await other.describe(me, RED, cid="c")


async def test_people_count_from_the_next_count_on(world: World) -> None:
    world.clock.now_ms += 1
    party = await make_party(world, 12, INTEREST)
    for account in party.people:
        await party.show(account, RED)
    with pytest.raises(TooSpecific):
        await party.describe(party.people[1], RED)
    world.clock.now_ms += COUNT_MS
    assert (await party.describe(party.people[2], RED)).band is FitBand.MANY


async def test_one_who_leaves_does_not_move_an_answer(world: World) -> None:
    party = await make_party(world, 8, INTEREST)
    await party.show_all(RED)
    first, second, third = party.people[1:4]
    assert (await party.describe(first, RED)).band is FitBand.SOME
    await world.store.groups.leave(party.group, third, now_ms=world.now_ms)
    assert (await party.describe(second, RED)).band is FitBand.SOME  # six fit now


async def test_descriptions_run_out_in_all_meetings_together(world: World) -> None:
    policy = Policy(meetings=MeetingPolicy(descriptions_per_hour_max=2))
    one, other = await make_party(world, policy=policy), await make_party(world, policy=policy)
    me = other.people[0]
    await one.enter(me)
    for party in (one, other):
        await party.show(me, RED)
        await party.describe(me, RED)
    with pytest.raises(RateLimited):
        await one.describe(me, RED)
    world.clock.now_ms += HOUR_MS
    assert (await one.describe(me, RED)).left == 1


async def test_only_some_descriptions_are_looked_for(world: World) -> None:
    party = await make_party(world)
    me = party.people[0]
    await party.show(me, RED)
    await party.describe(me, RED)
    world.clock.now_ms += 1
    newest = await party.describe(me, BLUE)
    assert [one.description for one in (await party.get(me)).descriptions] == [newest.description]
    await world.store.meetings.withdraw(party.group, me, newest.description, now_ms=world.now_ms)
    assert (await party.get(me)).descriptions == []
    with pytest.raises(NotFound):
        await world.store.meetings.withdraw(
            party.group, me, DescriptionId(world.chance.fresh_id()), now_ms=world.now_ms
        )
    with pytest.raises(NotFound):
        await world.store.meetings.withdraw(
            party.group, party.people[1], newest.description, now_ms=world.now_ms
        )


async def test_its_organiser_ends_it(world: World) -> None:
    party = await make_party(world)
    owner, other = party.people[:2]
    with pytest.raises(Forbidden):
        await world.store.meetings.end(party.group, other, POLICY, now_ms=world.now_ms)
    for _ in range(2):
        await world.store.meetings.end(party.group, owner, POLICY, now_ms=world.now_ms)
    for account in (owner, other):
        with pytest.raises(WindowOver):
            await party.get(account)
    with pytest.raises(NotFound):
        await party.enter((await world.people(1))[0].account)
    with pytest.raises(NotFound):
        await world.store.groups.get(party.group, owner)
    (stranger,) = await world.people(1)
    with pytest.raises(NotFound):
        await world.store.meetings.end(party.group, stranger.account, POLICY, now_ms=world.now_ms)


async def test_it_is_over_at_its_hour_whoever_sleeps(world: World) -> None:
    party = await make_party(world)
    world.clock.now_ms += 3 * HOUR_MS
    with pytest.raises(WindowOver):
        await party.show(party.people[0], RED)
    with pytest.raises(WindowOver):
        await party.enter((await world.people(1))[0].account)
