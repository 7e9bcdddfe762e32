"""Text messages over a provider's HTTP interface, within a bounded time and at most twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import trio

from engine.errors import Unavailable
from engine.limits import (
    TEXT_ANSWER_BYTES_MAX,
    TEXT_CALLS_MAX,
    TEXT_RETRY_AFTER_S,
    TEXT_S_MAX,
    TEXT_TRIES_MAX,
)
from engine.limits_outside import (
    TEXT_CALL_S_MAX,
)
from store.providers.bounded import read_some
from store.providers.text_dialects import Dialect

# Where nothing was sent: the connection did not come about.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

# What a provider says when it has not taken the message and asks for patience.
_LATER = frozenset({429, 502, 503, 504})


class HttpTexts:
    """Hands messages to a provider; nothing of them is kept or logged here."""

    def __init__(self, http: httpx.AsyncClient, dialect: Dialect) -> None:
        self._http = http
        self._dialect = dialect

    async def send(self, phone: str, text: str, *, code: str) -> None:
        """Send `text` to the number; raises Unavailable where the provider does not take it.

        Tried again only where the first try has not sent anything: a message costs money.
        """
        with trio.move_on_after(TEXT_S_MAX):
            for left in reversed(range(TEXT_TRIES_MAX)):
                if await self._try(phone, text, last=not left):
                    return
                await trio.sleep(TEXT_RETRY_AFTER_S)
        raise Unavailable("the provider of text messages does not answer")

    async def _try(self, phone: str, text: str, *, last: bool) -> bool:
        """Say whether the message is taken; False: another try makes sense."""
        try:
            answer = await self._http.send(self._dialect.request(phone, text), stream=True)
            try:
                body = await read_some(answer, TEXT_ANSWER_BYTES_MAX)
            finally:
                await answer.aclose()
        except _NOT_SENT:
            if not last:
                return False
            raise Unavailable("the provider of text messages does not answer") from None
        except httpx.HTTPError:
            raise Unavailable("the provider of text messages does not answer") from None
        if answer.status_code in _LATER and not last:
            return False
        if not answer.is_success or not self._dialect.took(body):
            raise Unavailable("the provider of text messages refused the message")
        return True


@asynccontextmanager
async def open_http_texts(dialect: Dialect) -> AsyncIterator[HttpTexts]:
    """Keep connections to the provider open while the block runs."""
    limits = httpx.Limits(max_connections=TEXT_CALLS_MAX)
    async with httpx.AsyncClient(
        timeout=TEXT_CALL_S_MAX, limits=limits, follow_redirects=False
    ) as http:
        yield HttpTexts(http, dialect)
