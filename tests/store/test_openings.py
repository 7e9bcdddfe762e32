"""Contract of openings: each member hears when matching opens or closes, as they see it."""

from __future__ import annotations

from engine.ids import AccountId, GroupId
from engine.model.account import Gender, Profile
from engine.ports.outbox import NoticeKind
from tests.store.meeting import make_party
from tests.store.world import POLICY, World

FRIENDS = {"matching_open": True, "romantic_open": False}
ROMANTIC = {"matching_open": True, "romantic_open": True}
CLOSED = {"matching_open": False, "romantic_open": False}
Said = dict[str, object]


async def person(world: World, gender: Gender) -> AccountId:
    """Make somebody of a side."""
    phone = world.phone()
    await world.open_code(phone, limited=False)
    return (await world.sign_in(phone, profile=Profile("여우", 1995, gender))).account


async def told(world: World, group: GroupId, *who: AccountId) -> list[Said]:
    """Look at what has changed; return what each of some people hears last of a group."""
    while await world.store.openings.announce(POLICY.groups, now_ms=world.now_ms):
        pass
    heard: dict[AccountId, Said] = {}
    notices = await world.notices(*who)
    for notice in notices:
        if notice.kind is NoticeKind.MATCHING and notice.content["group"] == group:
            assert notice.account is not None
            assert notice.account not in heard, "once for each look"
            heard[notice.account] = {k: v for k, v in notice.content.items() if k != "group"}
    await world.store.outbox.confirm([one.number for one in notices], now_ms=world.now_ms)
    return [heard.get(one, {}) for one in who]


async def circle(world: World, *genders: Gender) -> tuple[GroupId, list[AccountId]]:
    """Make a group of people of these sides."""
    people = [await person(world, gender) for gender in genders]
    group = await world.make_group(people[0])
    for one in people[1:]:
        await world.join(group, one)
    return group, people


F, M = Gender.FEMALE, Gender.MALE


async def test_everybody_hears_that_matching_opens_and_that_it_closes(world: World) -> None:
    group, people = await circle(world, F, F, F)
    assert await told(world, group, *people) == [{}] * 3
    people.append(await person(world, F))
    await world.join(group, people[3])
    assert await told(world, group, *people) == [FRIENDS] * 4
    assert await told(world, group, *people) == [{}] * 4, "nothing has changed"
    for _ in range(2):
        people.append(await person(world, M))
        await world.join(group, people[-1])
    assert await told(world, group, *people) == [ROMANTIC] * 6
    await world.store.groups.leave(group, people.pop(), now_ms=world.now_ms)
    assert await told(world, group, *people) == [FRIENDS] * 5
    for _ in range(2):
        await world.store.groups.leave(group, people.pop(), now_ms=world.now_ms)
    assert await told(world, group, *people) == [CLOSED] * 3


async def test_who_comes_later_hears_it_too_and_the_others_nothing(world: World) -> None:
    group, people = await circle(world, F, F, M, M)
    assert await told(world, group, *people) == [ROMANTIC] * 4
    late = await person(world, M)
    await world.join(group, late)
    assert await told(world, group, *people, late) == [{}] * 4 + [ROMANTIC]
    await world.store.groups.leave(group, late, now_ms=world.now_ms)
    await told(world, group, late)
    await world.join(group, late)
    assert await told(world, group, *people, late) == [{}] * 4 + [ROMANTIC]


async def test_who_hides_from_one_does_not_count_for_one(world: World) -> None:
    group, people = await circle(world, F, F, M)
    one, other, third = people
    await world.block(one, other)
    late = await person(world, M)
    await world.join(group, late)
    # For the two of a block there are three people, before and after: they hear nothing.
    assert await told(world, group, one, other, third, late) == [{}, {}, ROMANTIC, ROMANTIC]


async def test_a_block_closes_as_a_leave_does_and_its_end_opens(world: World) -> None:
    group, people = await circle(world, F, F, M, M)
    one, other, *rest = people
    assert await told(world, group, *people) == [ROMANTIC] * 4
    block = await world.block(one, other)
    assert await told(world, group, one, other, *rest) == [CLOSED, CLOSED, {}, {}]
    await world.store.blocks.unblock(one, block, now_ms=world.now_ms)
    assert await told(world, group, one, other, *rest) == [ROMANTIC, ROMANTIC, {}, {}]


async def test_who_goes_for_good_closes_it_for_the_others(world: World) -> None:
    group, people = await circle(world, F, F, M, M)
    await told(world, group, *people)
    await world.store.accounts.ask_deletion(
        people[3], now_ms=world.now_ms, erases_at_ms=world.now_ms + 1
    )
    assert await told(world, group, *people[:3]) == [CLOSED] * 3


async def test_nothing_is_told_of_the_numbers_of_a_meeting(world: World) -> None:
    party = await make_party(world)
    assert await told(world, party.group, *party.people) == [{}] * len(party.people)
