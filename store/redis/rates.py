"""Rates that hold over all processes: one script, one round trip a call."""

from __future__ import annotations

from engine.sessions.rates import Rate, Taken
from store.redis.connection import Redis

# `engine.sessions.rates.take` in Lua: a contract suite compares them. All numbers are whole and
# below 2^53, which is what a number of Lua holds exactly. A full bucket is forgotten, a minute late
# since the clocks of processes differ.
_TAKE = """
local now, interval, slack = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
due = math.min(due, now + slack + interval)
local early = due - now - slack
if early > 0 then
    return {0, math.ceil(early / 1000), math.ceil((due - now) / 1000)}
end
due = due + interval
local full_ms = math.ceil((due - now) / 1000)
redis.call('SET', KEYS[1], string.format('%.0f', due), 'PX', full_ms + 60000)
return {slack / interval + 1 - math.ceil((due - now) / interval), 0, full_ms}
"""


class RedisRates:
    """Keeps each bucket as its theoretical arrival time in microseconds."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def take(self, name: str, rate: Rate, *, now_ms: int) -> Taken:
        """Take one token of a bucket; raises Unavailable."""
        interval = rate.interval_us
        arguments = (now_ms * 1000, interval, (rate.burst - 1) * interval)
        left, wait_ms, full_ms = await self._redis.run_script(
            _TAKE, [f"glimpse:rate:{name}"], arguments
        )
        return Taken(rate.burst, left, wait_ms, full_ms)
