"""Many actors: found or started by key, put away when idle, set aside when sick, drained."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from actors.registry import Registry
from actors.replies import Waiter
from actors.runtime import Actor
from engine.errors import Unavailable
from engine.limits import IDLE_S, QUARANTINE_S
from engine.ports.meter import NoMeter
from tests.actors.lab import Ask, Echo, Lab, outcome
from tests.actors.world import on_test_clock


class Zoo:
    """A registry of echoes."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.loads: dict[str, int] = {}
        self.ended: list[str] = []
        self.sick: set[str] = set()
        self.registry: Registry[str, Any] = Registry(
            "zoo",
            self.load,
            nursery=nursery,
            mailbox_max=8,
            meter=NoMeter(),
            ended=self.ended.append,
        )

    async def load(self, key: str, actor: Actor[Any]) -> Echo:
        """Load one, or crash."""
        lab = Lab()
        lab.actor = actor
        self.loads[key] = lab.loads = self.loads.get(key, 0) + 1
        if key in self.sick:
            raise RuntimeError("a bug")
        return Echo(lab)

    async def hear(self, key: str, word: str) -> str:
        """Ask one animal."""
        waiter: Waiter[str] = Waiter()
        self.registry.tell(key, Ask(word, waiter))
        return await outcome(waiter)


@on_test_clock
async def test_the_idle_are_put_away_and_come_back_when_called() -> None:
    async with trio.open_nursery() as nursery:
        zoo = Zoo(nursery)
        assert await zoo.hear("a", "x") == "x 1 1"
        await trio.sleep(IDLE_S - 1)
        zoo.registry.sweep()
        assert len(zoo.registry) == 1
        await trio.sleep(2)
        zoo.registry.sweep()
        assert len(zoo.registry) == 0
        assert await zoo.hear("a", "y") == "y 2 1"
        await zoo.registry.drain()
    assert zoo.ended == ["a"]  # the second took over from the first without an end between


@on_test_clock
async def test_no_message_is_lost_around_putting_away() -> None:
    async with trio.open_nursery() as nursery:
        zoo = Zoo(nursery)
        for n in range(300):
            await zoo.hear("a", "x")
            await trio.sleep(IDLE_S)
            waiters: list[Waiter[str]] = [Waiter() for _ in range(3)]
            for waiter, early in zip(waiters, (n % 2 == 0, False, True), strict=True):
                if early:
                    zoo.registry.tell("a", Ask("x", waiter))
                zoo.registry.sweep()
                if not early:
                    zoo.registry.tell("a", Ask("x", waiter))
                if n % 3 == 0:
                    await trio.lowlevel.checkpoint()
            assert all([(await outcome(one)).startswith("x") for one in waiters])
        await zoo.registry.drain()


@on_test_clock
async def test_the_sick_are_set_aside_for_a_while_and_their_neighbours_live() -> None:
    async with trio.open_nursery() as nursery:
        zoo = Zoo(nursery)
        zoo.sick.add("a")
        while not zoo.registry.quarantined:
            assert await zoo.hear("a", "x") == "Unavailable"
        with pytest.raises(Unavailable):
            zoo.registry.tell("a", Ask("x"))
        assert zoo.registry.quarantined == 1
        assert zoo.ended == ["a"]
        assert await zoo.hear("b", "x") == "x 1 1"
        zoo.sick.clear()
        await trio.sleep(QUARANTINE_S + 1)
        assert (await zoo.hear("a", "x")).endswith(" 1")
        await zoo.registry.drain()


@on_test_clock
async def test_a_drained_registry_starts_nobody() -> None:
    async with trio.open_nursery() as nursery:
        zoo = Zoo(nursery)
        waiter: Waiter[str] = Waiter()
        zoo.registry.tell("a", Ask("sleep", waiter))
        await zoo.registry.drain()
        assert waiter.settled
        with pytest.raises(Unavailable):
            zoo.registry.tell("b", Ask("x"))
    assert len(zoo.registry) == 0
