"""Mutants: each still finds its guard and its tests, so that the table cannot rot."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache

import pytest

from tests.mutants.mutant import Mutant, place_of
from tests.mutants.table import MUTANTS
from tests.sim.mutations import MUTATIONS
from tests.tidy.tree import ROOT, syntax, type_of_function

# What the messaging core promises: invariants of the design and rows of the table of faults.
PROMISED = {"I1", "I2", "I3", "I4", "I5"}


@cache
def names_in(file: str) -> set[str]:
    """List what stands at the top of a file of tests."""
    found: set[str] = set()
    for node in syntax(ROOT / file).body:
        if isinstance(node, (*type_of_function, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.add(node.targets[0].id)
    return found


def test_every_mutant_finds_its_guard() -> None:
    moved = []
    for mutant in MUTANTS:
        source = (ROOT / mutant.file).read_text("utf-8")
        try:
            mutant.applied(source)
        except LookupError as exc:
            moved.append(str(exc))
    assert moved == []


def test_a_mutant_is_still_python() -> None:
    for mutant in MUTANTS:
        if mutant.file.endswith(".py"):
            ast.parse(mutant.applied((ROOT / mutant.file).read_text("utf-8")), mutant.name)


def test_the_tests_that_mutants_name_are_there() -> None:
    places = {one: place_of(one) for mutant in MUTANTS for one in mutant.tests}
    gone = [
        one
        for one, (file, test) in places.items()
        if not (ROOT / file).is_file() or test not in names_in(file)
    ]
    assert gone == []


def test_no_two_mutants_have_one_name_or_are_one() -> None:
    names = Counter(mutant.name for mutant in MUTANTS)
    changes = Counter((mutant.file, mutant.old, mutant.new) for mutant in MUTANTS)
    assert [one for one, count in (names | changes).items() if count > 1] == []


def test_every_promise_has_a_guard_that_can_be_missed() -> None:
    assert PROMISED - {promise for mutant in MUTANTS for promise in mutant.promises} == set()


@pytest.mark.parametrize("times", [0, 2])
def test_a_guard_that_has_moved_is_noticed(times: int) -> None:
    mutant = Mutant("x", ("I1",), "engine/ids.py", "guard\n", "\n", ("tests/a.py::test_b",))
    with pytest.raises(LookupError):
        mutant.applied("guard\n" * times)


def test_every_mutation_of_the_simulation_finds_its_guard() -> None:
    for mutation in MUTATIONS:
        for edit in mutation.edits:
            edit.made()
