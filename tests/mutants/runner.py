"""Takes guards out of a copy of the tree, one at a time, and looks whether the tests notice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutant import Mutant, place_of
from tests.tidy.tree import ROOT, files

# For the tests of one file; the slowest starts a server and kills it a few times.
RUN_S_MAX = 300.0

# The store of bytecode goes by whole seconds and sizes: a changed file must look changed.
_OLDER_S = 10


@dataclass(frozen=True, slots=True)
class Tree:
    """A copy of the checkout that may be spoiled."""

    root: Path

    def run(self, tests: Collection[str]) -> dict[str, bool]:
        """Run tests; return for each that came to an end whether it passed."""
        files = {place_of(test)[0] for test in tests}
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "outcomes"
            _pytest(self.root, ["--outcomes", str(report), *tests], RUN_S_MAX * len(files))
            lines = report.read_text("utf-8").splitlines() if report.exists() else []
        return {test: outcome == "passed" for outcome, test in (one.split(" ", 1) for one in lines)}

    @contextmanager
    def without_guard(self, mutant: Mutant) -> Iterator[None]:
        """Apply a mutant while the block runs."""
        path = self.root / mutant.file
        source, times = path.read_text("utf-8"), path.stat()
        path.write_text(mutant.applied(source), "utf-8")
        os.utime(path, (times.st_atime, times.st_mtime - _OLDER_S))
        try:
            yield
        finally:
            path.write_text(source, "utf-8")
            os.utime(path, (times.st_atime, times.st_mtime))


@contextmanager
def copied_tree() -> Iterator[Tree]:
    """Copy what belongs to the checkout, without pictures, and forget the copy afterwards."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        root = Path(folder)
        for path in files():
            if path.suffix != ".png":
                to = root / path.relative_to(ROOT)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, to)
        yield Tree(root)


def judge(mutant: Mutant, outcomes: dict[str, bool]) -> str | None:
    """Say why a mutant was not caught as its row says; None if it was."""
    for test in mutant.tests:
        verdicts = _of(test, outcomes)
        if not verdicts:
            return f"{test} did not come to an end"
        if all(verdicts):
            return f"{test} does not notice"
    return None


def broken(tests: Iterable[str], outcomes: dict[str, bool]) -> list[str]:
    """List the tests that do not pass on the tree as it is, or are not there."""
    return [one for one in tests if not (found := _of(one, outcomes)) or not all(found)]


def _of(test: str, outcomes: dict[str, bool]) -> list[bool]:
    return [ok for one, ok in outcomes.items() if one == test or one.startswith(f"{test}[")]


def _pytest(root: Path, arguments: list[str], within_s: float) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.mutants.outcomes"]
    command += [
        "-p",
        "no:cacheprovider",
        "--hypothesis-profile",
        "mutants",
        "--hypothesis-seed",
        "1",
    ]
    command += ["--seed", "1"]
    child = subprocess.Popen(
        [*command, *arguments],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # so that what it started ends with it
    )
    try:
        child.wait(within_s)
    except subprocess.TimeoutExpired:
        pass  # what has no verdict by now has none
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
