"""The committer: one transaction for all rooms, and one outcome for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest
import trio

from actors.committer import Committer
from actors.turns import Turns
from engine.errors import Busy, Unavailable
from engine.ids import Alias, RoomId
from engine.limits import COMMIT_EVENTS_MAX
from engine.model.reveal import Revealable
from engine.ports.meter import NoMeter
from engine.rooms.events import Append, Occupant, Outcome, Page, Reactions, Snapshot, Written
from tests.actors.world import on_test_clock
from tests.builders import make_event


class SlowLog:
    """Writes in a second; it refuses what it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.poison: str | None = None
        self.down = False

    async def append(self, appends: Sequence[Append]) -> Sequence[Outcome]:
        """Write, or fail."""
        self.batches.append([one.room for one in appends])
        await trio.sleep(1)
        if self.down:
            raise Unavailable
        if self.poison in self.batches[-1]:
            raise ValueError("cannot be encoded")
        return [Written() for _ in appends]

    async def claim(self, *_: object, **__: object) -> Sequence[Snapshot]:
        """Nothing is claimed here."""
        raise NotImplementedError

    async def taken(self, *_: object, **__: object) -> Sequence[RoomId]:
        """Nothing is read here."""
        raise NotImplementedError

    async def page(self, *_: object, **__: object) -> Page:
        """Nothing is read here."""
        raise NotImplementedError

    async def occupants(self, *_: object, **__: object) -> Sequence[Occupant]:
        """Nothing is read here."""
        raise NotImplementedError

    async def revealable(self, *_: object, **__: object) -> Mapping[Alias, Revealable]:
        """Nothing is read here."""
        raise NotImplementedError

    async def reactions(self, *_: object, **__: object) -> Reactions:
        """Nothing is read here."""
        raise NotImplementedError


class Bench:
    """A committer over a slow log."""

    def __init__(self) -> None:
        self.log = SlowLog()
        self.turns = Turns()
        self.committer = Committer(self.log, NoMeter(), self.turns)
        self.done: list[tuple[str, bool]] = []

    def submit(self, room: str, events: int = 1) -> None:
        """Have something written."""
        append = Append(RoomId(room), 1, 0, tuple(make_event(n) for n in range(events)), {})
        self.committer.submit(
            append, lambda outcome: self.done.append((room, isinstance(outcome, Written)))
        )


@asynccontextmanager
async def running() -> AsyncIterator[Bench]:
    """Run a committer, and drain it."""
    bench = Bench()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.committer.run)
        yield bench
        bench.committer.drain()


@on_test_clock
async def test_while_one_commit_is_under_way_the_next_fills_up() -> None:
    async with running() as bench:
        bench.submit("a")
        await trio.sleep(0.5)
        for room in "bcd":
            bench.submit(room)
        await trio.sleep(2)
        assert bench.log.batches == [["a"], ["b", "c", "d"]]
        assert bench.done == [(room, True) for room in "abcd"]


class Speaker:
    """A room that hands in with its turn."""

    def __init__(self, bench: Bench, room: str) -> None:
        self._bench = bench
        self._room = room

    def turn(self) -> None:
        """Hand in."""
        self._bench.submit(self._room)


@on_test_clock
async def test_who_waits_for_a_commit_hands_in_when_it_ends() -> None:
    async with running() as bench:
        bench.submit("a")
        await trio.sleep(0.5)
        for room in "bc":
            bench.turns.add_later(Speaker(bench, room))
        await trio.sleep(0.4)
        assert bench.committer.waiting == 0
        await trio.sleep(1.5)
        assert bench.log.batches == [["a"], ["b", "c"]]
        bench.turns.add_later(Speaker(bench, "d"))  # no commit is under way
        assert bench.committer.waiting == 0
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bench.turns.run)
            await trio.sleep(0.1)
            nursery.cancel_scope.cancel()
        assert bench.log.batches[2:] == [["d"]]


@on_test_clock
async def test_an_unknown_outcome_is_told_to_all_of_its_batch() -> None:
    async with running() as bench:
        bench.log.down = True
        bench.submit("a")
        bench.submit("b")
        await trio.sleep(1.5)
        bench.log.down = False
        bench.submit("a")
        await trio.sleep(2)
        assert bench.done == [("a", False), ("b", False), ("a", True)]


@on_test_clock
async def test_one_append_that_cannot_be_written_is_found_and_only_it_fails() -> None:
    async with running() as bench:
        bench.log.poison = "b"
        for room in "abc":
            bench.submit(room)
        await trio.sleep(10)
        assert bench.done == [("a", True), ("b", False), ("c", True)]
        bench.submit("d")
        await trio.sleep(2)
        assert bench.done[-1] == ("d", True)


@on_test_clock
async def test_a_commit_is_bounded_by_its_events() -> None:
    async with running() as bench:
        bench.submit("a", COMMIT_EVENTS_MAX // 2)
        bench.submit("b", COMMIT_EVENTS_MAX // 2)
        bench.submit("c")
        await trio.sleep(5)
        assert bench.log.batches == [["a", "b"], ["c"]]


@on_test_clock
async def test_draining_writes_what_waits() -> None:
    async with running() as bench:
        bench.submit("a")
        bench.committer.drain()
        bench.submit("b")
    assert bench.done == [("a", True), ("b", True)]


@on_test_clock
async def test_too_much_at_once_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.committer.COMMIT_ROOMS_MAX", 2)
    bench = Bench()
    bench.submit("a")
    bench.submit("b")
    with pytest.raises(Busy):
        bench.submit("c")


@on_test_clock
async def test_a_room_that_blows_up_on_its_outcome_does_not_end_the_commits() -> None:
    async with running() as bench:

        def explode(_: Outcome | None) -> None:
            raise RuntimeError("a bug in a room")

        bench.committer.submit(Append(RoomId("a"), 1, 0, (make_event(1),), {}), explode)
        bench.submit("b")
        await trio.sleep(2)
        assert bench.done == [("b", True)]
