"""Contract of groups: found, made, entered and left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import pytest
import trio

from engine.errors import (
    AlreadyMember,
    Conflict,
    Forbidden,
    GroupFull,
    NotFound,
    RateLimited,
    Unauthenticated,
)
from engine.ids import AccountId, GroupId, MemberId
from engine.model.account import Gender
from engine.model.group import GroupType, MemberProfile, MemberState, Role, Visibility
from engine.model.like import Intent
from tests.store.world import DAY_MS, POLICY, World

NOBODY = AccountId("nobody0000000000")
NOWHERE = GroupId("nowhere000000000")


async def people(world: World, users: int = 4) -> list[AccountId]:
    """Make accounts."""
    return [user.account for user in await world.people(users)]


async def test_a_group_has_its_owner_in_it(world: World) -> None:
    owner, stranger = await people(world, 2)
    group = await world.store.groups.get(await world.make_group(owner), owner)
    assert (group.type, group.name, group.tags, group.rules) == (
        GroupType.CREATED,
        "A circle",
        ("a", "b"),
        "be kind",
    )
    assert (group.members, group.per_side[Gender.FEMALE]) == (1, 1)
    assert group.me is not None
    assert (group.me.role, group.me.state, group.me.nickname) == (
        Role.OWNER,
        MemberState.ACTIVE,
        "주인",
    )
    assert (await world.store.groups.get(group.group, stranger)).me is None


async def test_a_hidden_group_is_there_for_its_members_only(world: World) -> None:
    owner, stranger = await people(world, 2)
    hidden = await world.make_group(owner, visibility=Visibility.HIDDEN)
    assert (await world.store.groups.get(hidden, owner)).group == hidden
    for group in (hidden, NOWHERE):
        with pytest.raises(NotFound):
            await world.store.groups.get(group, stranger)
        with pytest.raises(NotFound):
            await world.join(group, stranger)
        with pytest.raises(NotFound):
            await world.store.groups.people(group, stranger)


async def test_search_finds_parts_of_names_without_case_page_by_page(world: World) -> None:
    owner, stranger = await people(world, 2)
    word = world.chance.fresh_id()
    made = sorted([await world.make_group(owner, name=f"The {word} {n}") for n in range(4)])
    await world.make_group(owner, name=f"{word} hid", visibility=Visibility.HIDDEN)
    search = world.store.groups.search
    first = await search(stranger, query=word.upper(), mine=False, after=None, limit=3)
    rest = await search(stranger, query=word, mine=False, after=first[-1].group, limit=3)
    assert [group.group for group in (*first, *rest)] == made
    assert await search(stranger, query=word + "?", mine=False, after=None, limit=3) == []
    mine = await search(owner, query="", mine=True, after=None, limit=50)
    assert len([group for group in mine if word in group.name]) == 5
    own = await search(stranger, query="", mine=True, after=None, limit=50)
    assert [group for group in own if word in group.name] == []


@pytest.mark.parametrize("wild", ["%", "_", "\\", "*"])
async def test_search_knows_no_wildcards(world: World, wild: str) -> None:
    (owner,) = await people(world, 1)
    await world.make_group(owner, name="plain")
    assert await world.store.groups.search(owner, query=wild, mine=True, after=None, limit=9) == []


async def test_joining_makes_a_separate_profile(world: World) -> None:
    owner, guest = await people(world, 2)
    group = await world.make_group(owner)
    joined = await world.join(group, guest, "손님")
    assert (joined.state, joined.role, joined.nickname) == (
        MemberState.ACTIVE,
        Role.MEMBER,
        "손님",
    )
    seen = await world.store.groups.people(group, guest)
    assert [person.member for person in seen] == sorted(person.member for person in seen)
    (me,) = [person for person in seen if person.me]
    assert (me.member, me.bio, me.interests, me.bot) == (joined.member, "bio", ("tea",), False)
    assert (await world.store.groups.get(group, guest)).members == 2
    with pytest.raises(AlreadyMember):
        await world.join(group, guest)


async def test_a_taken_nickname_gets_a_digit(world: World) -> None:
    owner, *guests = await people(world, 4)
    group = await world.make_group(owner)
    names = [await world.join(group, guest, "Fox") for guest in guests[:2]]
    names.append(await world.join(group, guests[2], "FOX"))
    assert [one.nickname for one in names] == ["Fox", "Fox2", "FOX3"]


async def test_who_comes_back_has_another_name_but_the_same_ban(world: World) -> None:
    owner, guest = await people(world, 2)
    group = await world.make_group(owner)
    first = await world.join(group, guest)
    await world.store.groups.leave(group, guest, now_ms=world.now_ms)
    assert (await world.store.groups.get(group, guest)).me is None
    with pytest.raises(NotFound):
        await world.store.groups.leave(group, guest, now_ms=world.now_ms)
    again = await world.join(group, guest)
    assert again.member != first.member
    assert again.nickname == first.nickname
    await world.hands.ban_member(group, guest)
    with pytest.raises(Forbidden):
        await world.join(group, guest)
    with pytest.raises(NotFound):
        await world.store.groups.leave(group, guest, now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await world.store.groups.people(group, guest)


async def test_the_last_place_is_given_once(world: World) -> None:
    owner, *guests = await people(world, 6)
    group = await world.make_group(owner)
    policy = replace(POLICY.groups, created_members_max=3)
    outcomes: list[str] = []

    async def join(account: AccountId) -> None:
        member = MemberId(world.chance.fresh_id())
        try:
            await world.store.groups.join(
                group, member, account, MemberProfile("fox"), policy, now_ms=world.now_ms
            )
            outcomes.append("in")
        except GroupFull:
            outcomes.append("full")

    async with trio.open_nursery() as nursery:
        for guest in guests:
            nursery.start_soon(join, guest)
    assert sorted(outcomes) == ["full"] * 3 + ["in"] * 2
    assert (await world.store.groups.get(group, owner)).members == 3
    nicknames = {one.nickname for one in await world.store.groups.people(group, owner)}
    assert nicknames == {"주인", "fox", "fox2"}


async def test_ten_groups_a_day(world: World) -> None:
    (owner,) = await people(world, 1)
    for _ in range(POLICY.groups.groups_created_per_day_max):
        await world.make_group(owner)
    with pytest.raises(RateLimited) as refused:
        await world.make_group(owner)
    assert refused.value.retry_after_ms == DAY_MS
    world.clock.now_ms += DAY_MS
    await world.make_group(owner)


async def test_an_owner_leaves_last_and_takes_the_group_along(world: World) -> None:
    owner, guest = await people(world, 2)
    group = await world.make_group(owner)
    await world.join(group, guest)
    with pytest.raises(Conflict):
        await world.store.groups.leave(group, owner, now_ms=world.now_ms)
    await world.store.groups.leave(group, guest, now_ms=world.now_ms)
    await world.store.groups.leave(group, owner, now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await world.store.groups.get(group, owner)
    with pytest.raises(NotFound):
        await world.join(group, guest)


async def test_people_shows_my_own_open_like_and_nobody_elses(world: World) -> None:
    me, other, *_ = await world.people(4)
    await world.like(me, other, intent=Intent.ROMANTIC)
    mine = await world.store.groups.people(me.group, me.account)
    assert {person.member: person.liked for person in mine if person.liked} == {
        other.member: "romantic"
    }
    theirs = await world.store.groups.people(me.group, other.account)
    assert [person.liked for person in theirs] == [None] * 4
    with pytest.raises(NotFound):
        await world.store.groups.people(me.group, NOBODY)


async def test_people_says_who_keeps_order(world: World) -> None:
    owner = (await world.enter(world.phone())).account
    group = await world.make_group(owner)
    newcomer = (await world.enter(world.phone())).account
    await world.join(group, newcomer)
    people = await world.store.groups.people(group, newcomer)
    assert {one.nickname: one.role for one in people} == {"주인": Role.OWNER, "nick": Role.MEMBER}


async def test_counts_stay_right_when_accounts_go_and_come_back(world: World) -> None:
    owner, *guests = await people(world, 13)
    group = await world.make_group(owner)
    erases_at_ms = world.now_ms + DAY_MS

    async def try_to(act: Callable[[], Awaitable[object]]) -> None:
        try:
            await act()
        except (Unauthenticated, NotFound):
            return

    async with trio.open_nursery() as nursery:
        for guest in guests:
            join = partial(world.join, group, guest)
            leave = partial(world.store.groups.leave, group, guest, now_ms=world.now_ms)
            go = partial(
                world.store.accounts.ask_deletion,
                guest,
                now_ms=world.now_ms,
                erases_at_ms=erases_at_ms,
            )
            for act in (join, go, leave):
                nursery.start_soon(try_to, act)
    seen = await world.store.groups.people(group, owner)
    assert (await world.store.groups.get(group, owner)).members == len(seen) == 1
    with pytest.raises(Unauthenticated):
        await world.join(group, guests[0])


async def test_nicknames_of_a_group_do_not_look_alike(world: World) -> None:
    owner, *others = await people(world)
    group = await world.make_group(owner)
    names = ("Lily", "1i1y", "1i1y")
    places = [await world.join(group, one, name) for one, name in zip(others, names, strict=True)]
    assert [place.nickname for place in places] == ["Lily", "1i1y2", "1i1y3"]
