"""Clerk's public keys over HTTP, from one address that the settings name."""

from __future__ import annotations

import httpx
import trio

from engine.errors import Unavailable
from engine.limits_outside import (
    CLERK_CALL_S_MAX,
    CLERK_KEYS_BYTES_MAX,
)
from store.providers.bounded import read_some


class HttpKeys:
    """Reads a JWKS document; engine.ports.clerk.KeySource."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def fetch(self) -> bytes:
        """Return the document; raises Unavailable where there is none, or too much of it."""
        try:
            with trio.fail_after(CLERK_CALL_S_MAX):
                return await self._read()
        except (httpx.HTTPError, trio.TooSlowError):
            raise Unavailable("the keys of Clerk cannot be read") from None

    async def _read(self) -> bytes:
        # A redirect could lead anywhere, so none is followed; a body is read up to its bound only.
        async with (
            httpx.AsyncClient(timeout=CLERK_CALL_S_MAX, follow_redirects=False) as http,
            http.stream("GET", self._url) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise Unavailable("the keys of Clerk cannot be read")
            return await read_some(answer, CLERK_KEYS_BYTES_MAX)
