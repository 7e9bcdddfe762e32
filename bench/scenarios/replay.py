"""`python -m bench replay FILE`: plays the log of a pool again, also under other numbers."""

from __future__ import annotations

import json
import sys
import tomllib
from argparse import ArgumentParser, Namespace
from pathlib import Path
from statistics import quantiles

from bench.errors import EXIT_BROKEN_PROMISE, EXIT_OK, UnusableError
from bench.report import Figures
from bench.scenarios.scenario import Scenario
from bench.streams import day
from bench.tickets import Kind
from engine.matching.log import PoolLog
from engine.matching.replay import Outcome, numbers_of, replay
from engine.model.policy import policy_from
from engine.model.pool_policy import PoolPolicy

_TICKS, _EACH = 120, 6


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the log of a pool")
    parser.add_argument("--policy", type=Path, help="what if: of this file [pools] counts")
    parser.add_argument("--record", action="store_true", help="first write a log of a drawn day")
    parser.add_argument("--seed", type=int, default=1, help="of the day that is drawn")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(arguments: Namespace) -> int:
    if arguments.record:
        _record(arguments.file, arguments.seed)
    try:
        lines = arguments.file.read_bytes().splitlines(keepends=True)
        policy = numbers_of(lines)
        again: list[bytes] = []
        outcome = replay(lines, policy, again.append, exact=True)
        figures: Figures = {"scenario": "replay", "events": len(lines) - 1}
        same = again == lines
        figures |= {"same": same, **_figures("", outcome)}
        if arguments.policy is not None:
            other = policy_from(tomllib.loads(arguments.policy.read_text("utf-8"))).pools
            figures |= _figures("what_if_", replay(lines, other, lambda _: None, exact=False))
    except (OSError, ValueError) as exc:
        raise UnusableError(str(exc)) from exc
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:24} {value}")
    if not same:
        print("BROKEN: the log does not come out again as it is", file=sys.stderr)
    return EXIT_OK if same else EXIT_BROKEN_PROMISE


def _record(file: Path, seed: int) -> None:
    policy = PoolPolicy()
    with file.open("wb") as log:
        notes = PoolLog(policy, lambda line: void(log.write(line)))
        day(Kind.FRIEND, seed, policy, ticks=_TICKS, each=_EACH, notes=notes)


def void(_: int) -> None:
    """Forget how much was written."""


def _figures(prefix: str, outcome: Outcome) -> Figures:
    figures: Figures = {
        f"{prefix}joined": outcome.joined,
        f"{prefix}met": outcome.met,
        f"{prefix}score": outcome.score,
    }
    for side, waits in outcome.waits_ms.items():
        if len(waits) > 1:
            percentiles = quantiles(waits, n=20, method="inclusive")
            figures[f"{prefix}{side.value}_wait_p50_ms"] = round(percentiles[9])
            figures[f"{prefix}{side.value}_wait_p95_ms"] = round(percentiles[18])
    return figures


REPLAY = Scenario(
    "replay", "the log of a live pool: does it come out the same, and what if?", add_arguments, run
)
