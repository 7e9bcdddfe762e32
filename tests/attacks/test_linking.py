"""Is somebody of one group the same person as somebody of another? Bob is in both, and compares.

He takes every value, place in a list, cursor and time that he is shown of the one and of the other.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import takewhile
from typing import cast

import pytest

from engine.ids import GroupId, MemberId
from engine.model.account import Gender
from engine.model.group import GroupDraft, GroupType, MemberProfile, MemberState, Role, Visibility
from engine.model.policy import Policy
from store.memory.state import AccountRow, GroupRow, MemberRow
from tests.actors.world import World, account, on_test_clock, open_world
from tests.api.edge import Reply
from tests.attacks.worlds import (
    AUC_MAX,
    TRIALS,
    Secret,
    Seen,
    Visitor,
    edge_of,
    link_auc,
)

HERE, THERE = GroupId("here000000000000"), GroupId("there00000000000")
OTHERS = 6
LEAKS = ("id", "order", "cursor", "time")


def settle(world: World, rng: random.Random, secret: Secret, leak: str) -> tuple[str, str]:
    """Put Bob and others into two groups; return the names of the two he wonders about."""
    draft, names = GroupDraft("g", "", "", (), Visibility.PUBLIC, ""), []
    for group, who in ((HERE, "alice"), (THERE, "alice" if secret else "zoe")):
        world.memory.groups[group] = GroupRow(group, GroupType.CREATED, draft, None, 0)
        for name in ("bob", who, *(f"{group[:4]}{number}" for number in range(OTHERS))):
            me = account(name)
            world.memory.accounts[me] = AccountRow(me, None, name, 1995, Gender.OTHER)
            fresh = f"{rng.getrandbits(64):016x}"
            member = MemberId(f"{hash_of(name)}{fresh[8:]}" if leak == "id" else fresh)
            # Everybody calls themselves something else in each group.
            profile = MemberProfile(f"{rng.getrandbits(40):010x}")
            world.memory.members[group, me] = MemberRow(
                member, group, me, MemberState.ACTIVE, Role.MEMBER, profile
            )
            if name == who:
                names.append(member)
    return names[0], names[1]


def hash_of(name: str) -> str:
    """What a careless program would make a public name from."""
    return f"{random.Random(name).getrandbits(32):08x}"


def leaves(value: object) -> Iterator[object]:
    """Yield all values that are no lists or objects."""
    if isinstance(value, dict):
        for one in value.values():
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    else:
        yield value


async def seen_of(bob: Visitor, group: str, member: str) -> tuple[dict[str, object], float, str]:
    """Read a group: what is said of one member, their place, and the cursor of the first page."""
    pages: list[Reply] = [await bob.call("GET", f"/v1/groups/{group}/members?limit=4")]
    cursor = str(pages[0].fields["cursor"])
    pages.append(await bob.call("GET", f"/v1/groups/{group}/members?limit=9&cursor={cursor}"))
    people = [
        one for page in pages for one in cast("list[dict[str, object]]", page.fields["items"])
    ]
    (place,) = (at for at, one in enumerate(people) if one["member"] == member)
    return people[place], place, cursor


def compared(one: dict[str, object], other: dict[str, object]) -> Seen:
    """How much two descriptions have in common."""
    mine, theirs = list(leaves(one)), list(leaves(other))
    texts = {str(leaf) for leaf in mine} & {str(leaf) for leaf in theirs}
    times = [[leaf for leaf in side if is_time(leaf)] for side in (mine, theirs)]
    apart = [abs(int(str(a)) - int(str(b))) for a in times[0] for b in times[1]]
    start = begins_alike(str(one["member"]), str(other["member"]))
    size = abs(len(json.dumps(one)) - len(json.dumps(other)))
    return (len(texts), start, min(apart, default=0), size)


def is_time(leaf: object) -> bool:
    return isinstance(leaf, int) and leaf > 10**12


def begins_alike(one: str, other: str) -> int:
    """Count the characters that two begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


async def linked(secret: Secret, rng: random.Random, leak: str) -> Seen:
    """Bob looks at a member of each group, and compares all he sees of the two."""
    async with open_world(policy=Policy(limited=False)) as world:
        names = settle(world, rng, secret, leak)
        edge = edge_of(world, Policy(limited=False))
        bob = Visitor(world, "bob", edge)
        (here, place, first), (there, place2, second) = [
            await seen_of(bob, group, name)
            for group, name in zip((HERE, THERE), names, strict=True)
        ]
        who = "alice" if secret else "zoe"
        if leak == "order":  # by the account
            place, place2 = (random.Random(name).random() for name in ("alice", who))
        if leak == "cursor":  # not sealed
            first, second = hash_of("alice"), hash_of(who)
        if leak == "time":  # of the account
            here, there = (
                {**one, "since": 10**12 + 1 + int(hash_of(name), 16)}
                for one, name in ((here, "alice"), (there, who))
            )
        start = begins_alike(first, second)
        return (*compared(here, there), abs(place - place2), start)


@pytest.mark.parametrize("leak", LEAKS)
@on_test_clock
async def test_the_attacker_links_people_of_a_careless_twin(leak: str, rng: random.Random) -> None:
    assert await link_auc(linked, leak, rng, trials=20) > 0.9


@on_test_clock
async def test_nobody_is_linked_across_groups(rng: random.Random) -> None:
    assert await link_auc(linked, "", rng, TRIALS) <= AUC_MAX
