"""`python -m bench SCENARIO`: puts one question to the server; without a name, lists them all."""

from __future__ import annotations

import os
import resource
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from types import FrameType

from bench.errors import EXIT_UNUSABLE, UnusableError
from bench.scenarios import SCENARIOS

EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


def main(arguments: Sequence[str]) -> int:
    """Run one scenario; its exit code is 0, 1 (a promise broken) or 2 (nothing measured)."""
    parser = ArgumentParser(prog="python -m bench", description=__doc__)
    verbs = parser.add_subparsers(dest="scenario", metavar="SCENARIO")
    for scenario in SCENARIOS:
        scenario.add_arguments(
            verbs.add_parser(scenario.name, help=scenario.question, description=scenario.question)
        )
    chosen = parser.parse_args(arguments)
    for scenario in SCENARIOS:
        if scenario.name == chosen.scenario:
            try:
                return scenario.run(chosen)
            except UnusableError as exc:
                print(f"bench: {exc}", file=sys.stderr)
                return EXIT_UNUSABLE
    for scenario in SCENARIOS:
        print(f"{scenario.name:10} {scenario.question}")
    return 0


def _terminated(_: int, __: FrameType | None) -> None:
    # An exception, so that every server that was started is ended on the way out.
    raise SystemExit(EXIT_TERMINATED)


def _raise_open_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _terminated)
    _raise_open_files()
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader of stdout went away; what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_UNUSABLE)
