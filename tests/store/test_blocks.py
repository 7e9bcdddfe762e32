"""Contract of blocks: two people are hidden from each other, and to others nothing shows."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from engine.errors import BadRequest, MatchingClosed, NotFound
from engine.ids import BlockId, MemberId
from engine.ports.blocks import Block
from engine.ports.outbox import NoticeKind
from engine.ports.seeding import SeededUser
from tests.store.blocking import unblock
from tests.store.world import World


async def seen(world: World, viewer: SeededUser) -> set[str]:
    """List whom somebody sees; their number is the one the group is said to have."""
    people = await world.store.groups.people(viewer.group, viewer.account)
    group = await world.store.groups.get(viewer.group, viewer.account)
    assert group.members == len(people)
    return {person.member for person in people}


async def block(world: World, one: SeededUser, other: SeededUser) -> BlockId:
    return await world.block(one.account, other.account)


async def test_both_are_hidden_from_each_other_and_others_see_both(world: World) -> None:
    alice, bob, carol, dan, eve = await world.people(5)
    everybody = {user.member for user in (alice, bob, carol, dan, eve)}
    mine = await block(world, alice, bob)
    await block(world, alice, bob)
    assert await seen(world, alice) == everybody - {bob.member}
    assert await seen(world, bob) == everybody - {alice.member}
    assert await seen(world, carol) == everybody
    (found,) = await world.store.groups.search(
        bob.account, query="", mine=True, after=None, limit=9
    )
    assert found.members == 4
    theirs = await block(world, bob, alice)
    await unblock(world, bob.account, mine)  # not his to take back
    await unblock(world, alice.account, mine)
    assert alice.member not in await seen(world, bob)
    for _ in range(2):
        await unblock(world, bob.account, theirs)
    assert await seen(world, bob) == everybody


async def test_a_like_for_who_has_blocked_is_as_one_for_who_has_left(world: World) -> None:
    alice, bob, gone, *_ = await world.people(6)
    await block(world, alice, bob)
    await world.store.groups.leave(gone.group, gone.account, now_ms=world.now_ms)
    said = set()
    for target in (alice, gone, replace(gone, member=MemberId("nobody0000000000"))):
        with pytest.raises(NotFound) as refused:
            await world.like(bob, target)
        said.add(str(refused.value))
    assert len(said) == 1
    with pytest.raises(NotFound):
        await world.like(alice, bob)


async def test_a_name_that_is_taken_tells_nobody_who_hides_from_one(world: World) -> None:
    alice, bob, gone, *_ = await world.people(6)
    group = gone.group
    listed = await world.store.groups.people(group, bob.account)
    names = {one.member: one.nickname for one in listed}
    await block(world, alice, bob)
    await world.store.groups.leave(group, gone.account, now_ms=world.now_ms)
    for user in (alice, gone):
        await world.store.groups.leave(group, bob.account, now_ms=world.now_ms)
        again = await world.join(group, bob.account, names[user.member])
        assert again.nickname == f"{names[user.member]}2"


async def test_who_is_hidden_does_not_open_a_group(world: World) -> None:
    alice, bob, carol, _ = await world.people(4)
    await block(world, alice, bob)
    with pytest.raises(MatchingClosed):
        await world.like(bob, carol)


async def test_a_block_ends_matches_and_likes_of_the_two(world: World) -> None:
    alice, bob, carol, dan = await world.people(4)
    ids = await world.match(alice, bob)
    await world.like(carol, dan)
    await block(world, bob, alice)
    kinds = [notice.kind for notice in await world.notices(alice.account)]
    assert kinds == [NoticeKind.MATCH, NoticeKind.MATCH_ENDED]
    (match,) = await world.store.likes.matches(
        alice.account, now_ms=world.now_ms, after=None, limit=9
    )
    assert (match.match, match.open) == (ids.match, False)
    await unblock(world, dan.account, await block(world, dan, carol))
    people = await world.store.groups.people(carol.group, carol.account)
    assert [person.liked for person in people] == [None] * 4


async def test_a_block_wins_over_a_match_that_was_not_told(world: World) -> None:
    users = await world.people(40)
    pairs = zip(users[::2], users[1::2], strict=True)
    await world.race(pairs, partial(block, world))
    assert await world.hands.count_open_matches(users[0].group) == 0
    world.clock.now_ms += 3_000
    for user in users:
        assert await world.notices(user.account) == []


async def test_nobody_blocks_themselves(world: World) -> None:
    alice, *_ = await world.people(4)
    with pytest.raises(BadRequest):
        await block(world, alice, alice)


async def test_ones_own_blocks_are_listed_newest_first_and_by_pages(world: World) -> None:
    alice, *others = await world.people(5)
    made = []
    for other in others[:3]:
        made.append(Block(await block(world, alice, other), "여우", world.now_ms))
        world.clock.now_ms += 1
    await block(world, alice, others[0])  # again: it keeps its first name
    await block(world, others[3], alice)  # not hers
    blocks = world.store.blocks
    assert await blocks.listed(alice.account, after=None, limit=9) == made[::-1]
    assert await blocks.listed(alice.account, after=made[2].block, limit=1) == [made[1]]
    assert await blocks.listed(alice.account, after=made[0].block, limit=9) == []
    await unblock(world, alice.account, made[1].block)
    assert await blocks.listed(alice.account, after=None, limit=9) == [made[2], made[0]]
    await unblock(world, alice.account, BlockId("nowhere000000000"))


async def test_a_member_is_found_by_who_sees_them_and_by_who_has_blocked_them(world: World) -> None:
    alice, bob, carol, _ = await world.people(4)
    (stranger, *_) = await world.people(4)
    find = world.store.blocks.member_of
    assert (await find(bob.group, alice.account, bob.member))[0] == bob.account
    for group, viewer in ((bob.group, stranger.account), (stranger.group, alice.account)):
        with pytest.raises(NotFound):
            await find(group, viewer, bob.member)
    await world.block(bob.account, alice.account)
    with pytest.raises(NotFound):
        await find(bob.group, alice.account, bob.member)
    assert (await find(bob.group, bob.account, alice.member))[0] == alice.account
    await world.block(alice.account, bob.account)
    assert (await find(bob.group, alice.account, bob.member))[0] == bob.account
    await world.store.groups.leave(carol.group, carol.account, now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await find(carol.group, alice.account, carol.member)
