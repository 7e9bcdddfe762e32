"""Contract of profiles: changed after joining, apart in every group, under names that differ."""

from __future__ import annotations

import pytest
import trio

from engine.errors import Conflict, NotFound, RateLimited, Unauthenticated
from engine.ids import AccountId, GroupId, RoomId
from engine.model.group import EntryRule, MemberProfile
from engine.model.profile_change import OwnProfile, ProfileChange
from engine.ports.outbox import NoticeKind
from tests.store.test_admissions import make, people
from tests.store.world import POLICY, SECOND_MS, World

KEEPS_MS = POLICY.groups.nickname_keeps_s * SECOND_MS


async def change(
    world: World,
    group: GroupId,
    who: AccountId,
    nickname: str | None = None,
    bio: str | None = None,
    interests: tuple[str, ...] | None = None,
) -> OwnProfile:
    """Change one's profile."""
    return await world.store.profiles.change(
        group,
        who,
        ProfileChange(nickname, bio, interests),
        POLICY.groups,
        now_ms=world.now_ms,
    )


Look = tuple[str, str, tuple[str, ...]]


async def seen(world: World, group: GroupId, by: AccountId) -> set[Look]:
    """Say how the people of a group look to one of them."""
    found = await world.store.groups.people(group, by)
    return {(one.nickname, one.bio, one.interests) for one in found}


async def test_a_changed_profile_is_what_the_others_of_this_group_see(world: World) -> None:
    me, other, *_ = await people(world)
    group, elsewhere = await world.make_group(other), await world.make_group(other)
    for one in (group, elsewhere):
        await world.join(one, me, "여우")
    changed = await change(world, group, me, "너구리", "coffee", ("산책",))
    assert changed == OwnProfile(MemberProfile("너구리", "coffee", ("산책",)), world.now_ms)
    assert await world.store.profiles.mine(group, me) == changed
    assert ("너구리", "coffee", ("산책",)) in await seen(world, group, other)
    assert ("여우", "bio", ("tea",)) in await seen(world, elsewhere, other)


async def test_a_name_that_looks_like_anothers_is_refused_and_ones_own_is_not(
    world: World,
) -> None:
    me, other, third, *_ = await people(world)
    group = await world.make_group(other)
    await world.join(group, me, "moon")
    await world.join(group, third, "Lion10")
    for taken in ("Li0nlo", "LION10", "lionIO"):
        with pytest.raises(Conflict):
            await change(world, group, me, taken)
    # A refusal costs nothing: the name was not changed.
    assert (await change(world, group, me, "Moon")).profile.nickname == "Moon"
    # Who has gone keeps theirs, as who hides from one does: else the two could be told apart.
    await world.store.groups.leave(group, third, now_ms=world.now_ms)
    world.clock.now_ms += KEEPS_MS
    with pytest.raises(Conflict):
        await change(world, group, me, "Lion10")
    assert (await change(world, group, me, "Lion2")).profile.nickname == "Lion2"


async def test_leaving_and_coming_back_does_not_make_the_name_free_earlier(world: World) -> None:
    me, other, *_ = await people(world)
    group = await world.make_group(other)
    await world.join(group, me, "여우")
    await change(world, group, me, "너구리")
    await world.store.groups.leave(group, me, now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await change(world, group, me, bio="gone")
    await world.join(group, me, "여우")
    with pytest.raises(RateLimited):
        await change(world, group, me, "삵")
    world.clock.now_ms += KEEPS_MS
    assert (await change(world, group, me, "삵")).profile.nickname == "삵"


async def test_only_who_is_in_or_asks_has_a_profile(world: World) -> None:
    me, other, asking, out, *_ = await people(world, 5)
    group = await make(world, other, EntryRule.APPROVAL)
    await world.join(group, asking, "여우")
    assert (await change(world, group, asking, bio="let me in")).profile.bio == "let me in"
    with pytest.raises(NotFound):
        await change(world, group, me, bio="x")
    with pytest.raises(NotFound):
        await world.store.profiles.mine(GroupId("nowhere000000000"), me)
    open_group = await world.make_group(other)
    banned = await world.join(open_group, out, "삵")
    await world.store.groups.ban(open_group, other, banned.member, now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await change(world, open_group, out, bio="x")
    await world.store.groups.leave(open_group, other, now_ms=world.now_ms)
    with pytest.raises(NotFound):  # the group has ended
        await change(world, open_group, other, bio="x")
    await world.hands.ban_account(asking)
    with pytest.raises(Unauthenticated):
        await change(world, group, asking, bio="x")


async def test_the_room_of_the_group_knows_the_new_name(world: World) -> None:
    me, other, *_ = await people(world)
    group = await world.make_group(other)
    await world.join(group, me, "여우")
    await change(world, group, me, "너구리")
    summaries = await world.store.directory.rooms(me, now_ms=world.now_ms, after=None, limit=9)
    (room,) = (one for one in summaries if one.group == group)
    assert {name for _, name in room.members} == {"너구리", "주인"}
    due = await world.store.outbox.due(now_ms=world.now_ms, limit=10_000)
    assert NoticeKind.ROOM_MEMBERS in {one.kind for one in due if one.room == RoomId(room.room)}
    before = len(due)
    await change(world, group, me, bio="no other name")
    assert len(await world.store.outbox.due(now_ms=world.now_ms, limit=10_000)) == before


async def test_of_two_who_want_one_name_at_once_one_has_it(world: World) -> None:
    owner, *rest = await people(world, 5)
    group = await world.make_group(owner)
    for number, who in enumerate(rest):
        await world.join(group, who, f"여우{number}")
    refused: list[AccountId] = []

    async def want(who: AccountId) -> None:
        try:
            await change(world, group, who, "너구리")
        except Conflict:
            refused.append(who)

    async with trio.open_nursery() as nursery:
        for who in rest:
            nursery.start_soon(want, who)
    assert len(refused) == len(rest) - 1
    names = [name for name, _, _ in await seen(world, group, owner)]
    assert names.count("너구리") == 1
