"""A whole node in one process and one seed: production actors, engine and gateway, simulated rest.

Replaced are the kernel's sockets (`sockets`), the store (the memory twin behind `faults`), the
clock, chance, and the HTTP upgrade. One seed is one world: `run_world` twice gives one history.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from itertools import count
from typing import Any, cast

import trio
from cryptography.fernet import Fernet, MultiFernet

from actors.node import Node, NodeParts, open_node
from actors.solving import SolvingHere
from api.auth.tokens import Issuer, Verifier
from api.gateway.gateway import Gateway, GatewayParts
from api.gateway.handshake import Doorman, Entry
from engine.ids import AccountId, Alias, DeviceId, GroupId, MatchId, RoomId
from engine.model.account import Gender
from engine.model.policy import Policy
from engine.ports.meter import NoMeter
from engine.rooms.events import RoomKind
from engine.wire.codec import Codec
from store.bundle import Chance, StoreBundle
from store.memory import open_memory_store
from store.memory.sign_in_rows import DeviceRow
from store.memory.state import AccountRow, MatchRow, Memory, RoomMemberRow, RoomRow
from tests.sim.agenda import TICK_S, Agenda
from tests.sim.bounds import hold_to
from tests.sim.checkers import Truth
from tests.sim.clients import Client
from tests.sim.faults import CALM, Faults, FlakyStore, Switch, drawn, make_rooms_crash
from tests.sim.people import Person
from tests.sim.scheduler import seeded_scheduler
from tests.sim.sockets import SimHub, SimSocket

START_MS = 1_700_000_000_000
TOKEN_S = 300
_KEY = b"c2ltdWxhdGVkIGtleSBvZiBhIHdvcmxkIC0tLS0tLS0="


class Violation(AssertionError):
    """A promise was broken; the message says which, and how to see it again."""


# What of a plan can be given as an option of the same name.
REPLAYED = ("people", "rooms", "seconds", "message_every_s", "converge_s")


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of a world."""

    seed: int
    people: int = 6
    rooms: int = 4
    seconds: float = 60.0
    message_every_s: float = 3.0  # of each client
    faults: Faults | None = None  # None: drawn from the seed
    small_bounds: bool = True  # so that a small world reaches them
    converge_s: float = 150.0  # after the last fault, all is well within this

    @property
    def command(self) -> str:
        """How to live this world again."""
        said = [f"python -m tests.sim --seed {self.seed}"]
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name in REPLAYED and value != one.default:
                said.append(f"--{one.name.replace('_', '-')} {value}")
        said += ["--calm"] * (self.faults == CALM) + ["--real-bounds"] * (not self.small_bounds)
        return " ".join(said)


# So small that a push can afford hundreds of them: a fifth of a second of real time.
SMALL = Plan(0, people=4, rooms=3, seconds=12.0, message_every_s=1.5)


@dataclass
class Life:
    """One process: a node and its gateway, until it is killed."""

    node: Node
    gateway: Gateway
    hub: SimHub
    scope: trio.CancelScope
    nursery: trio.Nursery
    sockets: list[SimSocket] = field(default_factory=list)
    open: bool = True


class World:
    """Everything of one seed."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.rng = random.Random(f"{plan.seed} world")
        faults = plan.faults or drawn(self.rng)
        self.switch = Switch(faults, random.Random(f"{plan.seed} faults"))
        self.truth = Truth(self.fail)
        self.agenda = Agenda(random.Random(f"{plan.seed} agenda"))
        self.memory = Memory()
        self.people: list[Person] = []
        self.clients: list[Client] = []
        self.lives: list[Life] = []
        self.frames = 0
        self.wrong: list[str] = []
        self.healed = trio.Event()
        self.bounds: dict[str, int] = {}
        self.one_restart_at_a_time = trio.Lock()
        self.converged_s = -1.0
        self._history = hashlib.sha256()
        self._numbers, self._socket_numbers = count(1), count(1_000)
        self._wall_off_ms = 0
        self._box = MultiFernet([Fernet(_KEY)])
        self._store: StoreBundle = open_memory_store(
            chance=Chance(self.now_ms, self.fresh_id, bytes), memory=self.memory
        )
        self._nursery: trio.Nursery | None = None
        self._flaky = FlakyStore(self.switch, self.agenda, self.truth.tap)
        self._populate()

    # --- what the parts are given --------------------------------------------------------

    def now_ms(self) -> int:
        """Tell the wall clock's time, which may jump."""
        return START_MS + self._wall_off_ms + int(self.agenda.now_s * 1000)

    def fresh_id(self) -> str:
        """Make an id."""
        return f"id{next(self._numbers):014d}"

    def token(self, account: AccountId, device: DeviceId) -> str:
        """Sign in by REST."""
        return Issuer(self._box).issue(account, device, now_ms=self.now_ms())

    def dial(self, codec: Codec) -> SimSocket | None:
        """Connect to any of the processes whose door is open."""
        doors = [life for life in self.lives if life.open and life.gateway._has_room()]
        if not doors:
            return None
        life: Any = self.rng.choice(doors)
        sock = SimSocket(next(self._socket_numbers), capacity=self._capacity())
        life.sockets.append(sock)
        life.gateway._shaking += 1
        life.gateway._parts.doorman.codecs[sock.number] = codec
        life.nursery.start_soon(life.gateway._welcome, sock, _let_in)
        return sock

    def _capacity(self) -> int:
        return self.rng.choice((2_048, 16_384, 262_144))

    def fail(self, what: str) -> None:
        """Note a broken promise; the first ends the world."""
        self.wrong.append(f"at {self.agenda.now_s:.3f} s: {what}")
        self.agenda.over = True
        if self._nursery is not None:
            self._nursery.cancel_scope.cancel()

    def record(self, who: str, said: bytes) -> None:
        """Put into the history what somebody was told, and when."""
        self.frames += 1
        self._history.update(b"%d %s " % (round(self.agenda.now_s / TICK_S), who.encode()) + said)

    def history(self) -> str:
        """Return the hash of all that anybody was told and of all that was stored."""
        for room, row in self.memory.rooms.items():
            self._history.update(f"{room} {row.fence} {row.events}".encode())
        return self._history.hexdigest()

    # --- people and rooms ----------------------------------------------------------------

    def _populate(self) -> None:
        plan, rng = self.plan, self.rng
        for number in range(plan.people):
            account = AccountId(f"ACCT{number:012d}")
            self.memory.accounts[account] = AccountRow(
                account, None, f"nick{number}", 2000, Gender.OTHER, show_read_marks=number % 3 > 0
            )
            self.people.append(Person(account, []))
        for number in range(plan.rooms):
            size = plan.people if number == 0 and plan.people <= 12 else rng.choice((2, 2, 3, 6))
            self._add_room(number, rng.sample(self.people, min(size, plan.people)))
        for number, person in enumerate(self.people):
            for device in range(rng.choice((1, 1, 1, 2, 3))):
                self._add_client(person, number, device)

    def _add_room(self, number: int, people: list[Person]) -> None:
        room, members = RoomId(f"room{number:012d}"), {}
        for place, person in enumerate(people):
            alias = Alias(f"alias{number:06d}{place:05d}")
            members[alias] = RoomMemberRow(alias, person.account, f"nick{place}")
            person.rooms.append(room)
        kind = RoomKind.MATCH if len(people) == 2 else RoomKind.GROUP
        group = GroupId("group00000000000")
        self.memory.rooms[room] = RoomRow(room, kind, group, 0, 0, members)
        if kind is RoomKind.MATCH:
            match = MatchId(f"match{number:011d}")
            sides = frozenset(person.account for person in people)
            self.memory.matches[match] = MatchRow(match, group, room, sides, 0)

    def _add_client(self, person: Person, number: int, device: int) -> None:
        name = f"p{number}d{device}"
        row = DeviceId(f"DEVI{number:06d}{device:06d}")
        far_ms = START_MS + 10**12
        self.memory.devices[row] = DeviceRow(row, person.account, row.encode(), far_ms)
        rng = random.Random(f"{self.plan.seed} {name}")
        self.clients.append(Client(self, person, row, name, rng))

    # --- processes -----------------------------------------------------------------------

    async def start_life(self) -> Life:
        """Start a process over the same store."""
        assert self._nursery is not None
        life: Life = await self._nursery.start(self._live)
        for older in self.lives:
            older.open = False  # new connections go to the newest
        self.lives.append(life)
        return life

    @property
    def life(self) -> Life:
        """Return the newest process."""
        return self.lives[-1]

    async def _live(self, *, task_status: trio.TaskStatus[Life]) -> None:
        around, store_ = self._flaky.around, self._store
        parts = NodeParts(
            log=around(store_.room_log),
            likes=around(store_.likes),
            outbox=around(store_.outbox, bugs=False),
            tickets=around(store_.tickets),
            solving=SolvingHere(),
            policy=Policy(limited=self.plan.seed % 2 == 0),
            meter=NoMeter(),
            now_ms=self.now_ms,
            fresh_id=self.fresh_id,
        )
        with trio.CancelScope() as scope:
            async with open_node(parts) as node, trio.open_nursery() as nursery:
                gateway, hub = self._gateway(node), SimHub()
                make_rooms_crash(node.rooms.registry, self.switch)
                gateway.hub.close()
                gateway.hub = hub
                for work in (hub.read, hub.write, hub.sweep):
                    nursery.start_soon(work)
                task_status.started(Life(node, gateway, hub, scope, nursery))
                await trio.sleep_forever()

    def _gateway(self, node: Node) -> Gateway:
        return Gateway(
            GatewayParts(
                node=node,
                accounts=self._flaky.around(self._store.accounts),
                directory=self._flaky.around(self._store.directory),
                verifier=Verifier(self._box, ttl_s=TOKEN_S),
                doorman=cast(Doorman, _OpenDoor()),
                meter=NoMeter(),
                now_ms=self.now_ms,
                fresh_id=self.fresh_id,
            )
        )

    def kill(self, life: Life) -> None:
        """End a process without a word; what its store calls do, they do."""
        life.open = False
        for sock in life.sockets:
            sock.die()
        any_node: Any = life.node
        any_node.drain = trio.lowlevel.checkpoint  # nothing is finished by who is killed
        life.scope.cancel()
        self.lives.remove(life)

    async def drain(self, life: Life) -> None:
        """End a process as SIGTERM does."""
        life.open = False
        await life.gateway.drain(life.node.drain)
        self.kill(life)

    async def unmatch(self) -> None:
        """Have somebody end a match by REST."""
        told = [one for one in self.memory.matches.values() if not one.ended]
        if told:
            match = self.rng.choice(told)
            await self._store.likes.end_match(match.match, min(match.sides), now_ms=self.now_ms())

    def step_clock(self) -> None:
        """Set the wall clock, forward or back."""
        most = int(self.switch.plan.clock_step_s_max * 1000)
        self._wall_off_ms = self.switch.rng.randint(-most, most)

    # --- the run -------------------------------------------------------------------------

    async def main(self, story: Callable[[World], Any]) -> None:
        """Run the world: trouble first, then peace until all is well."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            nursery.start_soon(self.agenda.run)
            await self.start_life()
            await story(self)
            self.agenda.over = True
            nursery.cancel_scope.cancel()

    @property
    def settled(self) -> bool:
        """Whether everybody holds all there is and no ghost is left."""
        sessions = sum(len(life.hub) for life in self.lives)
        closing = any(row.closing and not row.closed for row in self.memory.rooms.values())
        return (
            sessions == len(self.clients)
            and not closing
            and all(client.settled for client in self.clients)
        )

    def unsettled(self) -> str:
        """Say who or what has not come to rest."""
        rest = [f"{one.name} {one.describe()}" for one in self.clients if not one.settled]
        rest += [row.room for row in self.memory.rooms.values() if row.closing and not row.closed]
        return f"{sum(len(life.hub) for life in self.lives)} connections; {rest[:4]}"

    def check_end(self) -> None:
        """Check what can be said at the end; raises Violation for anything wrong."""
        if not self.wrong:
            self.truth.stored(self.memory.rooms)
        if self.wrong:
            raise Violation(self.wrong[0])


def _let_in(_: Entry) -> bool:
    """Count nobody by address: there are none here."""
    return True


class _OpenDoor:
    """Everybody comes in; the HTTP upgrade has tests of its own."""

    def __init__(self) -> None:
        self.codecs: dict[int, Codec] = {}

    async def admit(self, sock: Any) -> Entry | None:
        """Let in."""
        await trio.lowlevel.checkpoint()
        return Entry("/v1/ws", self.codecs.pop(sock.number))


def run_world(plan: Plan, story: Callable[[World], Any] | None = None) -> World:
    """Live one world to its end; raises Violation with the way to see it again."""
    from tests.sim.story import troubled  # noqa: PLC0415  # the stories are told about worlds

    world = World(plan)
    with seeded_scheduler(plan.seed), hold_to(world):
        try:
            trio.run(world.main, story or troubled, clock=world.agenda)
            world.check_end()
        except BaseException as exc:
            exc.add_note(plan.command)
            raise
    return world


__all__ = ["CALM", "REPLAYED", "SMALL", "Life", "Plan", "Violation", "World", "run_world"]
