"""Limits: every bound of engine/limits*.py names its unit and gives its reason."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT, syntax

FILES = sorted((ROOT / "engine").glob("limits*.py"))
each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)

# Units that are not a plural. A plural noun (`..._EVENTS_MAX`, `..._BYTES`) is a unit by itself.
UNITS = {"S", "MS", "US", "KM", "M", "RATIO", "SHARE", "PERCENT", "DEPTH"}

# These hold one kind of thing each, and a bound of them counts those things.
COUNTED = {"MAILBOX", "BATCH", "PAGE", "OUTBOX", "BACKLOG", "INTEGER", "QUARANTINED"}


def constants(file: Path) -> list[tuple[str, ast.stmt]]:
    """List the module's constants in the order of the file."""
    found: list[tuple[str, ast.stmt]] = []
    for node in syntax(file).body:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        found += [(t.id, node) for t in targets if isinstance(t, ast.Name) and t.id.isupper()]
    return found


def has_reason(node: ast.stmt, lines: list[str]) -> bool:
    """Tell whether a comment stands directly above a constant, or above its block."""
    above = node.lineno - 2
    while above >= 0 and lines[above].strip() and not lines[above].lstrip().startswith("#"):
        above -= 1
    return above >= 0 and lines[above].lstrip().startswith("#")


def names_its_unit(constant: str) -> bool:
    """Tell whether a name says what its number counts or measures."""
    return any(
        word in UNITS or word in COUNTED or (word.endswith("S") and len(word) > len("MS"))
        for word in constant.split("_")
    )


def test_there_are_limits() -> None:
    assert len(FILES) > 1
    assert all(constants(file) for file in FILES)


@each_file
def test_every_limit_gives_its_reason(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [constant for constant, node in constants(file) if not has_reason(node, lines)] == []


@each_file
def test_every_limit_names_its_unit(file: Path) -> None:
    assert [constant for constant, _ in constants(file) if not names_its_unit(constant)] == []


@pytest.mark.parametrize(
    ("constant", "good"),
    [
        ("OUTBOX_BYTES_MAX", True),
        ("HELLO_WITHIN_S", True),
        ("CONTROL_FRAMES_PER_MINUTE_MAX", True),
        ("BUFFER_MAX", False),
        ("MAX", False),
        ("TIMEOUT", False),
    ],
)
def test_the_rule_of_units_can_fail(constant: str, good: bool) -> None:  # noqa: FBT001
    assert names_its_unit(constant) is good
