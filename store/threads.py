"""Calls that block, in threads of their own and within a bounded time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import trio

from engine.errors import Unavailable

T = TypeVar("T")


class Threads:
    """A few threads for one provider; a slow one fills these and no others."""

    def __init__(self, late: str, count: int, within_s: float) -> None:
        self._late = late
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
            raise Unavailable(self._late) from None
