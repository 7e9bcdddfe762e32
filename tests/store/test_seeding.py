"""Contract of seeding: people, groups and rooms in bulk, and the demo's bots."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.errors import BadRequest
from engine.ids import AccountId, GroupId, MemberId
from engine.model.account import Gender
from engine.model.group import Role
from engine.ports.seeding import DemoPerson, SeedPlan
from tests.store.world import DAY_MS, World

BOTS = (
    DemoPerson("하늘", 1996, Gender.FEMALE, "산책", ("coffee", "hiking")),
    DemoPerson("바다", 1994, Gender.MALE, "바다", ("sea",)),
    DemoPerson("Sky", 1990, Gender.OTHER, "", ()),
)


async def test_users_fill_groups_by_blocks(world: World) -> None:
    users = await world.people(10, 3)
    assert [user.number for user in users] == list(range(10))
    sizes = Counter(user.group for user in users)
    assert sorted(sizes.values()) == [2, 4, 4]
    assert all(user.room is None for user in users)
    for user in users:
        await world.store.accounts.account_of(user.device, user.account)
        seen = await world.store.groups.get(user.group, user.account)
        assert seen.me is not None
        assert (seen.me.member, seen.members) == (user.member, sizes[user.group])


@pytest.mark.parametrize("users", [12, 13])
async def test_pairs_share_a_room_and_a_match_at_once(world: World, users: int) -> None:
    plan = SeedPlan(users, 3, pairs=True)
    seeded = await world.store.seeding.seed(plan, now_ms=world.now_ms)
    for one, other in zip(seeded[0:12:2], seeded[1:12:2], strict=True):
        assert one.room == other.room is not None
        assert one.group == other.group
        (match,) = await world.store.likes.matches(
            one.account, now_ms=world.now_ms, after=None, limit=9
        )
        assert match.room == one.room
        assert len((await world.claim(match.room)).occupants) == 2
    assert len({user.room for user in seeded[:12]}) == 6
    assert [user.room for user in seeded[12:]] == [None] * (users - 12)


async def test_group_rooms_hold_so_many(world: World) -> None:
    plan = SeedPlan(23, 2, room_size=10)
    seeded = await world.store.seeding.seed(plan, now_ms=world.now_ms)
    rooms = Counter(user.room for user in seeded)
    assert list(rooms.values()) == [10, 10, 3]
    for room in rooms:
        assert len({user.group for user in seeded if user.room == room}) == 1
    marks = await world.store.directory.marks(seeded[0].account, now_ms=world.now_ms, limit=9)
    assert [mark.room for mark in marks] == [seeded[0].room]


@pytest.mark.parametrize(
    "plan",
    [
        SeedPlan(0, 1),
        SeedPlan(1, 2),
        SeedPlan(4, 0),
        SeedPlan(4, 1, pairs=True, room_size=2),
        SeedPlan(4, 1, room_size=1),
        SeedPlan(4, 1, room_size=10**6),
        SeedPlan(10**9, 1),
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused(world: World, plan: SeedPlan) -> None:
    with pytest.raises(BadRequest):
        await world.store.seeding.seed(plan, now_ms=world.now_ms)


async def test_the_demo_group_is_made_once(world: World) -> None:
    seeding, name = world.store.seeding, f"demo {world.chance.fresh_id()}"
    made = await seeding.demo_group(name, "Bots.", BOTS, now_ms=world.now_ms)
    assert made is not None
    group, bots = made
    assert await seeding.demo_group(name, "Bots.", BOTS, now_ms=world.now_ms) is None
    assert set(bots) <= set(await seeding.bot_accounts())
    people = await world.store.groups.people(group, bots[0])
    assert {(one.nickname, one.bot, one.interests) for one in people} == {
        ("하늘", True, ("coffee", "hiking")),
        ("바다", True, ("sea",)),
        ("Sky", True, ()),
    }
    seen = await world.store.groups.get(group, bots[0])
    assert seen.me is not None
    assert seen.me.role is Role.OWNER
    assert dict(seen.per_side) == dict.fromkeys(Gender, 1)


async def test_a_bot_is_shown_a_like_until_it_has_answered(world: World) -> None:
    seeding = world.store.seeding
    made = await seeding.demo_group(world.chance.fresh_id(), "", BOTS, now_ms=world.now_ms)
    assert made is not None
    group, bots = made
    person = await world.enter(world.phone())
    mine = await world.join(group, person.account, "사람")
    people = await world.store.groups.people(group, person.account)
    bot = next(one for one in people if one.bot)
    await world.send_like(person.account, group, bot.member)

    async def shown() -> list[tuple[AccountId, GroupId, MemberId, str]]:
        found = await seeding.likes_of_bots(limit=1_000)
        return [one for one in found if one[0] in bots]

    ((liked, where, liker, intent),) = await shown()
    assert (where, liker, intent) == (group, mine.member, "friend")
    assert liked in bots
    world.clock.now_ms += 1
    await world.send_like(liked, group, mine.member)
    assert await shown() == []
    assert await world.hands.count_open_matches(group) == 1
    world.clock.now_ms += DAY_MS
    assert await shown() == []
