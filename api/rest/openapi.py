"""The OpenAPI 3.1 document, made from the table of routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from api.errors import MEDIA_TYPE as PROBLEM
from api.errors import STATUS, Problem
from api.rest.links import links_of
from api.rest.reading import MEDIA_TYPE as JSON
from api.rest.route import Access, Route
from engine.errors import (
    BadRequest,
    Busy,
    IdempotencyConflict,
    NotFound,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from engine.ids import ID_CHARS
from engine.limits import IDEMPOTENCY_KEY_CHARS_MAX

Json = dict[str, object]

VERSION = "1.0.0"

_REF = "#/components/schemas/{name}"

_SAME = "The answer has the ETag that If-None-Match named."


def make_document(routes: Sequence[Route]) -> Mapping[str, object]:
    """Describe every documented route."""
    shown = [route for route in routes if route.spec.documented]
    kinds = [kind for route in shown for kind in (route.body, route.query, _answer(route)) if kind]
    _, schemas = msgspec.json.schema_components((*kinds, Problem), ref_template=_REF)
    paths: dict[str, Json] = {}
    for route in shown:
        operation = _operation(route, schemas, links_of(route, shown))
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Glimpse",
            "version": VERSION,
            "description": "REST of Glimpse. Messages, likes and matches as they happen come over "
            "the WebSocket that `/v1/config` names. Errors are problem documents (RFC 9457) with a "
            "stable `code`.",
        },
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in shown)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route, schemas: Mapping[str, Json], links: Mapping[str, Json]) -> Json:
    operation: Json = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": [*_path(route), *_query(route, schemas), *_headers(route)],
        "responses": {
            str(route.spec.status): _success(route, links),
            **({"304": {"description": _SAME}} if _tagged(route) else {}),
            **_problems(route),
        },
    }
    if route.body is not None:
        operation["requestBody"] = {
            "required": not route.body_optional,
            "content": {JSON: {"schema": _schema(route.body)}},
        }
    if route.takes_bytes:
        operation["requestBody"] = {
            "required": True,
            "content": _bytes_of(route),
        }
    if route.spec.access is Access.SIGNED_IN:
        operation["security"] = [{"bearer": []}]
    return operation


def _tagged(route: Route) -> bool:
    return not route.changes and _answer(route) is not None


def _bytes_of(route: Route) -> Json:
    """Describe a body that is taken as it comes."""
    if not route.spec.takes:
        return {JSON: {"schema": {"type": "object"}}}
    return {kind: {"schema": {"type": "string", "format": "binary"}} for kind in route.spec.takes}


def _path(route: Route) -> Iterable[Json]:
    schema = {"type": "string", "pattern": f"^[A-Za-z0-9_-]{{{ID_CHARS}}}$"}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in route.ids]


def _query(route: Route, schemas: Mapping[str, Json]) -> Iterable[Json]:
    if route.query is None:
        return []
    described = schemas[route.query.__name__]
    properties, required = described.get("properties", {}), described.get("required", [])
    assert isinstance(properties, dict)
    assert isinstance(required, list)
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in properties.items()
    ]


def _headers(route: Route) -> Iterable[Json]:
    if not route.takes_key:
        return []
    schema = {"type": "string", "pattern": f"^[!-~]{{1,{IDEMPOTENCY_KEY_CHARS_MAX}}}$"}
    return [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "The same key and body give the first success again for 24 hours.",
            "schema": schema,
        }
    ]


def _success(route: Route, links: Mapping[str, Json]) -> Json:
    success: Json = {"description": route.summary} | ({"links": links} if links else {})
    answer = _answer(route)
    if answer is not None:
        success["content"] = {JSON: {"schema": _schema(answer)}}
    elif route.answer is not None:
        success["content"] = {route.spec.media_type: {}}
    return success


def _problems(route: Route) -> Json:
    """List the refusals a route names and those that its form brings along, by status."""
    kinds = [*route.spec.refusals, Unavailable]
    if route.body is not None or route.query is not None or route.takes_key:
        kinds.append(BadRequest)
    if route.ids:
        kinds.append(NotFound)
    if route.body is not None or route.takes_bytes:
        kinds.append(TooLarge)
    if route.spec.access is Access.SIGNED_IN:
        kinds += [Unauthenticated, RateLimited]
    if route.takes_key:
        kinds += [IdempotencyConflict, Busy]
    by_status: dict[str, list[str]] = {}
    for code in sorted({kind.code for kind in kinds}):
        by_status.setdefault(str(int(STATUS[code])), []).append(code)
    content = {PROBLEM: {"schema": _schema(Problem)}}
    return {
        status: {"description": ", ".join(codes), "content": content}
        for status, codes in sorted(by_status.items())
    }


def _answer(route: Route) -> object:
    """Return the type of a JSON answer."""
    return route.answer if route.spec.media_type == JSON else None


def _schema(kind: object) -> Json:
    (schema,), _ = msgspec.json.schema_components((kind,), ref_template=_REF)
    return schema
