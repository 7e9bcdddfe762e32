"""Calls to Redis over the bridge: quick or not at all."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

import redis.asyncio as aio
import trio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from engine.errors import Unavailable
from engine.limits_outside import (
    REDIS_CALL_S_MAX,
    REDIS_CONNECTIONS_MAX,
    REDIS_REST_S,
)
from store.asyncio_bridge import Bridge, clock, within
from store.redis.subscription import Subscription

T = TypeVar("T")


class Redis:
    """One Redis; after a call that failed it is left alone for a moment."""

    def __init__(self, bridge: Bridge, client: aio.Redis) -> None:
        self._bridge = bridge
        self._client = client
        self._rests_until_s = 0.0

    async def run_script(
        self, script: str, keys: Sequence[str], arguments: Sequence[int]
    ) -> list[int]:
        """Run a Lua script that returns integers; raises Unavailable."""
        return await self._bridge.call(self._run, script, keys, arguments)

    async def _run(self, script: str, keys: Sequence[str], arguments: Sequence[int]) -> list[int]:
        # redis-py sends the digest, and the script only to a server that has lost it.
        command = self._client.register_script(script)
        answer: list[int] = await self._quickly(partial(command, list(keys), list(arguments)))
        return answer

    async def publish(self, channel: str, frame: bytes) -> None:
        """Say it to whoever listens now; raises Unavailable."""
        await self._bridge.call(self._quickly, partial(self._client.publish, channel, frame))

    def subscription(self, channel: str) -> Subscription:
        """Return what `hear` listens to."""
        return Subscription(self._client, channel)

    async def hear(self, subscription: Subscription) -> Sequence[bytes]:
        """Wait for frames, however long; raises Unavailable."""
        return await self._bridge.call(subscription.frames, within_s=math.inf)

    async def _quickly(self, command: Callable[[], Awaitable[T]]) -> T:
        if clock() < self._rests_until_s:
            raise Unavailable("Redis did not answer a moment ago")
        try:
            return await within(REDIS_CALL_S_MAX, command())
        except (RedisError, OSError, TimeoutError):
            self._rests_until_s = clock() + REDIS_REST_S
            # The error could name the address, and that may hold a password.
            raise Unavailable("Redis does not answer") from None

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()


@asynccontextmanager
async def open_redis(bridge: Bridge, url: str) -> AsyncIterator[Redis]:
    """Use the Redis at `url`; it need not be there yet."""

    async def connect() -> aio.Redis:
        pool = aio.BlockingConnectionPool.from_url(
            url,
            max_connections=REDIS_CONNECTIONS_MAX,
            timeout=REDIS_CALL_S_MAX,
            socket_timeout=REDIS_CALL_S_MAX,
            socket_connect_timeout=REDIS_CALL_S_MAX,
            retry=Retry(NoBackoff(), 0),
        )
        return aio.Redis.from_pool(pool)

    redis = Redis(bridge, await bridge.call(connect))
    try:
        yield redis
    finally:
        with trio.CancelScope(shield=True):
            await bridge.call(redis.close)
