"""All that REST says around likes: bytes, headers and moments are the same in both worlds.

Bob likes, asks again, takes back and reads everything; the secret is whether Alice has liked him.
"""

from __future__ import annotations

import random

import pytest
import trio

from engine.credits.plans import Plan, Term
from engine.model.policy import LikePolicy, Policy
from tests.actors.world import World, account, on_test_clock, open_world
from tests.attacks.worlds import (
    AUC_MAX,
    GROUP,
    OTHERS,
    OWN,
    PEOPLE,
    TRIALS,
    Attack,
    Secret,
    Seen,
    Twin,
    Visitor,
    best_auc,
    differing,
    edge_of,
    frames,
    like,
    member,
    run_pairs,
    settle_town,
    slow_matches,
    watch,
)

LIKES = f"/v1/groups/{GROUP}/likes"
PREMIUM_UNTIL = 2**50


def rules(twin: Twin) -> Policy:
    """The policy of a twin."""
    likes = LikePolicy(answer_step_s=twin.step_s, match_tick_s=twin.tick_s)
    return Policy(limited=False, likes=likes)


def give_premium(world: World, bob: Visitor) -> None:
    """Let nothing be refused to Bob for want of premium."""
    row = world.memory.accounts[bob.account]
    row.premium_until = PREMIUM_UNTIL
    row.terms = [Term("gift", Plan.PREMIUM, 0, PREMIUM_UNTIL)]


async def behind_a_tick(world: World, rng: random.Random) -> None:
    """Go on just behind a tick, so that all of this is over before the next one."""
    await trio.sleep(4.0 - (world.parts.now_ms() % 2_000) / 1000 + rng.random() * 0.2)


async def every_answer_of_a_like(secret: Secret, rng: random.Random, twin: Twin) -> Seen:
    """Bob likes Alice, who has liked him or Dan, in every way there is, and reads all there is."""
    policy = rules(twin)
    async with open_world(policy=policy) as world:
        settle_town(world)
        slow_matches(world, rng)
        bob = Visitor(world, "bob", edge_of(world, policy))
        if rng.random() < 0.5:
            give_premium(world, bob)
        like(world.client("alice"), "bob" if secret else "dan", "c")
        await behind_a_tick(world, rng)
        wish = {"member": member("alice"), "intent": "friend"}
        liked = await bob.call("POST", LIKES, wish, "key")
        await bob.call("POST", LIKES, wish, "key")
        await bob.call("POST", LIKES, wish, "another-key")
        await bob.look(OWN)
        name = liked.fields["like"]
        await bob.call("POST", f"/v1/likes/{name}/undo")
        await bob.call("DELETE", f"/v1/likes/{name}")
        await bob.call("POST", LIKES, wish, "again")
        return tuple(bob.kept)


async def like_everyone(secret: Secret, rng: random.Random, twin: Twin) -> Seen:
    """Bob likes everybody, sees what comes, and takes all of it back before anybody is told."""
    policy = rules(twin)
    async with open_world(policy=policy) as world:
        settle_town(world)
        slow_matches(world, rng)
        bob = Visitor(world, "bob", edge_of(world, policy))
        heard = watch(world.client("bob"))
        give_premium(world, bob)
        like(world.client("alice"), "bob" if secret else "dan", "c")
        await behind_a_tick(world, rng)
        others = ["alice", "carol", "dan"]
        rng.shuffle(others)
        names = list[object]()
        for number, other in enumerate(others):
            wish = {"member": member(other), "intent": "friend"}
            reply = await bob.call("POST", LIKES, wish, f"key-{number}")
            names.append(reply.fields.get("like", "x" * 16))
        await trio.sleep(0.2)
        await bob.look(OWN)
        await bob.call("POST", f"/v1/likes/{names.pop()}/undo")
        for name in reversed(names):
            await bob.call("DELETE", f"/v1/likes/{name}")
        await trio.sleep(2 * LikePolicy().match_tick_s)
        await bob.look(OWN)
        return (*bob.kept, *frames(heard, 0.0))


async def who_of_several(secret: Secret, rng: random.Random, twin: Twin) -> Seen:
    """Three like Bob: is Alice one of them, or Carol? He reads all there is, before and after."""
    policy = rules(twin)
    people = [*PEOPLE, *(f"other{number}" for number in range(8))]
    async with open_world(policy=policy) as world:
        settle_town(world, people)
        edge = edge_of(world, policy)
        bob = Visitor(world, "bob", edge)
        heard = watch(world.client("bob"))
        give_premium(world, bob)
        likers = ["other1", "other2", "alice" if secret else "carol"]
        rng.shuffle(likers)
        for name in likers:
            await trio.sleep(rng.random())
            like(world.client(name), "bob", name)
        await trio.sleep(1)
        if twin.tells_at_once:  # a list that does not ask whether the sender lets it be seen
            (row,) = (one for one in world.memory.likes.values() if one.request.sender in _secret())
            object.__setattr__(row.request, "shown", True)
        await bob.look(OTHERS[2:])
        for _ in range(3):
            edge.clock.sleep(policy.likes.count_every_s)
            await world.store.likes.release(policy, now_ms=edge.clock())
        await bob.look(OTHERS)
        return (*bob.kept, *frames(heard, 0.0), *order_of(bob, people))


def _secret() -> tuple[str, str]:
    return account("alice"), account("carol")


def order_of(bob: Visitor, people: list[str]) -> Seen:
    """Where each name stands in all that Bob has read, and how often."""
    text = b"\n".join(part for part in bob.kept if isinstance(part, bytes))
    names = [member(name).encode() for name in people]
    return (*(text.find(name) for name in names), *(text.count(name) for name in names))


ATTACKS: dict[str, tuple[Attack, Twin]] = {
    "every answer of a like": (every_answer_of_a_like, Twin(step_s=0.0001)),
    "like everyone": (like_everyone, Twin(tick_s=0.1)),
    "who of several": (who_of_several, Twin(tells_at_once=True)),
}


@pytest.mark.parametrize("name", ATTACKS)
@on_test_clock
async def test_the_attacker_sees_a_twin_that_tells(name: str, rng: random.Random) -> None:
    attack, broken = ATTACKS[name]
    worlds = await run_pairs(attack, broken, rng, trials=20)
    assert best_auc(worlds) > 0.9


@pytest.mark.parametrize("name", ATTACKS)
@on_test_clock
async def test_every_byte_is_the_same_and_no_moment_tells(name: str, rng: random.Random) -> None:
    attack, _ = ATTACKS[name]
    worlds = await run_pairs(attack, Twin(), rng, TRIALS)
    assert best_auc(worlds) <= AUC_MAX
    assert differing(worlds) == 0
