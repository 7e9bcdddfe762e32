"""Rates of one process; the ones not used for longest are forgotten first."""

from __future__ import annotations

from collections import OrderedDict

from engine.limits import RATE_BUCKETS_MAX
from engine.sessions.rates import Rate, Taken, take


class MemoryRates:
    """Keeps each bucket as its theoretical arrival time in microseconds."""

    def __init__(self) -> None:
        self._due_us: OrderedDict[str, int] = OrderedDict()

    async def take(self, name: str, rate: Rate, *, now_ms: int) -> Taken:
        """Take one token of a bucket."""
        due_us, taken = take(self._due_us.get(name, 0), rate, now_us=now_ms * 1000)
        self._due_us[name] = due_us
        self._due_us.move_to_end(name)
        if len(self._due_us) > RATE_BUCKETS_MAX:
            self._due_us.popitem(last=False)
        return taken
