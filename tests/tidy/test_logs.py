"""What a log may say: events are words of ours, and each field has a name that holds no person."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.tree import name, sources, syntax

LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}

# What happened where, to which route, and how often; `counts` of things may be given as one. A new
# field is neither what somebody typed nor whose it was (faults.md 63 and 84).
FIELDS = {
    *("code", "error", "method", "ms", "native", "reason", "request", "route", "status", "where"),
    *("acts", "answers", "clerk", "files", "held", "orders", "reports", "sent", "used"),
    "**counts",
}


def logged(tree: ast.Module) -> Iterator[ast.Call]:
    """Walk through all lines that a log is given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            whose = ast.unparse(node.func.value).rpartition(".")[2]
            if node.func.attr in LEVELS and ("log" in whose or "get_logger" in whose):
                yield node


def objections(tree: ast.Module) -> list[int]:
    """List the lines that say more than they may."""
    return [
        call.lineno
        for call in logged(tree)
        if len(call.args) != 1
        or not isinstance(call.args[0], ast.Constant)
        or not {one.arg or f"**{ast.unparse(one.value)}" for one in call.keywords} <= FIELDS
    ]


def all_sources() -> list[Path]:
    """List the code that runs in a process."""
    return sources(("api", "actors", "store", "engine"))


def test_a_line_of_the_log_is_a_word_and_fields_that_hold_nobody() -> None:
    found = [f"{name(path)}:{line}" for path in all_sources() for line in objections(syntax(path))]
    assert found == []
    assert sum(1 for path in all_sources() for _ in logged(syntax(path))) > 10


@pytest.mark.parametrize(
    "line",
    [
        '_log.info(f"signed in {phone}")',
        '_log.info("signed in %s", phone)',
        "self._log.error(str(error))",
        '_log.warning("said", text=text)',
        'get_logger("rest").info("liked", account=account)',
        '_log.info("said", **fields)',
    ],
)
def test_what_somebody_typed_or_whose_it_was_is_noticed(line: str) -> None:
    assert objections(ast.parse(line)) == [1]
