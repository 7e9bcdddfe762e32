"""A whole node in one process and one seed: production actors, engine and gateway, simulated rest.

Replaced are the kernel's sockets (`sockets`), the store (the memory twin behind `faults`), the
clock, chance, and the HTTP upgrade. One seed is one world: `run_world` twice gives one history.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import partial
from itertools import count
from typing import Any, cast

import trio
from cryptography.fernet import Fernet, MultiFernet

from actors.node import Node, NodeParts, open_node
from actors.solving import SolvingHere
from api.auth.tokens import Issuer, Verifier
from api.gateway.gateway import Gateway, GatewayParts
from api.gateway.handshake import Doorman, Entry
from engine.ids import AccountId, DeviceId, RoomId
from engine.model.policy import GroupPolicy, LikePolicy, Policy
from engine.ports.blocks import Blocks
from engine.ports.likes import Likes
from engine.ports.meter import NoMeter
from engine.wire.codec import Codec
from store.bundle import Chance, StoreBundle
from store.memory import open_memory_store
from store.memory.sign_in_rows import DeviceRow
from store.memory.state import Memory
from tests.sim.agenda import TICK_S, Agenda
from tests.sim.bonds import Bonds
from tests.sim.bounds import hold_to
from tests.sim.bus import Air
from tests.sim.checkers import Truth
from tests.sim.circle import populate
from tests.sim.clients import Client
from tests.sim.faults import (
    CALM,
    HARMLESS,
    Call,
    Faults,
    FlakyStore,
    Switch,
    drawn,
    make_rooms_crash,
)
from tests.sim.notices import Notices
from tests.sim.people import Person
from tests.sim.scheduler import seeded_scheduler
from tests.sim.sockets import SimHub, SimSocket

START_MS = 1_700_000_000_000
TOKEN_S = 300
_KEY = b"c2ltdWxhdGVkIGtleSBvZiBhIHdvcmxkIC0tLS0tLS0="


class Violation(AssertionError):
    """A promise was broken; the message says which, and how to see it again."""


# What of a plan can be given as an option of the same name.
REPLAYED = ("people", "rooms", "seconds", "message_every_s", "heart", "converge_s", "bus")


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of a world."""

    seed: int
    people: int = 6
    rooms: int = 4
    seconds: float = 60.0
    message_every_s: float = 3.0  # of each client
    heart: float = 0.2  # how much of what people do is of the heart, in a small circle
    faults: Faults | None = None  # None: drawn from the seed
    small_bounds: bool = True  # so that a small world reaches them
    bus: float = 0.0  # how much of what processes tell each other goes wrong; 0: there is no bus
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
        self.agenda = Agenda(random.Random(f"{plan.seed} agenda"))
        self.air = Air(plan.bus, self.switch, self.agenda, random.Random(f"{plan.seed} bus"))
        self.memory = Memory()
        self.truth = Truth(self.fail, self.memory)
        self.bonds = Bonds(self.memory, self.fail, self.now_ms)
        self.clients: list[Client] = []
        self.notices = Notices(self.clients)
        self.lives: list[Life] = []
        self.frames = 0
        self.wrong: list[str] = []
        self.healed = trio.Event()
        self.bounds: dict[str, int] = {}
        self.one_restart_at_a_time = trio.Lock()
        self.converged_s = -1.0
        self._history = hashlib.sha256()
        self._numbers, self._socket_numbers = count(1), count(1_000)
        self._wall_off_ms = self._wall_off_most_ms = 0
        self._crowded = False  # there have been two processes at once
        self._box = MultiFernet([Fernet(_KEY)])
        self._store: StoreBundle = open_memory_store(
            chance=Chance(self.now_ms, self.fresh_id, bytes), memory=self.memory
        )
        self.truth.hidden.calm = self._is_calm
        self._nursery: trio.Nursery | None = None
        self._flaky = FlakyStore(self.switch, self.agenda, self._tap)
        self.likes: Likes = self._flaky.around(self._store.likes)
        self.blocks: Blocks = self._flaky.around(self._store.blocks)
        self._policy = self._drawn_policy()
        self.people = populate(
            self.memory, self.bonds, people=plan.people, rooms=plan.rooms, rng=self.rng
        )
        for number, person in enumerate(self.people):
            for device in range(self.rng.choice((1, 1, 1, 2, 3))):
                self._add_client(person, number, device)

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

    def rooms_of(self, account: AccountId) -> list[RoomId]:
        """List the rooms of a person by REST."""
        now_ms, rooms = self.now_ms(), self.memory.rooms.values()
        return [one.room for one in rooms if one.visible_at <= now_ms and one.member_of(account)]

    @property
    def must_look(self) -> bool:
        """Whether a client may have missed an event, as where there is another process."""
        return self._crowded or self.bonds.clock_stepped

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

    def _tap(self, call: Call) -> None:
        """Let the checkers see a call of the store at the moment it takes effect."""
        self.truth.tap(call)
        self.bonds.tap(call)

    def record(self, who: str, said: bytes) -> None:
        """Put into the history what somebody was told, and when."""
        self.frames += 1
        self._history.update(b"%d %s " % (round(self.agenda.now_s / TICK_S), who.encode()) + said)

    def history(self) -> str:
        """Return the hash of all that anybody was told and of all that was stored."""
        for room, row in self.memory.rooms.items():
            self._history.update(f"{room} {row.fence} {row.events}".encode())
        self._history.update(f"{list(self.memory.likes.values())}".encode())
        return self._history.hexdigest()

    # --- people --------------------------------------------------------------------------

    def _drawn_policy(self) -> Policy:
        """Draw what a small circle lives by: people may like each other soon, and soon again."""
        return Policy(
            limited=self.plan.seed % 2 == 0,
            likes=LikePolicy(
                again_after_s=self.rng.choice((1, 60)), match_tick_s=self.rng.choice((0.1, 2.0))
            ),
            groups=GroupPolicy(matching_members_min=2, matching_per_side_min=1),
        )

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
            self._crowded = True
        self.lives.append(life)
        return life

    @property
    def life(self) -> Life:
        """Return the newest process."""
        return self.lives[-1]

    async def _live(self, *, task_status: trio.TaskStatus[Life]) -> None:
        around, store_, sockets = self._flaky.around, self._store, list[SimSocket]()
        outbox = FlakyStore(self.switch, self.agenda, partial(self.notices.tap, sockets))
        parts = NodeParts(
            log=around(store_.room_log),
            likes=self.likes,
            outbox=outbox.around(store_.outbox, bugs=False),
            push_looks=store_.push_looks,
            tickets=around(store_.tickets),
            solving=SolvingHere(),
            policy=self._policy,
            meter=NoMeter(),
            now_ms=self.now_ms,
            fresh_id=self.fresh_id,
            bus=self.air.end(),
        )
        with trio.CancelScope() as scope:
            async with open_node(parts) as node, trio.open_nursery() as nursery:
                gateway, hub = self._gateway(node), SimHub()
                make_rooms_crash(node.rooms.registry, self.switch)
                gateway.hub.close()
                gateway.hub = hub
                for work in (hub.read, hub.write, hub.sweep):
                    nursery.start_soon(work)
                task_status.started(Life(node, gateway, hub, scope, nursery, sockets))
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

    def _is_calm(self) -> bool:
        return len(self.lives) == 1 and self.switch.counts.keys() <= HARMLESS

    def step_clock(self) -> None:
        """Set the wall clock, forward or back."""
        most = int(self.switch.plan.clock_step_s_max * 1000)
        self._wall_off_ms = self.switch.rng.randint(-most, most)
        self._wall_off_most_ms = max(self._wall_off_most_ms, self._wall_off_ms)
        self.bonds.clock_stepped = True

    def set_clock(self) -> None:
        """Set the wall clock as far as it has ever been: all that was told lies in the past."""
        self._wall_off_ms = self._wall_off_most_ms

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
        """Whether everybody holds all there is, all was told, and no ghost is left."""
        sessions, now_ms = sum(len(life.hub) for life in self.lives), self.now_ms()
        return (
            sessions == len(self.clients)
            and not any(row.closing and not row.closed for row in self.memory.rooms.values())
            and not any(row.due_at <= now_ms for row in self.memory.outbox.values())
            and all(client.settled for client in self.clients)
            and not self.notices.missed()
        )

    def unsettled(self) -> str:
        """Say who or what has not come to rest."""
        rest = [f"{one.name} {one.describe()}" for one in self.clients if not one.settled]
        rest += [row.room for row in self.memory.rooms.values() if row.closing and not row.closed]
        rest += self.notices.missed()
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
