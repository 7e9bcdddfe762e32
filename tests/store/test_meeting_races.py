"""Rounds of several processes at once, while people leave, block and take back (I6, I13)."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest
import trio

from engine.errors import NotFound
from engine.ids import AccountId
from engine.model.meeting_policy import MeetingPolicy
from engine.model.policy import Policy
from tests.store.meeting import RED, ROUND_MS, Party, make_party
from tests.store.world import World

PEOPLE, KEEPERS, ROUNDS = 16, 4, 6
POLICY = Policy(meetings=MeetingPolicy(matches_each_max=3))


async def keep(party: Party, rng: random.Random) -> None:
    """Be a process that runs rounds; all of them see the same moments."""
    world = party.world
    start_ms = world.now_ms
    for number in range(1, ROUNDS + 1):
        await world.store.meeting_keeping.run_rounds(
            POLICY, now_ms=start_ms + number * (ROUND_MS + 1)
        )
        await trio.sleep(rng.random() * 0.005)


async def go(party: Party, account: AccountId, how: str, rng: random.Random) -> None:
    """Leave, take back, or block the next one, at some moment."""
    world, now_ms = party.world, party.world.now_ms
    await trio.sleep(rng.random() * 0.02)
    if how == "leave":
        await world.store.groups.leave(party.group, account, now_ms=now_ms)
    elif how == "block":
        await world.block(account, following(party)[account])
    else:
        for one in (await party.get(account)).descriptions:
            await world.store.meetings.withdraw(
                party.group, account, one.description, now_ms=now_ms
            )


def following(party: Party) -> dict[AccountId, AccountId]:
    return dict(pairwise([*party.people, party.people[0]]))


async def test_every_pair_meets_once_and_nobody_who_went(world: World, rng: random.Random) -> None:
    party = await make_party(world, PEOPLE, policy=POLICY)
    for account in party.people:
        await party.show(account, RED)
        await party.describe(account, RED)
    ways = {"leave": party.people[1:4], "block": party.people[5:8], "withdraw": party.people[9:12]}
    async with trio.open_nursery() as nursery:
        for _ in range(KEEPERS):
            nursery.start_soon(keep, party, rng)
        for how, accounts in ways.items():
            for account in accounts:
                nursery.start_soon(go, party, account, how, rng)
    world.clock.now_ms += (ROUNDS + 2) * (ROUND_MS + 1)

    partners: Counter[str] = Counter()
    seen_open: dict[AccountId, set[str]] = {}
    for account in party.people:
        matches = await world.store.likes.matches(
            account, now_ms=world.now_ms, after=None, limit=100
        )
        mine = [match for match in matches if match.group == party.group]
        assert len(mine) <= POLICY.meetings.matches_each_max
        seen_open[account] = {match.match for match in mine if match.open}
        if account in ways["leave"]:
            assert not seen_open[account]
        for match in mine:
            partners[match.match] += 1
    # Both sides of every match see it, and no two matches are of one pair.
    assert set(partners.values()) == {2}
    assert len(partners) == await world.hands.count_matched_pairs(party.group)
    for account in ways["block"]:
        assert not seen_open[account] & seen_open[following(party)[account]]
    for account in ways["leave"]:
        with pytest.raises(NotFound):
            await party.get(account)
