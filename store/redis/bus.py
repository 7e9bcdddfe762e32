"""The bus over Redis: one channel of the deployment, for whoever listens at the moment."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ports.bus import News
from engine.ports.meter import Meter
from store.redis.connection import Redis
from store.redis.frames import Broken, Frames


class RedisBus:
    """One process's end; engine.ports.bus.Bus."""

    def __init__(self, redis: Redis, frames: Frames, meter: Meter) -> None:
        self._redis = redis
        self._frames = frames
        self._meter = meter
        self._subscription = redis.subscription(frames.channel)

    async def publish(self, news: Sequence[News]) -> None:
        """Say it to whoever else listens now; raises Unavailable."""
        await self._redis.publish(self._frames.channel, self._frames.sealed(news))

    async def heard(self) -> Sequence[News]:
        """Wait for what others say; nothing at all where the listening has begun just now."""
        while True:
            frames = await self._redis.hear(self._subscription)
            news = [one for frame in frames for one in self._opened(frame)]
            if news or not frames:
                return news

    def _opened(self, frame: bytes) -> Sequence[News]:
        try:
            return self._frames.opened(frame)
        except Broken:
            self._meter.count("bus_dropped_total", way="broken")
            return ()
