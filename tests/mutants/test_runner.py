"""The runner tells a guard that is missed from one that is not; the cheapest guards every time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mutants.mutant import Mutant
from tests.mutants.runner import Tree, broken, copied_tree, judge
from tests.mutants.table import MUTANTS
from tests.tidy.tree import ROOT

# A start of pytest and a test of some milliseconds each; `make mutants` takes all of them.
QUICK = (
    "answers-before-the-commit",
    "a-room-does-not-look-at-its-memory-of-cids",
    "a-stale-owner-writes-to-the-twin",
    "another-epoch-is-resumed",
)
ONE = "tests/engine/rooms/test_room.py::test_a_message_is_pending_until_it_is_settled"
MANY = "tests/engine/test_ids.py::test_what_is_no_id"


@pytest.fixture(scope="module")
def tree() -> Iterator[Tree]:
    """A copy of this checkout."""
    with copied_tree() as copy:
        yield copy


def named(name: str) -> Mutant:
    """Find a mutant."""
    (found,) = [one for one in MUTANTS if one.name == name]
    return found


@pytest.mark.parametrize("name", QUICK)
def test_the_cheapest_guards_are_missed(tree: Tree, name: str) -> None:
    mutant = named(name)
    with tree.without_guard(mutant):
        assert judge(mutant, tree.run(mutant.tests)) is None
    assert (tree.root / mutant.file).read_bytes() == (ROOT / mutant.file).read_bytes()


def test_what_no_test_notices_is_told(tree: Tree) -> None:
    source = (ROOT / "engine/ids.py").read_text("utf-8")
    mutant = Mutant("nothing", ("I2",), "engine/ids.py", source, source + "\n", (ONE,))
    with tree.without_guard(mutant):
        assert judge(mutant, tree.run(mutant.tests)) == f"{ONE} does not notice"
    assert broken([ONE], tree.run([ONE])) == []


def test_a_file_that_cannot_be_imported_proves_nothing(tree: Tree) -> None:
    source = (ROOT / "engine/ids.py").read_text("utf-8")
    mutant = Mutant("syntax", ("I2",), "engine/ids.py", source, "def", (ONE,))
    with tree.without_guard(mutant):
        assert judge(mutant, tree.run(mutant.tests)) == f"{ONE} did not come to an end"


def test_a_test_with_parameters_fails_with_any_of_them() -> None:
    mutant = Mutant("any", ("I2",), "engine/ids.py", "a", "b", (MANY,))
    outcomes = {f"{MANY}[one]": True, f"{MANY}[two]": False, f"{MANY}_too": True}
    assert judge(mutant, outcomes) is None
    assert judge(mutant, {**outcomes, f"{MANY}[two]": True}) == f"{MANY} does not notice"
    assert broken([MANY], outcomes) == [MANY]
    assert broken([MANY], {f"{MANY}[one]": True}) == []
    assert broken([MANY], {}) == [MANY]
