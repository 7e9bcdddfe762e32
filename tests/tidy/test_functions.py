"""Size and shape: nothing that has to be scrolled, no file that does not say what it is for."""

from __future__ import annotations

import ast

from tests.tidy.tree import PACKAGES, functions, name, sources, syntax

# A function that fits on a screen can be checked by eye.
FUNCTION_LINES_MAX = 60

# A file of this length still has one subject.
FILE_LINES_MAX = 400


def test_no_function_needs_scrolling() -> None:
    too_long = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path, node in functions()
        if (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert too_long == []


def test_no_file_has_two_subjects() -> None:
    lines = {name(path): len(path.read_text().splitlines()) for path in sources(everywhere())}
    assert {path: count for path, count in lines.items() if count > FILE_LINES_MAX} == {}


def test_every_file_says_what_it_is_for() -> None:
    silent = [name(path) for path in sources(everywhere()) if not ast.get_docstring(syntax(path))]
    assert silent == []


def test_nothing_imports_the_tests() -> None:
    wrong = [
        f"{name(path)}: {module}"
        for path in sources()
        for module in imports(syntax(path))
        if module.split(".")[0] == "tests"
    ]
    assert wrong == []


def imports(tree: ast.Module) -> list[str]:
    """List the modules that a file imports."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


def everywhere() -> tuple[str, ...]:
    """Name the packages and the tests: a file of tests is read as often as any other."""
    return (*PACKAGES, "tests")
