"""The text of a type, from its schema in the OpenAPI document."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from textwrap import fill
from typing import cast

Json = Mapping[str, "Json"]

REF = "#/components/schemas/"
TEXT_COLUMNS = 96
SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
PAGE = re.compile(r"Page\[(\w+)\]")
PAGE_FIELDS = {"items", "cursor"}


def named(schema: Json) -> Iterator[str]:
    """Yield the names of the types that a schema speaks of itself; of a page, that of its items."""
    for key, value in schema.items():
        if key == "$ref":
            yield str(value).removeprefix(REF)
        elif isinstance(value, Mapping):
            yield from named(value)
        elif isinstance(value, list):
            for one in value:
                if isinstance(one, Mapping):
                    yield from named(one)


def annotation(schema: Json, schemas: Json, *, words: str = "") -> str:
    """Return how Python writes the type; `words` is what a choice of words is called here."""
    match dict(schema):
        case {"$ref": reference}:
            name = str(reference).removeprefix(REF)
            title = str(schemas[name]["title"])
            if PAGE.fullmatch(title):
                assert set(schemas[name]["properties"]) == PAGE_FIELDS, name
            return title
        case {"anyOf": kinds}:
            return " | ".join(annotation(kind, schemas, words=words) for kind in _list(kinds))
        case {"enum": values}:
            return words or _literal(_list(values))
        case {"type": "array", "items": items}:
            return f"list[{annotation(items, schemas)}]"
        case {"type": "object"}:
            return "dict[str, object]"
        case {"type": kind}:
            return SCALARS[str(kind)]
        case _:
            return "object"


def definition(name: str, schema: Json, schemas: Json) -> str:
    """Return a type that has a name: a structure, or a choice of words."""
    if "enum" in schema:
        return _choice(name, schema)
    properties, required = (
        schema.get("properties", {}),
        set(map(str, _list(schema.get("required", [])))),
    )
    before, fields = "", ""
    for field, kind in properties.items():
        words = ""
        if "enum" in kind and all(isinstance(value, str) for value in _list(kind["enum"])):
            words = f"{name}{field.title().replace('_', '')}"
            before += _choice(words, kind)
        text = annotation(kind, schemas, words=words)
        assert not keyword.iskeyword(field), f"{name}.{field}"
        fields += f"    {field}: {text if field in required else may_be_left_out(text)}\n"
    said = docstring(str(schema["description"]))
    bases = "Struct, frozen=True, kw_only=True, omit_defaults=True"
    return f"{before}class {name}({bases}):\n{said}\n{fields}\n\n"


def may_be_left_out(text: str) -> str:
    """Return the annotation of what need not be given."""
    never_null = text.removesuffix(" | None")
    return f"{never_null} | UnsetType{' | None' if never_null != text else ''} = UNSET"


def docstring(text: str, *, indent: str = "    ") -> str:
    """Return a docstring in the columns of a file."""
    return fill(f'"""{text}"""', TEXT_COLUMNS, initial_indent=indent, subsequent_indent=indent)


def _choice(name: str, schema: Json) -> str:
    """Return a choice of words: who checks types sees them, and a newer server may know more."""
    said = f"# {schema['description']}\n" if "description" in schema else ""
    return (
        f"{said}if TYPE_CHECKING:\n    {name} = {_literal(_list(schema['enum']))}\n"
        f"else:\n    {name} = str\n\n\n"
    )


def _literal(values: list[Json]) -> str:
    return f"Literal[{', '.join(map(repr, values))}]"


def _list(value: object) -> list[Json]:
    assert isinstance(value, list)
    return cast("list[Json]", value)
