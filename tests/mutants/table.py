"""All mutants. A new guard gets a row in the file of its subject; a new subject gets a file."""

from __future__ import annotations

from tests.mutants import changes, log, processes
from tests.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (*log.MUTANTS, *changes.MUTANTS, *processes.MUTANTS)
