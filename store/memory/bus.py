"""The bus in memory: the ends of a switchboard hear each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import trio

from engine.limits_bus import BUS_WAITING_NEWS_MAX
from engine.ports.bus import News
from engine.ports.meter import Meter, NoMeter


class MemoryBus:
    """One end; engine.ports.bus.Bus."""

    def __init__(self, switchboard: MemorySwitchboard, meter: Meter) -> None:
        self._switchboard = switchboard
        self._meter = meter
        self._news: deque[News] = deque()
        self._lost = True  # one that begins has missed what was before
        self._wake = trio.Event()

    async def publish(self, news: Sequence[News]) -> None:
        """Say it to whoever else listens now."""
        await trio.lowlevel.checkpoint()
        for end in self._switchboard.ends:
            if end is not self:
                end.take(news)

    def take(self, news: Sequence[News]) -> None:
        """Keep what was said until it is read; the oldest makes place."""
        self._news.extend(news)
        while len(self._news) > BUS_WAITING_NEWS_MAX:
            self._news.popleft()
            self._lost = True
            self._meter.count("bus_dropped_total", way="in")
        self._wake.set()

    async def heard(self) -> Sequence[News]:
        """Wait for what others say; nothing at all where some was lost."""
        await trio.lowlevel.checkpoint()
        if self._lost:
            self._lost = False
            if self not in self._switchboard.ends:
                self._switchboard.ends.append(self)
            return ()
        while not self._news:
            self._wake = trio.Event()
            await self._wake.wait()
        news = tuple(self._news)
        self._news.clear()
        return news


class MemorySwitchboard:
    """Where the ends meet."""

    def __init__(self) -> None:
        self.ends: list[MemoryBus] = []

    def connect(self, meter: Meter | None = None) -> MemoryBus:
        """Make an end; it hears from its first `heard` on."""
        return MemoryBus(self, meter or NoMeter())
