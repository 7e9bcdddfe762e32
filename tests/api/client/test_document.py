"""Against the OpenAPI document, whatever wrote the client: its calls, the fields of its types."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, cast, get_args, get_type_hints

import msgspec
import pytest

from api.app import all_routes
from api.client import Call, Page
from api.rest.openapi import make_document
from api.settings import Environment
from tests.api.rest.test_openapi import Json

REF = "#/components/schemas/"
ROUTES = all_routes(Environment.DEV)
DOCUMENT: Any = msgspec.json.decode(msgspec.json.encode(make_document(ROUTES)))
SCHEMAS: Any = DOCUMENT["components"]["schemas"]
# What only sends a browser on is no call of a client.
BROWSERS = {route.name for route in ROUTES if route.sends_on}
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if operation["operationId"] not in BROWSERS
}
MODULES = {route.name: route.handler.__module__.rpartition(".")[2] for route in ROUTES}


def function_of(name: str) -> Callable[..., Call[object]]:
    """Return the client's function for an operation."""
    module = importlib.import_module(f"api.client.{MODULES[name]}")
    function: Callable[..., Call[object]] = getattr(module, name)
    return function


def json_schema(content: Json) -> Json | None:
    """Return the schema of a JSON body; None where there is no body, or another kind of one."""
    return content.get("application/json", {}).get("schema")


def differences(kind: object, schema: Json, seen: set[str]) -> Iterator[str]:
    """Say where a type of the client and a schema have not the same fields, all the way down."""
    name = str(schema.get("$ref", "")).removeprefix(REF)
    described = SCHEMAS.get(name, schema)
    for inner, inner_schema in zip(get_args(kind), _inner(described), strict=False):
        yield from differences(inner, inner_schema, seen)
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)) or name in seen:
        return
    seen.add(name)
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    if fields.keys() != described["properties"].keys():
        yield f"{name}: {fields.keys() ^ described['properties'].keys()}"
    required = {field.name for field in fields.values() if field.required}
    if required != set(described.get("required", ())):
        yield f"{name}: {required} are required"
    for field in fields.keys() & described["properties"].keys():
        yield from differences(fields[field].type, described["properties"][field], seen)


def _inner(schema: Json) -> list[Json]:
    if "items" in schema.get("properties", {}):
        return [schema["properties"]["items"]["items"]]  # of a page, or of a list with a name
    if "anyOf" in schema:
        return cast("list[Json]", schema["anyOf"])
    return [schema["items"]] if "items" in schema else [schema]


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_call_is_the_one_of_the_document(name: str) -> None:
    method, path, operation = OPERATIONS[name]
    function = function_of(name)
    ids = re.findall(r"\{(\w+)\}", path)
    named = list(inspect.signature(function).parameters)
    asked = [one["name"] for one in operation["parameters"] if one["in"] == "query"]
    takes_key = any(one["in"] == "header" for one in operation["parameters"])
    sent = operation.get("requestBody", {}).get("content", {})
    is_file = bool(sent) and "application/json" not in sent
    body = ["body", *(["media_type"] if is_file else [])] if sent else []
    assert named == [*ids, *body, *asked, *(["key"] if takes_key else [])]
    given: dict[str, Any] = {one: one for one in (*ids, *asked)}
    given |= {"body": b"{}"} if sent else {}
    given |= {"media_type": next(iter(sent))} if is_file else {}
    call = function(**given, **({"key": "k"} if takes_key else {}))
    assert call.headers(None).get("Content-Type") == next(iter(sent), None)
    query = "&".join(f"{one}={one}" for one in asked)
    assert call.method == method
    assert call.target == re.sub(r"[{}]", "", path) + (f"?{query}" if query else "")
    assert str(call.status) in operation["responses"]
    assert (call.key, call.content) == ("k" if takes_key else None, b"{}" if body else b"")


@pytest.mark.parametrize("name", OPERATIONS)
def test_bodies_and_answers_have_the_fields_of_the_document(name: str) -> None:
    *_, operation = OPERATIONS[name]
    hints = get_type_hints(function_of(name))
    (answer,) = get_args(hints["return"])
    (success,) = (one for status, one in operation["responses"].items() if status < "300")
    schema = json_schema(success.get("content", {}))
    seen: set[str] = set()
    if schema is None:
        assert answer in {type(None), bytes}
    else:
        assert list(differences(answer, schema, seen)) == []
        assert seen or "$ref" not in schema
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None and "$ref" in body["schema"]:
        assert list(differences(hints["body"], body["schema"], seen)) == []


def test_the_check_would_see_a_field_that_is_missing() -> None:
    schema = cast("Json", {"items": {"$ref": f"{REF}Peer"}})

    class Peer(msgspec.Struct):
        alias: str

    assert list(differences(Page[Peer], schema, set())) == [
        "Peer: {'nickname'}",
        "Peer: {'alias'} are required",
    ]
