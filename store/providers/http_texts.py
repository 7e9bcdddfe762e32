"""Text messages over a provider's HTTP interface: one POST of {to, text} with a bearer token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from engine.errors import Unavailable
from engine.limits import TEXT_CALL_S_MAX, TEXT_CALLS_MAX


class HttpTexts:
    """Hands messages to a provider; nothing of them is kept or logged here."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    async def send(self, phone: str, text: str, *, code: str) -> None:
        """Send `text` to the number; raises Unavailable where the provider does not take it."""
        try:
            answer = await self._http.post(self._url, json={"to": phone, "text": text})
        except httpx.HTTPError:
            raise Unavailable("the provider of text messages does not answer") from None
        if not answer.is_success:
            raise Unavailable("the provider of text messages refused the message")


@asynccontextmanager
async def open_http_texts(url: str, token: str) -> AsyncIterator[HttpTexts]:
    """Keep connections to the provider open while the block runs."""
    limits = httpx.Limits(max_connections=TEXT_CALLS_MAX)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        timeout=TEXT_CALL_S_MAX, limits=limits, headers=headers, follow_redirects=False
    ) as http:
        yield HttpTexts(http, url)
