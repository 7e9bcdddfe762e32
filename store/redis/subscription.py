"""A channel of Redis that is listened to: what comes is read on the loop of the bridge."""

from __future__ import annotations

from typing import Any

import redis.asyncio as aio
from redis.exceptions import RedisError

from engine.errors import Unavailable
from engine.limits_bus import BUS_FRAMES_MAX, BUS_QUIET_S_MAX
from engine.limits_outside import REDIS_CALL_S_MAX
from store.asyncio_bridge import within

# As redis-py has it: `type`, `channel`, `data`.
Message = dict[str, Any]


class Subscription:
    """One channel and one reader. After anything that goes wrong it begins anew."""

    def __init__(self, client: aio.Redis, channel: str) -> None:
        self._client = client
        self._channel = channel
        self._ears: Any = None  # redis-py does not type it

    async def frames(self) -> list[bytes]:
        """Wait for frames; none at all where the listening has begun just now."""
        try:
            if self._ears is None:
                await self._begin()
                return []
            return await self._some()
        except (RedisError, OSError, TimeoutError):
            await self.end()
            # The error could name the address, and that may hold a password.
            raise Unavailable("Redis does not answer") from None
        except BaseException:  # a call that is cancelled may have read half of an answer
            await self.end()
            raise

    async def end(self) -> None:
        """Listen no more."""
        ears, self._ears = self._ears, None
        if ears is not None:
            await ears.aclose()

    async def _begin(self) -> None:
        self._ears = self._client.pubsub()
        await within(REDIS_CALL_S_MAX, self._ears.subscribe(self._channel))
        answer = await self._ears.get_message(timeout=REDIS_CALL_S_MAX)
        if answer is None or answer["type"] != "subscribe":
            raise Unavailable("Redis does not answer")

    async def _some(self) -> list[bytes]:
        frames: list[bytes] = []
        while len(frames) < BUS_FRAMES_MAX:
            message = await self._ears.get_message(timeout=0 if frames else BUS_QUIET_S_MAX)
            if message is None and frames:
                break
            if message is None:
                message = await self._asked()
            if message["type"] == "message":
                frames.append(message["data"])
        return frames

    async def _asked(self) -> Message:
        """Ask whether the line still stands on which nothing comes; return what comes then."""
        await within(REDIS_CALL_S_MAX, self._ears.ping())
        message: Message | None = await self._ears.get_message(timeout=REDIS_CALL_S_MAX)
        if message is None:
            raise Unavailable("Redis does not answer")
        return message
