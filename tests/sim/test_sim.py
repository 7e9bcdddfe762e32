"""Many small worlds keep the promises, and one seed is one world."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest
import trio

from tests.sim.__main__ import plans
from tests.sim.faults import Faults
from tests.sim.world import CALM, SMALL, Plan, Violation, World, run_world
from tests.tidy.tree import ROOT

SMALL_WORLDS_PER_ROUND = 100  # hundreds in the suite, half a minute of CPU; thousands in a soak
PARTS = 8


def small(seed: int) -> Plan:
    """Lay out a small world."""
    return replace(SMALL, seed=seed)


@pytest.mark.parametrize("part", range(PARTS))
def test_small_worlds_keep_the_promises(part: int, rounds: int) -> None:
    struck: set[str] = set()
    for seed in range(part, rounds * SMALL_WORLDS_PER_ROUND, PARTS):
        struck |= set(run_world(small(seed)).switch.counts)
    assert len(struck) >= 8, f"hardly anything went wrong: {struck}"


@pytest.mark.parametrize("part", range(2))
def test_a_bus_that_loses_doubles_and_reorders_breaks_nothing(part: int, rounds: int) -> None:
    """ADR 0042: two processes at most times, and a third of what they say goes wrong."""
    faults = replace(Faults(), overlap_every_s=5.0)
    for seed in range(part, rounds * SMALL_WORLDS_PER_ROUND // 8, 2):
        run_world(replace(small(seed), bus=0.3, faults=faults))


def test_larger_worlds(rounds: int) -> None:
    """The suite takes the same seeds every time; `make soak` goes on to seeds nobody has seen."""
    for number in range(rounds):
        run_world(Plan(number))


def test_a_failure_says_how_to_see_it_again() -> None:
    for plan in (
        Plan(7, bus=0.5),
        small(8),
        Plan(9, people=100, seconds=3600.0, small_bounds=False),
    ):
        assert plans(plan.command.split()[3:]) == [plan]
    calm = Plan(1, faults=CALM)
    assert plans(calm.command.split()[3:]) == [calm]

    async def fails(world: World) -> None:
        await trio.lowlevel.checkpoint()
        world.fail("this")

    with pytest.raises(Violation, match="this") as failed:
        run_world(small(8), fails)
    assert failed.value.__notes__ == [small(8).command]


def test_one_seed_is_one_history() -> None:
    first, again, other = (run_world(small(seed)).history() for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_the_order_of_sets_and_dictionaries_does_not_matter() -> None:
    """Replay works in another process, whatever PYTHONHASHSEED is there."""
    said = {_replay(hash_seed) for hash_seed in ("1", "2")}
    assert len(said) == 1


def _replay(hash_seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.sim", "--seed", "5", "--seconds", "15"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.rpartition(",")[0]


def test_a_calm_world_rests_at_once() -> None:
    world = run_world(Plan(1, seconds=30.0, faults=CALM))
    assert world.converged_s <= 5.0
    assert world.switch.counts == {}
    assert sum(len(row.events) for row in world.memory.rooms.values()) > 50


@pytest.fixture(scope="module")
def busy_world() -> World:
    """A larger world, with everything that can go wrong."""
    return run_world(Plan(16, people=8, seconds=120.0))


def test_a_world_has_what_the_checkers_look_for(busy_world: World) -> None:
    """A simulation in which nothing happens proves nothing."""
    assert len(busy_world.truth.acks) > 200
    assert busy_world.frames > 2_000
    assert sum(client.connects for client in busy_world.clients) > 2 * len(busy_world.clients)
    assert any(fence > 3 for fence in busy_world.truth.fences.values())
    assert len(busy_world.bonds.told) > 5
    assert busy_world.bonds.revealed
    assert busy_world.truth.hidden.parted
