"""Does Alice wait in a live pool? Bob waits there too, and has what he wishes for explained to him.

He wishes for people of her age, changes his wish, and asks before and after she has come.
"""

from __future__ import annotations

import random
from typing import cast

import pytest
import trio

from engine.matching.explain import Considered, Share
from engine.model.policy import Policy
from engine.model.pool_policy import PoolPolicy
from store.days import year_of
from tests.actors.world import account, on_test_clock, open_world
from tests.attacks.worlds import (
    AUC_MAX,
    GROUP,
    TRIALS,
    Attack,
    Secret,
    Seen,
    Twin,
    best_auc,
    run_pairs,
    settle_town,
)

# Nobody meets while Bob asks: his ticks are an hour apart.
TICK_S = 3_600.0
ALICE_BORN, OTHERS_BORN = 1990, 1980
OTHERS_MAX = 40
FEW = 4


def rules(twin: Twin) -> Policy:
    """The policy of a twin; one that tells at once explains any number of people, at any time."""
    pools = PoolPolicy()
    broken = {"explain_people_min": 1, "explain_every_s": 1} if twin.tells_at_once else {}
    for name, value in {"tick_s": TICK_S, **broken}.items():  # what no policy file can say
        object.__setattr__(pools, name, value)
    return Policy(limited=False, pools=pools)


async def asked(secret: Secret, rng: random.Random, twin: Twin, *, others: int) -> Seen:
    """Bob asks, then Alice comes or somebody else does, and he asks again with another wish."""
    names = ["bob", "alice", "zoe", *(f"other{number}" for number in range(OTHERS_MAX))]
    policy = rules(twin)
    async with open_world(policy=policy) as world:
        settle_town(world, names)
        for name in names:
            born = ALICE_BORN if name == "alice" else OTHERS_BORN - rng.randrange(5)
            world.memory.accounts[account(name)].birth_year = born
        for name in names[3 : 3 + others]:
            joins = {"pool": GROUP, "me": {}, "want": {"intent": "friend"}, "cid": name}
            world.client(name).say("pool.join", **joins)
        await trio.sleep(rng.random())
        bob, age = world.client("bob"), year_of(world.parts.now_ms(), policy.timezone) - ALICE_BORN
        want = {"intent": "friend", "ages": {"low": age, "high": age}}
        ref = bob.say("pool.join", pool=GROUP, me={}, want=want, cid="bob")
        await trio.sleep(1)
        ticket = bob.reply(ref)["ticket"]
        refs = [bob.say("pool.explain", ticket=ticket)]
        await trio.sleep(1)
        who = "alice" if secret else "zoe"
        joins = {"pool": GROUP, "me": {}, "want": {"intent": "friend"}, "cid": who}
        world.client(who).say("pool.join", **joins)
        await trio.sleep(2)
        refs.append(bob.say("pool.explain", ticket=ticket))
        wider = {"low": age - 1, "high": age + 1, "must": True}
        bob.say("pool.update", ticket=ticket, want={**want, "ages": wider})
        await trio.sleep(61)
        refs.append(bob.say("pool.explain", ticket=ticket))
        await trio.sleep(1)
        return tuple(number for ref in refs for number in numbers(bob.reply(ref)))


def numbers(said: dict[str, object]) -> Seen:
    """What an explanation says, each part as a number."""
    blocked = cast("list[dict[str, str]]", said["blocked_by"])
    shares = {one["constraint"]: [*Share].index(Share(one["share_band"])) + 1 for one in blocked}
    considered = [*Considered].index(Considered(str(said["considered_band"])))
    return (considered, shares.get("ages", 0), len(blocked), len(str(said["wait_band"])))


async def among_few(secret: Secret, rng: random.Random, twin: Twin) -> Seen:
    """Hardly anybody waits."""
    return await asked(secret, rng, twin, others=rng.randrange(FEW))


async def among_any(secret: Secret, rng: random.Random, twin: Twin) -> Seen:
    """Bob does not know how many wait."""
    return await asked(secret, rng, twin, others=rng.randrange(OTHERS_MAX))


@on_test_clock
async def test_the_attacker_sees_a_twin_that_explains_few_people(rng: random.Random) -> None:
    assert best_auc(await run_pairs(among_few, Twin(tells_at_once=True), rng, trials=30)) > 0.9


@pytest.mark.parametrize("attack", [among_few, among_any])
@on_test_clock
async def test_explaining_does_not_tell_who_waits(attack: Attack, rng: random.Random) -> None:
    assert best_auc(await run_pairs(attack, Twin(), rng, TRIALS)) <= AUC_MAX
