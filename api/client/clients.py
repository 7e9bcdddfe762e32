"""Sends calls by httpx: `Client` waits for the answer, `AsyncClient` lets others go on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import httpx

from api.client.call import Call, Page

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody at the REST edge, over an `httpx.Client` that knows the address of the server.

    Many may share one `http`: it holds the connections, a `Client` only who is calling.
    """

    http: httpx.Client
    access: str | None = None

    def signed_in(self, access: str) -> Client:
        """Return a client over the same connections that calls as the owner of this token."""
        return replace(self, access=access)

    def send(self, call: Call[T]) -> T:
        """Make a call; raises RefusedError, and httpx.TransportError where nothing answers."""
        answer = self.http.request(
            call.method, call.target, content=call.content, headers=call.headers(self.access)
        )
        return call.read(answer.status_code, _media_type(answer), answer.content)

    def items(self, call: Call[Page[T]]) -> Iterator[T]:
        """Yield the items of a list, page after page."""
        onward: Call[Page[T]] | None = call
        while onward is not None:
            page = self.send(onward)
            yield from page.items
            onward = _after(onward, page)


@dataclass(frozen=True, slots=True)
class AsyncClient:
    """The same over an `httpx.AsyncClient`, which runs under Trio and under asyncio."""

    http: httpx.AsyncClient
    access: str | None = None

    def signed_in(self, access: str) -> AsyncClient:
        """Return a client over the same connections that calls as the owner of this token."""
        return replace(self, access=access)

    async def send(self, call: Call[T]) -> T:
        """Make a call; raises RefusedError, and httpx.TransportError where nothing answers."""
        answer = await self.http.request(
            call.method, call.target, content=call.content, headers=call.headers(self.access)
        )
        return call.read(answer.status_code, _media_type(answer), answer.content)

    async def items(self, call: Call[Page[T]]) -> AsyncIterator[T]:
        """Yield the items of a list, page after page."""
        onward: Call[Page[T]] | None = call
        while onward is not None:
            page = await self.send(onward)
            for item in page.items:
                yield item
            onward = _after(onward, page)


def _after(call: Call[Page[T]], page: Page[T]) -> Call[Page[T]] | None:
    """Return the call for the next page, or None after the last."""
    if page.cursor is None:
        return None
    return replace(call, query={**(call.query or {}), "cursor": page.cursor})


def _media_type(answer: httpx.Response) -> str:
    return str(answer.headers.get("Content-Type", ""))
