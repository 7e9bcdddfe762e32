"""A node over the memory twin, clients without sockets, and a store that can fail."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial, wraps
from itertools import count
from typing import Any, ParamSpec

import trio
from trio.testing import MockClock

from actors.line import Line
from actors.node import Node, NodeParts, open_node
from actors.session import Session
from actors.solving import SolvingHere
from engine.errors import Unavailable
from engine.ids import AccountId, Alias, DeviceId, NodeId, RoomId
from engine.model.account import Gender
from engine.model.policy import Policy
from engine.model.reveal import Revealable
from engine.ports.bus import Bus
from engine.ports.meter import NoMeter
from engine.rooms.events import Append, Occupant, Outcome, Page, Reactions, RoomKind, Snapshot
from engine.wire.close_codes import CloseCode
from engine.wire.codec import Codec
from engine.wire.websocket import Opcode
from store.bundle import Chance, StoreBundle
from store.memory import open_memory_store
from store.memory.rooms import MemoryRoomLog
from store.memory.state import AccountRow, Memory, RoomMemberRow, RoomRow
from tests.builders import make_event
from tests.builders_wire import server_frames

Hook = Callable[[], object]
P = ParamSpec("P")


def on_test_clock(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Run an async test on a clock that jumps over every wait; no real time passes."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        trio.run(partial(test, *args, **kwargs), clock=MockClock(autojump_threshold=0))

    return run


class FaultyLog:
    """The memory log behind a switchboard: each hook may raise, and the pauses take time."""

    def __init__(self, memory: Memory) -> None:
        self._log = MemoryRoomLog(memory)
        self.before_append: Hook = lambda: None
        self.after_append: Hook = lambda: None
        self.before_claim: Hook = lambda: None
        self.before_page: Hook = lambda: None
        self.append_s = 0.01
        self.claim_s = 0.0
        self.appends: list[Sequence[Append]] = []
        self.claims = 0
        self.looks: list[dict[RoomId, int]] = []

    async def claim(
        self, rooms: Sequence[RoomId], owner: NodeId, *, now_ms: int
    ) -> Sequence[Snapshot]:
        """Claim, or fail."""
        self.claims += 1
        await trio.sleep(self.claim_s)
        self.before_claim()
        return await self._log.claim(rooms, owner, now_ms=now_ms)

    async def append(self, appends: Sequence[Append]) -> Sequence[Outcome]:
        """Write, and fail before it, after it, or not at all."""
        self.appends.append(appends)
        await trio.sleep(self.append_s)
        self.before_append()
        outcomes = await self._log.append(appends)
        self.after_append()
        return outcomes

    async def taken(self, held: Mapping[RoomId, int]) -> Sequence[RoomId]:
        """Read, or fail."""
        self.looks.append(dict(held))
        self.before_page()
        return await self._log.taken(held)

    async def page(
        self, room: RoomId, *, after: int | None, before: int | None, limit: int
    ) -> Page:
        """Read, or fail."""
        self.before_page()
        return await self._log.page(room, after=after, before=before, limit=limit)

    async def occupants(self, room: RoomId) -> Sequence[Occupant]:
        """Read, or fail."""
        self.before_page()
        return await self._log.occupants(room)

    async def revealable(
        self, room: RoomId, *, now_ms: int, timezone: str
    ) -> Mapping[Alias, Revealable]:
        """Read, or fail."""
        self.before_page()
        return await self._log.revealable(room, now_ms=now_ms, timezone=timezone)

    async def reactions(self, room: RoomId, target: int) -> Reactions:
        """Read, or fail."""
        self.before_page()
        return await self._log.reactions(room, target)


def fail_times(times: int, error: Callable[[], BaseException] = Unavailable) -> Hook:
    """Make a hook that raises `times` times and is harmless after."""
    left = [times]

    def hook() -> None:
        if left[0] > 0:
            left[0] -= 1
            raise error()

    return hook


class FakeLine(Line):
    """A line whose client reads at once; it ends its session as the real one does."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self.frames: list[bytes] = []
        self.closed: CloseCode | None = None
        self.unread: list[bytes] = []
        self.resumed = 0

    def send(self, frame: bytes) -> None:
        """Keep a frame."""
        if self.closed is None:
            self.frames.append(frame)

    def send_ephemeral(self, frame: bytes) -> None:
        """Keep a frame."""
        self.send(frame)

    def close(self, code: CloseCode, reason: str = "") -> None:
        """End, once."""
        del reason
        if self.closed is None:
            self.closed = code
            assert self.session is not None
            self.session.end()

    def resume(self) -> None:
        """Give the session what it had no room for."""
        self.resumed += 1
        self.pump()

    def pump(self) -> None:
        """Deliver until the session is full."""
        assert self.session is not None
        while self.unread and not self.session.full and self.closed is None:
            self.session.receive(Opcode.TEXT, self.unread.pop(0))


class Client:
    """One connected person."""

    def __init__(self, node: Node, account: AccountId, device: str = "device") -> None:
        self.line = FakeLine()
        self.account = account
        self.session = Session(self.line, Codec.JSON, account, DeviceId(device), node)
        self.line.session = self.session
        node.people.enter(account, self.session)
        self._refs = count(1)
        self._heard: list[dict[str, Any]] = []
        self._read = 0

    def say(self, op: str, **fields: object) -> int:
        """Send an op; return its id."""
        ref = next(self._refs)
        self.say_raw({"op": op, "id": ref, **fields})
        return ref

    def say_raw(self, frame: object) -> None:
        """Send anything."""
        data = frame if isinstance(frame, bytes) else json.dumps(frame).encode()
        self.line.unread.append(data)
        self.line.pump()

    def send(self, room: RoomId, cid: str, body: str = "hi", **more: object) -> int:
        """Say something in a room."""
        return self.say("msg.send", room=room, cid=cid, kind="text", body=body, **more)

    @property
    def heard(self) -> list[dict[str, Any]]:
        """All that came, in its order."""
        frames, rest = server_frames(b"".join(self.line.frames[self._read :]))
        assert rest == b""
        self._read = len(self.line.frames)
        self._heard += [json.loads(payload) for _, payload in frames]
        return self._heard

    @property
    def replies(self) -> list[dict[str, Any]]:
        """The replies."""
        return [one for one in self.heard if "re" in one]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events."""
        return [one for one in self.heard if "ev" in one]

    @property
    def seqs(self) -> list[int]:
        """The seqs of all durable events."""
        return [one["seq"] for one in self.events if "epoch" in one]

    def reply(self, ref: int) -> dict[str, Any]:
        """The one reply to an op."""
        (found,) = [one for one in self.replies if one["re"] == ref]
        return found

    def drop(self) -> None:
        """The line goes down."""
        if self.line.closed is None:
            self.line.closed = CloseCode.NORMAL
            self.session.end()


@dataclass
class World:
    """A node and what it stands on."""

    node: Node
    memory: Memory
    log: FaultyLog
    parts: NodeParts
    store: StoreBundle
    accounts: dict[str, AccountId] = field(default_factory=dict)

    def client(self, name: str) -> Client:
        """Connect somebody."""
        return Client(self.node, account(name))

    def row(self, room: RoomId) -> RoomRow:
        """Look into the store."""
        return self.memory.rooms[room]


def account(name: str) -> AccountId:
    """Name an account."""
    return AccountId(f"account {name}")


def room_id(number: int) -> RoomId:
    """Name a room."""
    return RoomId(f"room{number:012d}")


ROOM = room_id(0)
PEOPLE = ("fox", "owl", "rat")


def add_room(
    memory: Memory,
    number: int = 0,
    people: Sequence[str] = PEOPLE,
    kind: RoomKind = RoomKind.GROUP,
) -> RoomId:
    """Put a room of these people into the store."""
    for name in people:
        memory.accounts.setdefault(
            account(name), AccountRow(account(name), None, name, 2000, Gender.OTHER)
        )
    members = {Alias(name): RoomMemberRow(Alias(name), account(name), name) for name in people}
    room = room_id(number)
    memory.rooms[room] = RoomRow(room, kind, None, 0, 0, members)
    return room


def make_chance() -> Chance:
    """Ids that count, on the clock of the test."""
    numbers = count(1)
    return Chance(
        now_ms=lambda: 1_700_000_000_000 + int(trio.current_time() * 1000),
        fresh_id=lambda: f"id{next(numbers):014d}",
        secret=bytes,
    )


@asynccontextmanager
async def open_world(
    *,
    policy: Policy | None = None,
    rooms: int = 1,
    dispatch: bool = True,
    memory: Memory | None = None,
    bus: Bus | None = None,
) -> AsyncIterator[World]:
    """Run a node with `rooms` rooms of fox, owl and rat; or over what another one has left."""
    memory, chance = memory or Memory(), make_chance()
    store, log = open_memory_store(chance=chance, memory=memory), FaultyLog(memory)
    if not memory.rooms:
        for number in range(rooms):
            add_room(memory, number)
    parts = NodeParts(
        log=log,
        likes=store.likes,
        outbox=store.outbox,
        push_looks=store.push_looks,
        tickets=store.tickets,
        solving=SolvingHere(),
        policy=policy or Policy(limited=False),
        meter=NoMeter(),
        now_ms=chance.now_ms,
        fresh_id=chance.fresh_id,
        bus=bus,
    )
    async with open_node(parts, dispatch=dispatch) as node:
        yield World(node, memory, log, parts, store)


async def settle(seconds: float = 1.0) -> None:
    """Let everything that is under way come to its end."""
    await trio.sleep(seconds)


def opened(world: World, *names: str) -> list[Client]:
    """Connect people and have them open the room."""
    clients = [world.client(name) for name in names]
    for client in clients:
        client.say("room.open", room=ROOM)
    return clients


def pair(world: World) -> RoomId:
    """Put the room of a match of fox and owl into the store."""
    return add_room(world.memory, 99, ("fox", "owl"), RoomKind.MATCH)


def fill(world: World, events: int) -> None:
    """Put a history into the store."""
    row = world.row(ROOM)
    row.events = [make_event(n) for n in range(1, events + 1)]
    row.by_cid = {(e.sender, e.cid): e for e in row.events if e.sender and e.cid}
