"""Redis: what processes share and may lose; never a lock, a ledger or a log."""

from __future__ import annotations

from store.redis.bus import RedisBus
from store.redis.connection import Redis, open_redis
from store.redis.frames import Frames
from store.redis.rates import RedisRates

__all__ = ["Frames", "Redis", "RedisBus", "RedisRates", "open_redis"]
