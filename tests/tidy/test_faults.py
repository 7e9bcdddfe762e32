"""The page of faults says what is so: each row has guards, missed by the tests that it names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from tests.mutants.mutant import place_of
from tests.mutants.table import MUTANTS
from tests.tidy.tree import ROOT

PAGE = ROOT / "docs" / "faults.md"

# What money, the accounts, the groups and their facade were promised to stand.
PROMISED = {*range(36, 48), 56, 57, 58, *range(65, 72), 76, 79, *range(80, 87), 89, 91, 92}


def described() -> Mapping[int, set[str]]:
    """Return the files that the page names for each row."""
    rows = re.findall(
        r"^\| ([\d, ]+) \| [^|]+ \| ([^|]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    return {
        int(number): set(re.findall(r"`([^`]+)`", files))
        for numbers, files in rows
        for number in numbers.split(", ")
    }


def guarded() -> Mapping[int, set[str]]:
    """Return the files whose tests miss a guard of each row."""
    found = defaultdict[int, set[str]](set)
    for mutant in MUTANTS:
        for promise in mutant.promises:
            if promise.startswith("row "):
                found[int(promise.removeprefix("row "))] |= {
                    place_of(one)[0] for one in mutant.tests
                }
    return found


def test_the_page_has_each_row_that_has_a_guard_and_no_other() -> None:
    assert described().keys() == guarded().keys()
    assert PROMISED - described().keys() == set()


def test_the_files_that_the_page_names_hold_tests_that_miss_a_guard_of_the_row() -> None:
    found = guarded()
    wrong = {row: files - found[row] for row, files in described().items()}
    assert {row: files for row, files in wrong.items() if files} == {}
