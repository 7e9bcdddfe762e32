"""Contract of silent matches: they end for both at once, put off once, and never after a word."""

from __future__ import annotations

import pytest
import trio

from engine.errors import Conflict, NotFound, PremiumRequired
from engine.ids import AccountId, MatchId
from engine.ports.outbox import NoticeKind
from engine.ports.seeding import SeededUser
from tests.store.world import POLICY, SECOND_MS, World

SILENT_MS = POLICY.matches.silent_s * SECOND_MS


async def end_due(world: World) -> None:
    while await world.store.silence.end_due(POLICY.matches, now_ms=world.now_ms):
        pass


async def put_off(world: World, match: MatchId, account: AccountId) -> None:
    await world.store.silence.put_off(match, account, POLICY.matches, now_ms=world.now_ms)


async def is_open(world: World, user: SeededUser) -> bool:
    (match,) = await world.store.likes.matches(
        user.account, now_ms=world.now_ms, after=None, limit=9
    )
    return match.open


async def until_due(world: World, user: SeededUser) -> None:
    """Let time pass up to the last moment of a match."""
    (match,) = await world.store.likes.matches(
        user.account, now_ms=world.now_ms, after=None, limit=9
    )
    world.clock.now_ms = match.at + SILENT_MS - 1


async def test_a_match_in_which_nobody_speaks_ends_for_both_at_once(world: World) -> None:
    alice, bob, *_ = await world.people()
    await world.match(alice, bob)
    await until_due(world, alice)
    await end_due(world)
    assert await is_open(world, alice)
    world.clock.now_ms += 1
    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(end_due, world)
    assert not await is_open(world, alice)
    for user in (alice, bob):
        kinds = [notice.kind for notice in await world.notices(user.account)]
        assert kinds == [NoticeKind.MATCH, NoticeKind.MATCH_ENDED]


async def test_one_word_is_enough_for_ever(world: World) -> None:
    alice, bob, *_ = await world.people()
    ids = await world.match(alice, bob)
    await world.append(world.write(await world.claim(ids.room)))
    for _ in range(2):
        await until_due(world, alice)
        world.clock.now_ms += SILENT_MS
        await end_due(world)
    assert await is_open(world, alice)


async def test_premium_puts_the_end_off_once(world: World) -> None:
    alice, bob, carol, _ = await world.people()
    ids = await world.match(alice, bob)
    with pytest.raises(PremiumRequired):
        await put_off(world, ids.match, bob.account)
    await world.hands.give(alice.account, credit=0, premium_until=world.now_ms + 1)
    for _ in range(2):
        await put_off(world, ids.match, alice.account)
    for stranger, match in ((carol, ids.match), (alice, MatchId("nowhere000000000"))):
        with pytest.raises(NotFound):
            await put_off(world, match, stranger.account)
    await until_due(world, alice)
    world.clock.now_ms += SILENT_MS
    await end_due(world)
    assert await is_open(world, bob)
    world.clock.now_ms += 1
    await end_due(world)
    assert not await is_open(world, bob)
    with pytest.raises(Conflict):
        await put_off(world, ids.match, alice.account)


async def test_a_match_that_ended_otherwise_is_left_alone(world: World) -> None:
    alice, bob, *_ = await world.people()
    ids = await world.match(alice, bob)
    await world.store.likes.end_match(ids.match, alice.account, now_ms=world.now_ms)
    await until_due(world, alice)
    world.clock.now_ms += 1
    await end_due(world)
    assert len(await world.notices(bob.account)) == 2
