"""Calls of one provider of payments: bounded in time, size and number, none while it is down."""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar
from urllib.parse import urljoin

import httpx
import msgspec
import trio

from engine.errors import Unavailable
from engine.ids import OrderId
from engine.limits_outside import (
    PAYMENT_ANSWER_BYTES_MAX,
    PAYMENT_CALL_S_MAX,
    PAYMENT_CALLS_MAX,
)
from engine.model.breaker import Breaker
from store.providers.bounded import read_some

T = TypeVar("T")

# What says nothing of the payment: it is down, it is busy, or our key is not the right one.
_NO_ANSWER = frozenset({401, 408, 425, 429})


@dataclass(frozen=True, slots=True)
class Shop:
    """Where a provider is spoken to and with which key, and where it sends buyers back."""

    api: str
    key: str = field(repr=False)
    back: str
    hook_key: str = field(default="", repr=False)  # what it signs webhooks with, if it does

    @property
    def home(self) -> str:
        """Where the shop of the reference client is."""
        return urljoin(self.back, "/#shop")

    def back_to(self, order: OrderId) -> str:
        """Return where a buyer comes back to after they have paid."""
        return f"{self.back}?order={order}"

    def failed_to(self, order: OrderId) -> str:
        """Return where a buyer comes back to who did not pay."""
        return f"{self.back_to(order)}&failed=1"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: what was asked for, or a refusal (4xx) that the provider gives a reason for."""

    status: int
    body: bytes

    @property
    def good(self) -> bool:
        """Whether it did what it was asked."""
        return httpx.codes.is_success(self.status)

    @property
    def unknown(self) -> bool:
        """Whether it knows nothing of the kind."""
        return self.status == httpx.codes.NOT_FOUND

    def read(self, kind: type[T]) -> T:
        """Read the body; raises Unavailable where it is nothing that we understand."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, RecursionError):
            raise Unavailable("a provider of payments answers what cannot be read") from None


class Calls:
    """The way to one provider; what is sent and answered is neither kept nor logged."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._room = trio.CapacityLimiter(PAYMENT_CALLS_MAX)
        self._breaker = Breaker()

    async def get(self, path: str) -> Reply:
        """Ask for something."""
        return await self.send(self._http.build_request("GET", path))

    async def post(self, path: str, body: object, *, key: str | None = None) -> Reply:
        """Ask for something to be done, once for each key where the provider knows keys."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self.send(self._http.build_request("POST", path, json=body, headers=headers))

    async def delete(self, path: str) -> Reply:
        """Ask for something to be gone; that it is gone already is an answer."""
        return await self.send(self._http.build_request("DELETE", path))

    async def form(
        self, method: str, url: str, headers: Mapping[str, str], body: str | bytes | None
    ) -> tuple[Reply, Mapping[str, str]]:
        """Send what a library has written; also returns the headers of the answer."""
        request = self._http.build_request(method, url, headers=headers, content=body)
        return await self._send(request)

    async def send(self, request: httpx.Request) -> Reply:
        """Send it once; raises Unavailable where no answer came, and then it was done or not."""
        reply, _ = await self._send(request)
        return reply

    async def _send(self, request: httpx.Request) -> tuple[Reply, Mapping[str, str]]:
        if rests_s := self._breaker.rests_s(now=trio.current_time()):
            raise Unavailable(
                "the provider of payments is down", retry_after_ms=int(rests_s * 1_000) + 1
            )
        self._breaker = self._breaker.calling(now=trio.current_time())
        try:
            with trio.fail_after(PAYMENT_CALL_S_MAX):
                async with self._room:
                    found = await self._read(request)
        except (httpx.HTTPError, trio.TooSlowError, Unavailable):
            self._called(well=False)
            raise Unavailable("the provider of payments does not answer") from None
        # A caller who goes away (Cancelled) says nothing of the provider, and is not counted.
        self._called(well=True)
        return found

    def _called(self, *, well: bool) -> None:
        self._breaker = self._breaker.called(well=well, now=trio.current_time())

    async def _read(self, request: httpx.Request) -> tuple[Reply, Mapping[str, str]]:
        answer = await self._http.send(request, stream=True)
        try:
            # Nothing packed is read: a small body could unpack to a large one.
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise Unavailable("a provider of payments packs its answer")
            body = await read_some(answer, PAYMENT_ANSWER_BYTES_MAX)
        finally:
            await answer.aclose()
        status = answer.status_code
        refused = httpx.codes.is_client_error(status) and status not in _NO_ANSWER
        if not (answer.is_success or refused):
            raise Unavailable("the provider of payments does not answer")
        return Reply(status, body), answer.headers


@cache
def _trust() -> ssl.SSLContext:
    # Whom we believe on the way there; reading all these certificates takes a moment.
    return httpx.create_ssl_context()


@asynccontextmanager
async def open_calls(api: str, headers: Mapping[str, str]) -> AsyncIterator[Calls]:
    """Keep connections to a provider open while the block runs."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # below, it logs addresses: secrets, too
    limits = httpx.Limits(max_connections=PAYMENT_CALLS_MAX)
    async with httpx.AsyncClient(
        base_url=api,
        verify=_trust(),
        headers={**headers, "Accept-Encoding": "identity"},
        timeout=PAYMENT_CALL_S_MAX,
        limits=limits,
        follow_redirects=False,
    ) as http:
        yield Calls(http)
