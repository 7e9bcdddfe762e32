"""Redis: what processes share and may lose; never a lock, a ledger or a log."""

from __future__ import annotations

from store.redis.connection import Redis, open_redis
from store.redis.rates import RedisRates

__all__ = ["Redis", "RedisRates", "open_redis"]
