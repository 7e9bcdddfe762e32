"""The alarm: one task and one heap that ring for every room whose time has come."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

import trio


class Alarm:
    """Rings once for each time that was set; what is too old by then, the one rung for knows."""

    def __init__(self) -> None:
        self._times: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._sooner = trio.Event()

    def __len__(self) -> int:
        return len(self._times)

    def at(self, when_s: float, ring: Callable[[], None]) -> None:
        """Have `ring` called at that time or just after it; it never waits and never raises."""
        if not self._times or when_s < self._times[0][0]:
            self._sooner.set()
        heappush(self._times, (when_s, next(self._numbers), ring))

    async def run(self) -> None:
        """Ring until cancelled."""
        while True:
            self._sooner = trio.Event()
            until_s = self._times[0][0] if self._times else float("inf")
            with trio.move_on_at(until_s):
                await self._sooner.wait()
            now_s = trio.current_time()
            while self._times and self._times[0][0] <= now_s:
                heappop(self._times)[2]()
