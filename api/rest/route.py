"""The table of routes: a handler's signature and its decorator say all that there is to a route.

From the same table come the running application and the OpenAPI document, so they cannot differ.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Literal, TypeVar, get_type_hints

import msgspec

from api.rest.rates import Budget
from api.settings import Environment
from engine.errors import Outage, Refused
from engine.limits import REQUEST_BYTES_MAX, REQUEST_S_MAX

Method = Literal["GET", "POST", "PATCH", "DELETE"]
Handler = Callable[..., Awaitable[object]]
H = TypeVar("H", bound=Handler)

EVERYWHERE = frozenset(Environment)

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Access(Enum):
    """Who may call."""

    ANYBODY = "anybody"
    SIGNED_IN = "signed_in"
    LOOPBACK = "loopback"  # others are told that there is nothing


@dataclass(frozen=True, slots=True)
class Spec:
    """What a route's decorator says of it."""

    status: int = 200
    access: Access = Access.SIGNED_IN
    refusals: tuple[type[Refused | Outage], ...] = ()
    idempotent: bool = True  # takes an Idempotency-Key; only looked at for POST
    rate_by_address: bool = False
    also: Budget | None = None  # counted against this rate of the account too
    any_query: bool = False  # others write it: what is not known is passed over
    takes: tuple[str, ...] = ()  # media types of a body that is taken as it came
    bytes_max: int = REQUEST_BYTES_MAX  # of the body
    environments: frozenset[Environment] = EVERYWHERE
    within_s: float = REQUEST_S_MAX
    media_type: str = "application/json"
    documented: bool = True


@dataclass(frozen=True, slots=True)
class Route:
    """One route, checked when the table is built."""

    method: Method
    path: str
    tag: str
    handler: Handler
    spec: Spec
    body: type[msgspec.Struct] | None
    body_optional: bool
    takes_bytes: bool  # the body as it came, for whoever checks a signature of it
    query: type[msgspec.Struct] | None
    answer: object  # a type, or None for an answer without a body
    ids: tuple[str, ...]  # placeholders of the path

    @property
    def name(self) -> str:
        """The operation's name in the OpenAPI document."""
        return self.handler.__name__

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (self.handler.__doc__ or "").partition("\n")[0]

    @property
    def changes(self) -> bool:
        """Whether a call changes something, so that it is finished even for who has hung up."""
        return self.method != "GET"

    @property
    def sends_on(self) -> bool:
        """Whether it is for browsers only, which it sends to a page."""
        return self.spec.status == HTTPStatus.SEE_OTHER

    @property
    def takes_key(self) -> bool:
        """Whether an Idempotency-Key is listened to."""
        return self.method == "POST" and self.spec.idempotent


class Routes:
    """Collects the routes of one module under one tag."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.routes: list[Route] = []

    def add(self, method: Method, path: str, spec: Spec | None = None) -> Callable[[H], H]:
        """Enter the handler below the decorator into the table."""

        def enter(handler: H) -> H:
            self.routes.append(_route(method, path, self.tag, handler, spec or Spec()))
            return handler

        return enter


def path_pattern(path: str) -> re.Pattern[str]:
    """Return what the paths of a route look like."""
    return re.compile(_PLACEHOLDER.sub("[A-Za-z0-9_-]+", path))


def _route(method: Method, path: str, tag: str, handler: Handler, spec: Spec) -> Route:
    hints = get_type_hints(handler)
    named = [name for name in inspect.signature(handler).parameters if name != "call"]
    ids = tuple(_PLACEHOLDER.findall(path))
    assert set(named) - {"body", "data", "query"} == set(ids), f"{path} and {named} differ"
    answer = hints["return"]
    body = _struct(hints, "body")
    return Route(
        method=method,
        path=path,
        tag=tag,
        handler=handler,
        spec=spec,
        body=body,
        body_optional=body is not None and not any(_required(body)),
        takes_bytes="data" in named,
        query=_struct(hints, "query", strict=not spec.any_query),
        answer=None if answer is type(None) else answer,
        ids=ids,
    )


def _struct(
    hints: Mapping[str, object], name: str, *, strict: bool = True
) -> type[msgspec.Struct] | None:
    kind = hints.get(name)
    if kind is None:
        return None
    assert isinstance(kind, type)
    assert issubclass(kind, msgspec.Struct)
    assert not strict or kind.__struct_config__.forbid_unknown_fields, (
        f"{kind} lets unknown fields pass"
    )
    return kind


def _required(kind: type[msgspec.Struct]) -> list[bool]:
    return [field.required for field in msgspec.structs.fields(kind)]
