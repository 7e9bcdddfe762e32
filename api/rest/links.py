"""Links of the OpenAPI document: which answers name what other calls are about.

A link is there wherever an answer has an id of a path's placeholder's name, so the table of routes
says it all and nobody keeps a second list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import get_args, get_origin

import msgspec

from api.rest.route import Route
from api.rest.views import Id, Page

Json = dict[str, object]

_NEXT_PAGE = "next_page"


def links_of(route: Route, routes: Sequence[Route]) -> Mapping[str, Json]:
    """Describe where the answer of a route leads."""
    named = dict(_named(route.answer))
    known = {name: f"$request.path.{name}" for name in route.ids} | named
    links: dict[str, Json] = {
        target.name: {
            "operationId": target.name,
            "parameters": {f"path.{name}": known[name] for name in target.ids},
        }
        for target in routes
        if set(target.ids) <= set(known) and set(target.ids) & set(named)
    }
    if get_origin(route.answer) is Page:
        links[_NEXT_PAGE] = {
            "operationId": route.name,
            "description": "With the same filters: a cursor is good for its own list only.",
            "parameters": {f"path.{name}": f"$request.path.{name}" for name in route.ids}
            | {"query.cursor": "$response.body#/cursor"},
        }
    return links


def _named(answer: object) -> Iterable[tuple[str, str]]:
    """List the fields of an answer, or of the items of a page, with where they stand."""
    if get_origin(answer) is Page:
        (item,) = get_args(answer)
        return _fields(item, "$response.body#/items/0/")
    return _fields(answer, "$response.body#/")


def _fields(kind: object, place: str) -> Iterable[tuple[str, str]]:
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return []
    return [
        (field.encode_name, place + field.encode_name)
        for field in msgspec.structs.fields(kind)
        if field.type == Id  # the description of a group is not the id of a description
    ]
