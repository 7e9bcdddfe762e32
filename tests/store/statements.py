"""All statements that the adapters of PostgreSQL prepare, read from their sources."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ADAPTERS = Path(__file__).resolve().parent.parent.parent / "store" / "postgres"
STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\s[\s\S]*\s")
PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
# What `"...".format(...)`, `a + b` and f"..." give is a statement as much as a literal is.
COMPOSED = ast.JoinedStr | ast.BinOp | ast.Call


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement and the place it stands at."""

    place: str
    sql: str


def statements() -> list[Statement]:
    """Return each statement once, pieces of others left out."""
    found: dict[str, str] = {}
    for path in sorted(ADAPTERS.glob("[!_]*.py")):
        names = vars(importlib.import_module(f"store.postgres.{path.stem}"))
        for line, sql in _texts(ast.parse(path.read_text(encoding="utf-8")), names):
            found.setdefault(sql, f"{path.stem}:{line}")
    return [
        Statement(place, sql)
        for sql, place in found.items()
        if not PLACEHOLDER.search(sql)
        and not any(sql != other and other.startswith(sql) for other in found)
    ]


def _texts(tree: ast.AST, names: Mapping[str, object]) -> Iterator[tuple[int, str]]:
    """Walk down; what is composed is taken whole, and its pieces are not statements."""
    for node in ast.iter_child_nodes(tree):
        text = _text(node, names)
        if text is None:
            yield from _texts(node, names)
        elif STATEMENT.match(text):
            yield getattr(node, "lineno", 0), text


def _text(node: ast.AST, names: Mapping[str, object]) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, COMPOSED):
        return None
    if isinstance(node, ast.Call) and not _joins(node.func):
        return None
    try:
        value = eval(compile(ast.Expression(node), "<sql>", "eval"), dict(names))  # our own sources
    except Exception:  # noqa: BLE001  # made of what only a call knows: no statement is
        return None
    return value if isinstance(value, str) else None


def _joins(called: ast.expr) -> bool:
    return isinstance(called, ast.Attribute) and called.attr in {"format", "replace"}
