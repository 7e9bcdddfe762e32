"""Live one world: `python -m tests.sim --seed N`, with the options that a failure prints."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from tests.sim.world import CALM, REPLAYED, Plan, run_world


def main() -> None:
    """Run one seed, or a range of them, and print what came out."""
    for plan in plans(sys.argv[1:]):
        began = time.perf_counter()
        world = run_world(plan)
        events = sum(len(row.events) for row in world.memory.rooms.values())
        sys.stdout.write(
            f"seed {plan.seed}: {world.history()} {events} events, {world.frames} frames, "
            f"at rest after {world.converged_s:.1f} s, "
            f"faults {dict(sorted(world.switch.counts.items()))}, "
            f"{time.perf_counter() - began:.2f} s real\n"
        )


def plans(arguments: Sequence[str]) -> list[Plan]:
    """Read the options: the plans of one world or of a range of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--seeds", type=int, default=1, help="so many seeds, one after the other")
    parser.add_argument("--calm", action="store_true", help="no faults")
    parser.add_argument("--real-bounds", action="store_true", help="the bounds of production")
    parser.add_argument(
        "--hour", action="store_true", help="an hour of 100 people, with the bounds of production"
    )
    usual: dict[str, Any] = {one.name: one.default for one in fields(Plan) if one.name in REPLAYED}
    for name, value in usual.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=None)
    given = parser.parse_args(arguments)
    if given.hour:
        usual.update(people=100, rooms=100, seconds=3600.0, message_every_s=60.0)
    own = {name: getattr(given, name) for name in usual}
    sizes = usual | {name: value for name, value in own.items() if value is not None}
    faults, small = CALM if given.calm else None, not (given.real_bounds or given.hour)
    return [
        Plan(seed, faults=faults, small_bounds=small, **sizes)
        for seed in range(given.seed, given.seed + given.seeds)
    ]


if __name__ == "__main__":
    main()
