"""Reading what a client sent: size first, then strictly, then into the type of the route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from engine.errors import BadFrame, BadRequest
from engine.wire.strict_json import parse_object, refuse_nul

S = TypeVar("S", bound=msgspec.Struct)

MEDIA_TYPE = "application/json"


def read_body(data: bytes, media_type: str, kind: type[S], *, optional: bool) -> S:
    """Return the body as the route's type; raises BadRequest. The size is checked already."""
    if not data and optional:
        return kind()
    if media_type != MEDIA_TYPE:
        raise BadRequest(f"the body has to be {MEDIA_TYPE}")
    try:
        fields = parse_object(data)
    except BadFrame as refused:
        raise BadRequest(str(refused)) from None
    return _convert(fields, kind, strict=True)


def check_media_type(media_type: str, taken: Sequence[str]) -> None:
    """Raise BadRequest for a body of another type than a route takes as it comes."""
    if taken and media_type not in taken:
        raise BadRequest(f"the body has to be {' or '.join(taken)}")


def read_query(pairs: Sequence[tuple[str, str]], kind: type[S] | None) -> S | None:
    """Return the query as the route's type; raises BadRequest for what it does not have."""
    query = dict(pairs)
    if len(query) != len(pairs):
        raise BadRequest("a parameter stands twice")
    if kind is None:
        if query:
            raise BadRequest("this takes no parameters")
        return None
    return _convert(query, kind, strict=False)


def _convert(fields: Mapping[str, object], kind: type[S], *, strict: bool) -> S:
    refuse_nul(fields)
    try:
        return msgspec.convert(fields, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise BadRequest(str(error)) from None
