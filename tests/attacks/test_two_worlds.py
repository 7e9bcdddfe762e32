"""Two worlds that differ by one secret look the same to Bob and a bystander (faults.md 48 to 51).

Each attacker first wins against a twin that was broken on purpose, so that it is known to see.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import pytest
import trio
import trio.lowlevel

from engine.errors import Refused
from engine.ids import BlockId, GroupId, MemberId, RoomId
from engine.model.account import Gender
from engine.model.group import GroupDraft, GroupType, MemberProfile, MemberState, Role, Visibility
from engine.model.like import LikeReceipt, LikeRequest
from engine.model.like_count import CountBand, next_release_ms
from engine.model.policy import LikePolicy, Policy
from engine.ports.blocks import NewBlock
from engine.ports.likes import FreshIds
from engine.ports.outbox import NoticeKind
from store.memory.state import AccountRow, GroupRow, MemberRow
from tests.actors.world import Client, World, account, on_test_clock, open_world

GROUP = GroupId("group00000000000")
CIRCLE = RoomId("circle0000000000")
PEOPLE = ("alice", "bob", "carol", "dan", "eve", "fay")
TRIALS = 300
AUC_MAX = 0.55

Secret = bool
Seen = tuple[float, ...]


@dataclass
class Twin:
    """What is broken on purpose."""

    tells_at_once: bool = False  # a like is told to its receiver, without a name
    step_s: float = LikePolicy().answer_step_s


def member(name: str) -> MemberId:
    return MemberId(f"member{name:0>10}")


def settle_town(world: World, people: Sequence[str] = PEOPLE) -> None:
    """Put people into one group."""
    draft = GroupDraft("g", "", "", (), Visibility.PUBLIC, "")
    world.memory.groups[GROUP] = GroupRow(GROUP, GroupType.CREATED, draft, None, 0)
    for name in people:
        who = account(name)
        world.memory.accounts[who] = AccountRow(who, None, name, 1995, Gender.OTHER)
        world.memory.members[GROUP, who] = MemberRow(
            member(name), GROUP, who, MemberState.ACTIVE, Role.MEMBER, MemberProfile(name)
        )


def watch(client: Client) -> list[tuple[float, bytes]]:
    """Note when each frame reaches somebody."""
    heard: list[tuple[float, bytes]] = []
    send = client.line.send

    def noted(frame: bytes) -> None:
        heard.append((trio.current_time(), frame))
        send(frame)

    client.line.send = noted  # type: ignore[method-assign]
    return heard


def like(client: Client, whom: str, cid: str) -> None:
    client.say("like.send", group=GROUP, member=member(whom), intent="friend", cid=cid)


def slow_matches(world: World, rng: random.Random) -> None:
    """Let what makes a match take longer to be written, as it does in a database."""
    place, memory = world.parts.likes.place, world.memory

    async def placed(
        wishes: Sequence[tuple[LikeRequest, FreshIds]], policy: Policy, *, now_ms: int
    ) -> Sequence[LikeReceipt | Refused]:
        before = len(memory.matches)
        answers = await place(wishes, policy, now_ms=now_ms)
        made = len(memory.matches) - before
        await trio.sleep(0.002 + 0.004 * made + rng.random() * 0.002)
        return answers

    world.parts.likes.place = placed  # type: ignore[method-assign]


async def looked(world: World, name: str) -> Seen:
    """What REST shows somebody: members, matches, counts, rooms, each as a number."""
    who, now_ms = account(name), world.parts.now_ms()
    people = await world.store.groups.people(GROUP, who)
    matches = await world.store.likes.matches(who, now_ms=now_ms, after=None, limit=9)
    band = await world.store.likes.count(who, GROUP)
    marks = await world.store.directory.marks(who, now_ms=now_ms, limit=99)
    due = [row for row in world.memory.outbox.values() if row.notice.account == who]
    liked = sum(len(one.liked or "") for one in people)
    return (len(people), liked, len(matches), 0.0 if band is None else 1.0, len(marks), len(due))


def frames(heard: list[tuple[float, bytes]], from_s: float) -> Seen:
    """What came over the socket: how much, when first and when last."""
    times = [at - from_s for at, _ in heard] or [0.0]
    return (len(heard), sum(len(frame) for _, frame in heard), round(times[0], 6), times[-1])


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


def auc(ones: Sequence[float], zeros: Sequence[float]) -> float:
    """How well one number tells two worlds apart: 0.5 is not at all."""
    ranks: dict[float, tuple[int, int]] = {}
    for value in ones:
        one, zero = ranks.get(value, (0, 0))
        ranks[value] = one + 1, zero
    for value in zeros:
        one, zero = ranks.get(value, (0, 0))
        ranks[value] = one, zero + 1
    below, wins = 0, 0.0
    for _, (one, zero) in sorted(ranks.items()):
        wins += one * (below + zero / 2)
        below += zero
    share = wins / (len(ones) * len(zeros))
    return max(share, 1 - share)


Attack = Callable[[Secret, random.Random, Twin], Awaitable[Seen]]


async def best_auc(attack: Attack, twin: Twin, rng: random.Random, trials: int) -> float:
    """Run pairs of worlds with the same chance; take whatever number tells them apart best."""
    worlds: dict[Secret, list[Seen]] = {True: [], False: []}
    for _ in range(trials):
        chance = rng.getrandbits(64)
        for secret, seen in worlds.items():
            seen.append(await attack(secret, random.Random(chance), twin))
    columns = zip(*worlds[True], strict=True), zip(*worlds[False], strict=True)
    return max(auc(one, zero) for one, zero in zip(*columns, strict=True))


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
    assert await best_auc(attack, broken, rng, trials=30) > 0.9


@pytest.mark.parametrize("name", ATTACKS)
@on_test_clock
async def test_the_attacker_cannot_tell_the_worlds_apart(name: str, rng: random.Random) -> None:
    attack, _ = ATTACKS[name]
    assert await best_auc(attack, Twin(), rng, trials=TRIALS) <= AUC_MAX
