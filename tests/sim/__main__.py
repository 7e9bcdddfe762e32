"""Live one world: `python -m tests.sim --seed N [--hours H] [--people P]`."""

from __future__ import annotations

import argparse
import sys
import time

from tests.sim.world import CALM, Plan, run_world


def main() -> None:
    """Run one seed, or a range of them, and print what came out."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--seeds", type=int, default=1, help="so many seeds, one after the other")
    parser.add_argument("--hours", type=float, default=None)
    parser.add_argument("--people", type=int, default=None)
    parser.add_argument("--calm", action="store_true", help="no faults")
    given = parser.parse_args()
    for seed in range(given.seed, given.seed + given.seeds):
        began = time.perf_counter()
        world = run_world(plan_of(seed, given.hours, given.people, calm=given.calm))
        events = sum(len(row.events) for row in world.memory.rooms.values())
        sys.stdout.write(
            f"seed {seed}: {world.history()} {events} events, {world.frames} frames, "
            f"at rest after {world.converged_s:.1f} s, {time.perf_counter() - began:.2f} s real, "
            f"faults {dict(sorted(world.switch.counts.items()))}\n"
        )


def plan_of(seed: int, hours: float | None, people: int | None, *, calm: bool) -> Plan:
    """Lay a world out; a large one has the real bounds and people who write less often."""
    faults = CALM if calm else None
    if hours is None and people is None:
        return Plan(seed, faults=faults)
    people = people or 6
    return Plan(
        seed,
        people=people,
        rooms=max(4, people),
        seconds=(hours or 1 / 60) * 3600,
        message_every_s=30.0 if people > 20 else 3.0,
        faults=faults,
        small_bounds=people <= 20,
    )


if __name__ == "__main__":
    main()
