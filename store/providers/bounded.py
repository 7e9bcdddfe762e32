"""Reading what others answer, up to a bound."""

from __future__ import annotations

import httpx

from engine.errors import Unavailable


async def read_some(answer: httpx.Response, most: int) -> bytes:
    """Read a body up to its bound; raises Unavailable where there is more of it."""
    # The rest is read and dropped: the caller's deadline ends a body without an end.
    body, count = b"", 0
    async for part in answer.aiter_bytes():
        count += len(part)
        body = body + part if count <= most else b""
    if count > most:
        raise Unavailable("a provider answers at length")
    return body
