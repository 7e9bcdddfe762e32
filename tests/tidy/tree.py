"""What the tidy tests look at: the files of the checkout, found once, read as text or as syntax."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("engine", "actors", "store", "api", "bench")

# Made by tools, never by a hand; only looked at where git cannot say what belongs to the tree.
MADE = {".git", ".venv", ".glimpse", "__pycache__", "node_modules", "build", "out"}

type_of_function = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def files() -> tuple[Path, ...]:
    """List every file that git tracks or would track; without git, every file that is not made."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    if listed.returncode == 0:
        found = {ROOT / name for name in listed.stdout.split("\0") if name}
    else:
        found = {path for path in ROOT.rglob("*") if not MADE & set(path.relative_to(ROOT).parts)}
    return tuple(sorted(path for path in found if path.is_file()))


def sources(of: Iterable[str] = PACKAGES) -> list[Path]:
    """List the Python files below the given top-level folders."""
    return [path for path in files() if path.suffix == ".py" and top(path) in set(of)]


def top(path: Path) -> str:
    """Name the top-level folder that a file lies in."""
    return path.relative_to(ROOT).parts[0]


def name(path: Path) -> str:
    """Name a file as a person would, from the top of the checkout."""
    return path.relative_to(ROOT).as_posix()


@cache
def syntax(path: Path) -> ast.Module:
    """Parse a file once for all tests."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=name(path))


def functions(
    of: Iterable[str] = PACKAGES,
) -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield every function and method below the given folders."""
    for path in sources(of):
        for node in ast.walk(syntax(path)):
            if isinstance(node, type_of_function):
                yield path, node


def text(path: Path) -> str:
    """Read a file as text, or as nothing where it is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
