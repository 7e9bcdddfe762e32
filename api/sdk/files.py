"""The files of the client: one for each module of routes, and one for what they share."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import msgspec

from api.app import all_routes
from api.rest.openapi import make_document
from api.sdk.calls import function, schemas_of
from api.sdk.models import PAGE, Json, definition, named
from api.settings import Environment

CLIENT_FOLDER = Path(__file__).resolve().parents[1] / "client"
SHARED = "shared"
MADE = '"""Written by `python -m api.sdk`'
IMPORTS = """
from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct, UnsetType

"""
# A problem is the answer of every call that fails.
ALWAYS_SHARED = {"Problem"}


def written() -> dict[str, str]:
    """Return the text of each file by its name."""
    routes = all_routes(Environment.DEV)
    document = msgspec.json.decode(msgspec.json.encode(make_document(routes)))
    schemas = document["components"]["schemas"]
    modules: dict[str, list[tuple[str, str, Json]]] = {}
    for route in (route for route in routes if route.spec.documented and not route.sends_on):
        module = route.handler.__module__.rpartition(".")[2]
        operation = document["paths"][route.path][route.method.lower()]
        modules.setdefault(module, []).append((route.method, route.path, operation))
    types = {
        module: _reached([s for *_, operation in calls for s in schemas_of(operation)], schemas)
        for module, calls in modules.items()
    }
    uses = Counter(name for used in types.values() for name in used)
    shared = {name for name, count in uses.items() if count > 1} | ALWAYS_SHARED
    # What something shared speaks of has to stand beside it.
    shared |= _reached([schemas[name] for name in shared], schemas)
    texts = {SHARED: _head("what several modules share") + _definitions(shared, schemas)}
    for module, calls in modules.items():
        own = types[module] - shared
        texts[module] = _head(f"the calls of {module}") + _shared_imports(types[module] & shared)
        texts[module] += _definitions(own, schemas)
        texts[module] += "".join(function(*call, schemas) for call in calls)
    return {f"{module}.py": _formatted(text) for module, text in texts.items()}


def _reached(begin: list[Json], schemas: Json) -> set[str]:
    """Return the names of all types that these schemas lead to, pages left out."""
    found: set[str] = set()
    waiting = [name for schema in begin for name in named(schema)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += named(schemas[name])
    return {name for name in found if not PAGE.fullmatch(str(schemas[name].get("title", "")))}


def _head(subject: str) -> str:
    return f'{MADE}, not by hand: {subject}."""\n{IMPORTS}'


def _shared_imports(names: set[str]) -> str:
    lines = "from api.client.call import Call, Page, path\n"
    return lines + f"from api.client.shared import {', '.join(sorted(names))}\n" if names else lines


def _definitions(names: set[str], schemas: Json) -> str:
    """Write types in the order of the document."""
    return "\n\n" + "".join(definition(n, schemas[n], schemas) for n in schemas if n in names)


def _formatted(text: str) -> str:
    """Return the text as the formatter writes it, without the imports that nothing needs."""
    ruff = [sys.executable, "-m", "ruff"]
    for words in (["check", "--quiet", "--fix", "--select", "F401,I"], ["format", "--quiet"]):
        text = subprocess.run(  # noqa: S603  # our own words
            [*ruff, *words, "--stdin-filename", str(CLIENT_FOLDER / "any.py"), "-"],
            input=text, capture_output=True, check=True, text=True,
        ).stdout  # fmt: skip
    return text
