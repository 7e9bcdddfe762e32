"""One seed is one world: people chat in several rooms while actors crash and the store fails.

A failure names its seed, and that seed is the same world again: storms can be replayed by number.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import trio
from trio._core import _run as trio_run
from trio.testing import MockClock

from actors.commands import CloseRoom
from actors.replies import Waiter
from actors.room import RoomBehaviour
from engine.errors import Outage, Unavailable
from engine.ids import RoomId
from engine.rooms.events import EventName
from tests.actors.world import PEOPLE, Client, World, open_world, room_id

ROOMS = 3
SECONDS = 25
SEEDS = range(24)

# Faults, each as a chance of one call.
APPEND_FAILS_BEFORE = 0.05
APPEND_FAILS_AFTER = 0.05
CLAIM_FAILS = 0.1
PAGE_FAILS = 0.1
HANDLER_CRASHES = 0.03


@contextmanager
def seeded_scheduler(seed: int) -> Iterator[None]:
    """Make trio's own choices by the seed: the one place that touches its private switch."""
    state = trio_run._r.getstate()
    trio_run._r.seed(seed)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(trio_run, "_ALLOW_DETERMINISTIC_SCHEDULING", True)
            yield
    finally:
        trio_run._r.setstate(state)


@dataclass
class Person:
    """Somebody with a phone: sends, resends by cid, loses the line, comes back by seq."""

    name: str
    rng: random.Random
    client: Client | None = None
    number: int = 0
    unsure: dict[tuple[RoomId, str], str] = field(default_factory=dict)  # to be sent again
    acked: dict[tuple[RoomId, str], int] = field(default_factory=dict)
    refused: set[tuple[RoomId, str]] = field(default_factory=set)
    views: dict[RoomId, list[tuple[int, str]]] = field(default_factory=dict)
    asked: dict[int, tuple[str, RoomId, str]] = field(default_factory=dict)
    read_to: int = 0

    def step(self, world: World) -> None:
        """Do one thing."""
        if self.client is None or self.client.line.closed is not None:
            self.connect(world)
        self.listen()
        room = room_id(self.rng.randrange(ROOMS))
        match self.rng.randrange(12):
            case 0:
                assert self.client is not None
                self.listen()
                self.client.drop()
            case 1:
                self.open(room)
            case 2:
                self.quietly({"op": "typing", "room": room, "on": True})
            case 3:
                self.quietly({"op": "read", "room": room, "seq": self.rng.randrange(30)})
            case 4 | 5 if self.unsure:
                room, cid = self.rng.choice(sorted(self.unsure))
                self.send(room, cid)
            case _:
                self.number += 1
                self.send(room, f"{self.name} {self.number}")

    def connect(self, world: World) -> None:
        """Come back: what had no answer is unsure, and each room is resumed."""
        for kind, room, cid in self.asked.values():
            if kind == "send" and (room, cid) not in self.acked:
                self.unsure[room, cid] = cid
        self.client, self.read_to = world.client(self.name), 0
        self.asked = {}
        for number in range(ROOMS):
            self.open(room_id(number))

    def open(self, room: RoomId) -> None:
        """Open a room from where it is known."""
        assert self.client is not None
        self.listen()
        view = self.views.get(room)
        fields: dict[str, Any] = {"limit": 200}
        if view is not None:
            fields["after"] = {"epoch": 1, "seq": view[-1][0] if view else 0}
        self.asked[self.client.say("room.open", room=room, **fields)] = ("open", room, "")

    def send(self, room: RoomId, cid: str) -> None:
        """Say something, or say it again."""
        assert self.client is not None
        self.asked[self.client.send(room, cid, cid)] = ("send", room, cid)

    def quietly(self, frame: dict[str, object]) -> None:
        """Send what has no answer."""
        assert self.client is not None
        self.client.say_raw(frame)

    def listen(self) -> None:
        """Take in what came, strictly: no hole, nothing before the room was opened."""
        assert self.client is not None
        heard = self.client.heard
        for said in heard[self.read_to :]:
            if "re" in said:
                self.answered(said)
            elif "seq" in said and "epoch" in said:
                self.saw(RoomId(said["room"]), said)
        self.read_to = len(heard)

    def answered(self, said: dict[str, Any]) -> None:
        """One op has its answer."""
        kind, room, cid = self.asked.pop(said["re"])
        if kind == "open" and said["ok"]:
            assert said["recovered"], "the log has served every gap"
            self.views.setdefault(room, [])
            for event in said["events"]:
                self.saw(room, event)
            assert said["seq"] == len(self.views[room]) or said.get("more")
        elif kind == "send":
            if said["ok"]:
                assert self.acked.setdefault((room, cid), said["seq"]) == said["seq"]
                self.unsure.pop((room, cid), None)
            elif said["code"] in {"unavailable", "busy"}:
                self.unsure[room, cid] = cid
            else:
                assert said["code"] == "room_closed", said
                self.refused.add((room, cid))
                self.unsure.pop((room, cid), None)

    def saw(self, room: RoomId, event: dict[str, Any]) -> None:
        """Keep an event; one that is known already must be the same."""
        view = self.views[room]
        entry = (event["seq"], event.get("body", event["ev"]))
        if event["seq"] <= len(view):
            assert view[event["seq"] - 1] == entry
        else:
            assert event["seq"] == len(view) + 1, f"{self.name} misses something in {room}"
            view.append(entry)


class Storm:
    """One world under one seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.people = [
            Person(name, random.Random(f"{seed} {name} {n}")) for name in PEOPLE for n in range(2)
        ]
        for n, one in enumerate(self.people):
            one.number = n * 1_000  # two phones of one person choose different cids
        self.raging = True
        self.crashes = self.failures = 0
        self.history: list[tuple[str, ...]] = []

    def fault(self, chance: float) -> None:
        """Raise now and then."""
        if self.raging and self.rng.random() < chance:
            self.failures += 1
            raise Unavailable

    async def main(self) -> None:
        """Storm, then calm, then look."""
        async with open_world(rooms=ROOMS) as world:
            world.log.before_append = lambda: self.fault(APPEND_FAILS_BEFORE)
            world.log.after_append = lambda: self.fault(APPEND_FAILS_AFTER)
            world.log.before_claim = lambda: self.fault(CLAIM_FAILS)
            world.log.before_page = lambda: self.fault(PAGE_FAILS)
            async with trio.open_nursery() as nursery:
                for one in self.people:
                    nursery.start_soon(self.live, world, one)
                nursery.start_soon(self.meddle, world)
            self.raging = False
            await self.calm(world)
            self.check(world)

    async def live(self, world: World, one: Person) -> None:
        """Let one person act for a while."""
        end = trio.current_time() + SECONDS
        while trio.current_time() < end:
            one.step(world)
            await trio.sleep(one.rng.choice([0.0, 0.005, 0.05, 0.5]))

    async def meddle(self, world: World) -> None:
        """Put rooms away, change their owner, slow the store down, end one of them."""
        for second in range(SECONDS):
            await trio.sleep(1)
            world.log.append_s = self.rng.choice([0.0, 0.001, 0.02, 0.5])
            world.log.claim_s = self.rng.choice([0.0, 0.01, 0.3])
            room = room_id(self.rng.randrange(ROOMS))
            if self.rng.random() < 0.1:
                world.row(room).fence += 1
            if self.rng.random() < 0.1:
                actor = world.node.rooms.registry.find(room)
                if actor is not None and actor.quiet:
                    actor.idle_since -= 100
                    world.node.rooms.registry.sweep()
            if second == SECONDS // 2 and self.rng.random() < 0.5:
                with suppress(Outage):
                    world.node.rooms.tell(room_id(ROOMS - 1), CloseRoom(Waiter()))

    async def calm(self, world: World) -> None:
        """Everybody comes back, sends again what was unsure, and reads to the end."""
        world.log.append_s = world.log.claim_s = 0.0
        await trio.sleep(60)
        for _ in range(6):
            for one in self.people:
                if one.client is None or one.client.line.closed is not None:
                    one.connect(world)
                one.listen()
                for number in range(ROOMS):
                    one.open(room_id(number))
                for room, cid in sorted(one.unsure):
                    one.send(room, cid)
            await trio.sleep(5)
            for one in self.people:
                one.listen()

    def check(self, world: World) -> None:
        """The log is gap-free, what was acknowledged is in it once, and all have seen all of it."""
        for number in range(ROOMS):
            room = room_id(number)
            events = world.row(room).events
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
            keys = [(event.sender, event.cid) for event in events if event.cid is not None]
            assert len(keys) == len(set(keys)), "said twice"
            ends = [n for n, e in enumerate(events) if e.name is EventName.CLOSED]
            assert ends in ([], [len(events) - 1])
            log = [(e.seq, str(e.content.get("body", e.name.value))) for e in events]
            self.history.append(tuple(str(entry) for entry in log))
            for one in self.people:
                assert one.views[room] == log, f"{one.name} has not seen {room} whole"
        for one in self.people:
            assert one.unsure == {}, "after the storm everything has an answer"
            for (room, cid), seq in one.acked.items():
                event = world.row(room).events[seq - 1]
                assert (event.sender, event.cid) == (one.name, cid)
            for room, cid in one.refused:
                assert cid not in {event.cid for event in world.row(room).events}


def run_storm(seed: int) -> Storm:
    """Run one world; crashes of the behaviour are part of it."""
    storm = Storm(seed)
    receive = RoomBehaviour.receive

    async def crashing(self: RoomBehaviour, batch: Any) -> None:  # noqa: ANN401
        crash = storm.raging and storm.rng.random() < HANDLER_CRASHES
        storm.crashes += crash
        if crash and storm.rng.random() < 0.5:
            raise RuntimeError("before")
        if (rest := receive(self, batch)) is not None:
            await rest
        if crash and not self._actor._held:
            raise RuntimeError("after")

    with pytest.MonkeyPatch.context() as patch, seeded_scheduler(seed):
        patch.setattr(RoomBehaviour, "receive", crashing)
        # A short memory, so that most resumes and many retries have to go to the store.
        patch.setattr("store.memory.rooms.ROOM_TAIL_EVENTS", 8)
        patch.setattr("engine.rooms.room.ROOM_TAIL_EVENTS", 8)
        patch.setattr("engine.rooms.room.ROOM_CIDS", 4)
        trio.run(storm.main, clock=MockClock(autojump_threshold=0))
    return storm


@pytest.mark.parametrize("number", SEEDS)
def test_a_storm_loses_nothing_and_doubles_nothing(number: int) -> None:
    storm = run_storm(number)
    assert storm.crashes + storm.failures > 5
    assert sum(len(one.acked) for one in storm.people) > 100


def test_one_seed_is_one_world() -> None:
    assert run_storm(3).history == run_storm(3).history
    assert run_storm(3).history != run_storm(4).history
