"""Trio's own test of determinism, kept here: an upgrade that changes it tells us."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from tests.sim.scheduler import seeded_scheduler


async def trace() -> tuple[tuple[str, int], ...]:
    """Run tasks that race, and say in which order they ran."""
    seen: list[tuple[str, int]] = []

    async def tracer(name: str) -> None:
        for step in range(50):
            seen.append((name, step))
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        for number in range(5):
            nursery.start_soon(tracer, f"task {number}")
    return tuple(seen)


def of_seed(seed: int) -> tuple[tuple[str, int], ...]:
    """Run the race under one seed."""
    with seeded_scheduler(seed):
        return trio.run(trace, clock=MockClock(autojump_threshold=0))


def test_one_seed_is_one_order() -> None:
    for seed in range(5):
        assert of_seed(seed) == of_seed(seed)


def test_seeds_differ() -> None:
    assert len({of_seed(seed) for seed in range(10)}) == 10


def test_the_switch_is_put_back() -> None:
    run = trio._core._run
    before = run._ALLOW_DETERMINISTIC_SCHEDULING, run._r
    of_seed(1)
    assert (run._ALLOW_DETERMINISTIC_SCHEDULING, run._r) == before
