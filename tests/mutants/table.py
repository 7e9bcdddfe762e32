"""All mutants: those of every file of this folder that has a row, so that nobody edits a list."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from tests.mutants.mutant import Mutant


def _gathered() -> tuple[Mutant, ...]:
    found: list[Mutant] = []
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        if "\nMUTANTS = (" in path.read_text("utf-8"):
            found += import_module(f"tests.mutants.{path.stem}").MUTANTS
    return tuple(found)


MUTANTS: tuple[Mutant, ...] = _gathered()
