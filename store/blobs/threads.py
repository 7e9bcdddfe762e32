"""Calls that block, in threads of their own and within a bounded time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import trio

from engine.errors import TooLarge, Unavailable
from engine.limits_outside import BLOB_BYTES_MAX, BLOB_CALL_S_MAX, BLOB_THREADS_MAX

T = TypeVar("T")


class Threads:
    """A few threads for one store of files; a slow one fills these and no others."""

    def __init__(self, count: int = BLOB_THREADS_MAX, within_s: float = BLOB_CALL_S_MAX) -> None:
        self._limiter = trio.CapacityLimiter(count)
        self._within_s = within_s

    async def run(self, call: Callable[..., T], *arguments: object) -> T:
        """Do it and wait; raises Unavailable when it takes too long, and then it is let run out."""
        try:
            with trio.fail_after(self._within_s):
                return await trio.to_thread.run_sync(
                    partial(call, *arguments), limiter=self._limiter, abandon_on_cancel=True
                )
        except trio.TooSlowError:
            raise Unavailable("the store of files does not answer") from None


def check_size(data: bytes) -> None:
    """Raise TooLarge for more than one file may hold."""
    if len(data) > BLOB_BYTES_MAX:
        raise TooLarge(f"a file has at most {BLOB_BYTES_MAX} bytes")
