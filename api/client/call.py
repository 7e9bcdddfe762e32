"""A call as a value: what is asked, and how its answer is read; any HTTP client can send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, cast
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct, UnsetType

from api.client.shared import Problem

T = TypeVar("T")

JSON = "application/json"
PROBLEM = "application/problem+json"


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list; `cursor` leads to the next, and is None on the last."""

    items: list[T]
    cursor: str | None


class RefusedError(Exception):
    """The server answered with a problem document; `problem.code` is stable, its texts are not."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.detail}")
        self.problem = problem

    @property
    def code(self) -> str:
        """What was wrong, in one word of the protocol."""
        return self.problem.code

    @property
    def retry_after_s(self) -> float | None:
        """After how many seconds the same call may be made again; None where that is not said."""
        wait_ms = self.problem.retry_after_ms
        return None if isinstance(wait_ms, UnsetType) else wait_ms / 1000


class StrangeError(Exception):
    """What answered does not speak this protocol: a proxy on the way, say, or another server."""


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One call, to be sent by a `Client`; `T` is the type of its answer."""

    method: str
    path: str
    answer: type[T]
    status: int = 200
    query: Mapping[str, object] | None = None
    body: Struct | bytes | None = None
    key: str | None = None
    media_type: str = JSON  # of the body

    @property
    def target(self) -> str:
        """The path with its query."""
        given = {
            name: _word(value)
            for name, value in (self.query or {}).items()
            if not isinstance(value, UnsetType) and value is not None
        }
        return f"{self.path}?{urlencode(given)}" if given else self.path

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)

    def headers(self, access: str | None) -> dict[str, str]:
        """Return the headers of a caller with this access token."""
        headers = {} if access is None else {"Authorization": f"Bearer {access}"}
        if self.key is not None:
            headers["Idempotency-Key"] = self.key
        if self.body is not None:
            headers["Content-Type"] = self.media_type
        return headers

    def keyed(self, key: str) -> Call[T]:
        """Return the same call under a key: the server does it once, however often it comes."""
        return replace(self, key=key)

    def read(self, status: int, media_type: str, content: bytes) -> T:
        """Return the answer; raises RefusedError, or StrangeError for what is none of ours."""
        try:
            if status == self.status:
                return self._answer(content)
            if media_type.partition(";")[0] == PROBLEM:
                raise RefusedError(msgspec.json.decode(content, type=Problem))
        except msgspec.MsgspecError as error:
            raise StrangeError(f"{self.method} {self.path}: {error}") from error
        raise StrangeError(f"{self.method} {self.path} was answered with {status}")

    def _answer(self, content: bytes) -> T:
        plain: dict[object, object] = {bytes: content, type(None): None}
        if self.answer in plain:
            return cast("T", plain[self.answer])
        return msgspec.json.decode(content, type=self.answer)


def path(template: str, *ids: str) -> str:
    """Fill ids into a path; whatever they are, they stay one segment each."""
    return template.format(*(quote(text, safe="") for text in ids))


def _word(value: object) -> str:
    """Write a value as the query of an address has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
