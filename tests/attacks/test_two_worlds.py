"""Two worlds that differ by one secret look the same to Bob and a bystander (faults.md 48 to 51).

Each attacker first wins against a twin that was broken on purpose, so that it is known to see.
"""

from __future__ import annotations

import itertools
import random

import pytest
import trio
import trio.lowlevel

from engine.ids import BlockId, RoomId
from engine.model.like_count import CountBand, next_release_ms
from engine.model.policy import LikePolicy, Policy
from engine.ports.blocks import NewBlock
from engine.ports.outbox import NoticeKind
from tests.actors.world import World, account, on_test_clock, open_world
from tests.attacks.worlds import (
    AUC_MAX,
    GROUP,
    PEOPLE,
    TRIALS,
    Attack,
    Secret,
    Seen,
    Twin,
    best_auc,
    frames,
    like,
    looked,
    run_pairs,
    settle_town,
    slow_matches,
    watch,
)

CIRCLE = RoomId("circle0000000000")


async def silent_like(secret: Secret, rng: random.Random, twin: Twin) -> Seen:
    """Alice likes Bob or somebody else; Bob and Carol look at all there is, for a while."""
    async with open_world(policy=Policy(limited=False)) as world:
        settle_town(world)
        alice, bob, carol = (world.client(name) for name in ("alice", "bob", "carol"))
        heard = [watch(bob), watch(carol)]
        await trio.sleep(rng.random() * 3)
        like(alice, "bob" if secret else "dan", "c")
        if twin.tells_at_once:
            for row in list(world.memory.likes.values()):
                world.memory.tell(NoticeKind.LIKES, {}, due_ms=0, account=row.target)
            await trio.sleep(0.1)
            for row in list(world.memory.likes.values()):
                world.memory.tell(NoticeKind.LIKES, {}, due_ms=0, account=row.target)
        seen: Seen = ()
        for _ in range(3):
            await trio.sleep(1.5)
            seen += (*await looked(world, "bob"), *await looked(world, "carol"))
        return (*seen, *frames(heard[0], 0.0), *frames(heard[1], 0.0))


async def answer_of_a_like(secret: Secret, rng: random.Random, twin: Twin) -> Seen:
    """Bob likes Alice, who has liked him or somebody else; he has the answer before the tick."""
    policy = Policy(limited=False, likes=LikePolicy(answer_step_s=twin.step_s))
    async with open_world(policy=policy) as world:
        settle_town(world)
        slow_matches(world, rng)
        alice, bob = world.client("alice"), world.client("bob")
        heard = watch(bob)
        like(alice, "bob" if secret else "dan", "c")
        # Just behind a tick, so that all of this is over before the next one.
        await trio.sleep(4.0 - (world.parts.now_ms() % 2_000) / 1000 + rng.random() * 0.2)
        asked_s = trio.current_time()
        like(bob, "alice", "c")
        like(bob, "alice", "d")
        await trio.sleep(0.5)
        receipt = world.memory.likes[account("bob"), "c"].receipt.like
        bob.say("like.cancel", like=receipt)
        await trio.sleep(0.5)
        return (*frames(heard, asked_s), *await looked(world, "bob"))


async def block_or_leave(secret: Secret, rng: random.Random, twin: Twin) -> Seen:
    """Alice has blocked Bob or has left; he likes her, and counts who is there."""
    async with open_world(policy=Policy(limited=False)) as world:
        settle_town(world)
        bob, heard = world.client("bob"), list[tuple[float, bytes]]()
        heard = watch(bob)
        await trio.sleep(rng.random())
        if secret and twin.tells_at_once:
            await trio.lowlevel.checkpoint()  # a list that still shows who has blocked
        elif secret:
            new = NewBlock(account("bob"), BlockId("block00000000000"), "bob")
            await world.store.blocks.block(account("alice"), new, now_ms=world.parts.now_ms())
        else:
            await world.store.groups.leave(GROUP, account("alice"), now_ms=world.parts.now_ms())
        group = await world.store.groups.get(GROUP, account("bob"))
        asked_s = trio.current_time()
        like(bob, "alice", "c")
        await trio.sleep(0.3)
        return (group.members, *frames(heard, asked_s), *await looked(world, "bob"))


async def block_or_leave_the_room(secret: Secret, rng: random.Random, twin: Twin) -> Seen:
    """Alice, who has spoken before, has blocked Bob or has left; he is in the room of the group."""
    async with open_world(policy=Policy(limited=False)) as world:
        settle_town(world)
        numbers = itertools.count(1)
        now_ms = world.parts.now_ms()
        world.memory.open_room(GROUP, CIRCLE, lambda: f"a{next(numbers):015}", now_ms=now_ms)
        alice, bob, carol = (world.client(name) for name in ("alice", "bob", "carol"))
        heard = watch(bob)
        for client in (alice, bob, carol):
            client.say("room.open", room=CIRCLE)
        await trio.sleep(rng.random())
        alice.send(CIRCLE, "a", "hello")
        await trio.sleep(1)
        new = NewBlock(account("bob"), BlockId("block00000000000"), "bob")
        if secret:
            await world.store.blocks.block(account("alice"), new, now_ms=world.parts.now_ms())
        else:
            await world.store.groups.leave(GROUP, account("alice"), now_ms=world.parts.now_ms())
        if secret and twin.tells_at_once:  # the room does not know of it
            world.memory.outbox.clear()
            world.memory.rooms[CIRCLE].veils.rows.clear()
        world.node.nudge()
        await trio.sleep(0.5)
        carol.send(CIRCLE, "b", "as alice says", reply_to=1)
        bob.say("msg.react", room=CIRCLE, seq=1, emoji="x", on=True)
        bob.send(CIRCLE, "c", "alice?", reply_to=1)
        bob.say("room.open", room=CIRCLE)
        await trio.sleep(1)
        (row,) = await world.store.directory.rooms(
            account("bob"), now_ms=world.parts.now_ms(), after=None, limit=9
        )
        listed = (len(row.members), row.seq, row.unread, row.last.seq if row.last else 0)
        return (*listed, *frames(heard, 0.0), *await looked(world, "bob"))


async def counted(world: World, releases: range) -> float:
    """Let some releases come, without waiting for them; say what Bob is told then."""
    policy = world.parts.policy
    for number in releases:
        later_ms = number * policy.likes.count_every_s * 1000
        now_ms = next_release_ms(world.parts.now_ms(), policy.likes) + later_ms
        await world.store.likes.release(policy, now_ms=now_ms)
    band = await world.store.likes.count(account("bob"), GROUP)
    return 0.0 if band is None else float([*CountBand].index(band) + 1)


async def count_differencing(secret: Secret, rng: random.Random, twin: Twin) -> Seen:
    """Three like Bob, Alice among them or not; he looks before and after she leaves."""
    people = [*PEOPLE, *(f"other{number}" for number in range(8))]
    async with open_world(policy=Policy(limited=False)) as world:
        settle_town(world, people)
        bob = world.client("bob")
        heard = watch(bob)
        likers = ["other1", "other2", "alice" if secret else "other3"]
        rng.shuffle(likers)
        for name in likers:
            like(world.client(name), "bob", name)
        await trio.sleep(1)
        before = await counted(world, range(2))
        await world.store.groups.leave(GROUP, account("alice"), now_ms=world.parts.now_ms())
        if twin.tells_at_once:  # a count of those who are still there
            world.memory.likes = {
                name: row for name, row in world.memory.likes.items() if name[0] != account("alice")
            }
        after = await counted(world, range(2, 4))
        return (before, after, *frames(heard, 0.0), *await looked(world, "bob"))


async def sock_puppets(secret: Secret, rng: random.Random, twin: Twin) -> Seen:
    """A group of Bob, four puppets of his and Alice: two puppets like him, and perhaps Alice."""
    policy = LikePolicy(count_members_min=1) if twin.tells_at_once else LikePolicy()
    async with open_world(policy=Policy(limited=False, likes=policy)) as world:
        settle_town(world)
        heard = watch(world.client("bob"))
        for name in ("carol", "dan"):
            like(world.client(name), "bob", name)
        await trio.sleep(rng.random())
        like(world.client("alice"), "bob" if secret else "eve", "c")
        await trio.sleep(1)
        return (await counted(world, range(2)), *frames(heard, 0.0), *await looked(world, "bob"))


ATTACKS: dict[str, tuple[Attack, Twin]] = {
    "like or none": (silent_like, Twin(tells_at_once=True)),
    "answer of a like": (answer_of_a_like, Twin(step_s=0.0001)),
    "block or leave": (block_or_leave, Twin(tells_at_once=True)),
    "block or leave the room": (block_or_leave_the_room, Twin(tells_at_once=True)),
    "count differencing": (count_differencing, Twin(tells_at_once=True)),
    "sock puppets": (sock_puppets, Twin(tells_at_once=True)),
}


@pytest.mark.parametrize("name", ATTACKS)
@on_test_clock
async def test_the_attacker_sees_a_twin_that_tells(name: str, rng: random.Random) -> None:
    attack, broken = ATTACKS[name]
    assert best_auc(await run_pairs(attack, broken, rng, trials=30)) > 0.9


@pytest.mark.parametrize("name", ATTACKS)
@on_test_clock
async def test_the_attacker_cannot_tell_the_worlds_apart(name: str, rng: random.Random) -> None:
    attack, _ = ATTACKS[name]
    assert best_auc(await run_pairs(attack, Twin(), rng, TRIALS)) <= AUC_MAX
