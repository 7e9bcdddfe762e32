"""Two worlds that differ by one secret, and how well an attacker tells them apart."""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from unittest.mock import patch

import trio

import actors.dispatcher
from engine.errors import Refused
from engine.ids import DeviceId, GroupId, MemberId
from engine.model.account import Gender
from engine.model.group import GroupDraft, GroupType, MemberProfile, MemberState, Role, Visibility
from engine.model.like import LikeReceipt, LikeRequest
from engine.model.policy import LikePolicy, Policy
from engine.ports.likes import FreshIds
from store.memory.sign_in_rows import DeviceRow
from store.memory.state import AccountRow, GroupRow, MemberRow
from tests.actors.world import Client, World, account
from tests.api.edge import Chance, Clock, Edge, Reply, make_edge

GROUP = GroupId("group00000000000")
PEOPLE = ("alice", "bob", "carol", "dan", "eve", "fay")
TRIALS = 300
AUC_MAX = 0.55

# Made anew for each answer, or from the bytes of its body, cursors and times included: the body is
# compared itself, without those.
_OF_ONE_ANSWER = frozenset({"x-request-id", "etag"})

Secret = bool
# Numbers for the classifier; bytes have to be equal in two worlds of the same chance.
Seen = tuple[float | bytes, ...]
Worlds = dict[Secret, list[Seen]]


@dataclass
class Twin:
    """What is broken on purpose."""

    tells_at_once: bool = False  # a like is told to its receiver, without a name
    step_s: float = LikePolicy().answer_step_s
    tick_s: float = LikePolicy().match_tick_s


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


async def run_pairs(attack: Attack, twin: Twin, rng: random.Random, trials: int) -> Worlds:
    """Run pairs of worlds with the same chance."""
    worlds: Worlds = {True: [], False: []}
    # Notices come with a nudge and are told when they are due: a look in between changes nothing.
    with patch.object(actors.dispatcher, "OUTBOX_POLL_S", 60.0):
        for _ in range(trials):
            chance = rng.getrandbits(64)
            for secret, seen in worlds.items():
                seen.append(await attack(secret, random.Random(chance), twin))
    return worlds


def best_auc(worlds: Worlds) -> float:
    """Take whatever number tells the worlds apart best."""
    columns = zip(zip(*worlds[True], strict=True), zip(*worlds[False], strict=True), strict=True)
    return max(
        auc(one, zero)
        for one, zero in columns
        if not any(isinstance(value, bytes) for value in one + zero)
    )


async def link_auc(
    linked: Callable[[Secret, random.Random, str], Awaitable[Seen]],
    leak: str,
    rng: random.Random,
    trials: int,
) -> float:
    """Take whatever tells best whether two names are one person, where a twin leaks so."""
    return best_auc(
        await run_pairs(lambda secret, chance, _: linked(secret, chance, leak), Twin(), rng, trials)
    )


def differing(worlds: Worlds) -> int:
    """Count the pairs of worlds of which any byte differs; numbers are for the classifier."""
    told = {secret: [_bytes_of(seen) for seen in some] for secret, some in worlds.items()}
    return sum(one != zero for one, zero in zip(told[True], told[False], strict=True))


def _bytes_of(seen: Seen) -> list[bytes]:
    return [part for part in seen if isinstance(part, bytes)]


# The worlds of a pair follow each other on one clock: of a time only its place between two ticks
# can be compared, as a number. A cursor is sealed with fresh chance each time; its length is kept.
_TIME = re.compile(rb"(?<=:)1[67]\d{11}(?=[,}])")
_CURSOR = re.compile(rb'"cursor":"[\w=-]+"')


class Visitor:
    """Somebody who calls REST; all that comes back is kept, with the moment at which it came."""

    def __init__(self, world: World, name: str, edge: Edge) -> None:
        self.account = account(name)
        self.kept: list[float | bytes] = []
        self._edge = edge
        self._device = DeviceId(f"device{name:0>10}")
        row = DeviceRow(self._device, self.account, b"", 2**50)
        world.memory.devices[self._device] = row

    async def call(
        self, method: str, path: str, body: object = None, key: str | None = None
    ) -> Reply:
        """Call a route."""
        asked_s = trio.current_time()
        token = self._edge.keys.issuer.issue(self.account, self._device, now_ms=self._edge.clock())
        reply = await self._edge.call(method, path, body, token=token, key=key)
        # The id of a request is chance of its own, 96 bits for each.
        headers = {
            name: "" if name in _OF_ONE_ANSWER else reply.headers[name] for name in reply.headers
        }
        head = "\n".join(f"{name}: {value}" for name, value in sorted(headers.items()))
        self.kept += [
            reply.status,
            len(reply.data),
            round(trio.current_time() - asked_s, 6),
            head.encode(),
            sum(int(time) % 2_000 for time in _TIME.findall(reply.data)),
            _CURSOR.sub(rb'"cursor":""', _TIME.sub(b"0", reply.data)),
        ]
        return reply

    async def look(self, paths: Sequence[str]) -> None:
        """Read some routes."""
        for path in paths:
            await self.call("GET", path)


# What somebody can read of themselves, and of a group.
OWN = (f"/v1/groups/{GROUP}/likes", "/v1/matches", "/v1/rooms", "/v1/credits")
OTHERS = (
    f"/v1/groups/{GROUP}",
    f"/v1/groups/{GROUP}/members?limit=13",
    f"/v1/groups/{GROUP}/likes/received",
    f"/v1/groups/{GROUP}/likes/shown",
)


def edge_of(world: World, policy: Policy) -> Edge:
    """Put the REST application in front of a world's store, node and clock.

    Its routes are entered once and not for each of hundreds of worlds: that would be half the time.
    """
    edge, chance = _front(policy.likes.answer_step_s, policy.likes.match_tick_s)
    chance.count = 0
    assert isinstance(edge.clock, NodeClock)
    edge.clock.turn_to(world)
    for name, value in (("desk", world.node.likes), ("policy", policy)):
        object.__setattr__(edge.services, name, value)
    return edge


@cache
def _front(*_: float) -> tuple[Edge, Chance]:
    chance, clock = Chance(), NodeClock()
    store = AnyStore(clock)
    return make_edge(store, policy=Policy(limited=False), clock=clock, chance=chance), chance


class Port:
    """One port of whatever store there is at the moment of a call."""

    def __init__(self, find: Callable[[], object]) -> None:
        self._find = find

    def __getattr__(self, name: str) -> object:
        return getattr(self._find(), name)


class AnyStore:
    """The store of the world that a clock shows."""

    def __init__(self, clock: NodeClock) -> None:
        self._clock = clock

    def __getattr__(self, name: str) -> Port:
        return Port(lambda: getattr(self._clock.world.store, name))


class NodeClock(Clock):
    """The clock of a world, as the edge asks for it."""

    def __init__(self) -> None:
        super().__init__(now_ms=0)  # from here on: how far it is ahead of the world
        self._world: World | None = None

    @property
    def world(self) -> World:
        """The world whose time it shows."""
        assert self._world is not None
        return self._world

    def turn_to(self, world: World) -> None:
        """Show the time of another world from now on."""
        self._world, self.now_ms = world, 0

    def __call__(self) -> int:
        return self.world.parts.now_ms() + self.now_ms
