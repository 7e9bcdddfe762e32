"""Rates that processes share: memory and Redis count alike; a Redis that is away is said to be."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest
import trio

from engine.errors import Unavailable
from engine.limits_outside import (
    REDIS_REST_S,
)
from engine.ports.rates import Rates
from engine.sessions.rates import Rate, take
from store.asyncio_bridge import open_bridge
from store.memory.rates import MemoryRates
from store.redis import RedisRates, open_redis
from tests.redis import PrivateRedis, private_redis
from tests.store.world import NOON_MS


@pytest.fixture(params=["memory", "redis"])
async def rates(request: pytest.FixtureRequest) -> AsyncIterator[Rates]:
    """One of the adapters."""
    request.getfixturevalue("patient")
    if request.param == "memory":
        yield MemoryRates()
        return
    server: PrivateRedis = request.getfixturevalue("redis_server")
    async with open_bridge() as bridge, open_redis(bridge, server.url) as redis:
        yield RedisRates(redis)


async def test_it_counts_as_the_engine_does(rates: Rates, rng: random.Random) -> None:
    for number in range(8):
        rate = Rate(rng.choice([1, 7, 60, 1_200, 60_000]), rng.randrange(1, 6))
        name, due_us, now_ms = f"walk {rng.random()} {number}", 0, NOON_MS
        for _ in range(40):
            now_ms += rng.choice([0, 0, 1, 13, 999, 61_000, -5, -3_600_000])
            due_us, wanted = take(due_us, rate, now_us=now_ms * 1000)
            assert await rates.take(name, rate, now_ms=now_ms) == wanted


async def test_buckets_are_apart(rates: Rates) -> None:
    rate = Rate(1, 1)
    for name in ("apart *", "apart x", "apart"):
        assert (await rates.take(name, rate, now_ms=NOON_MS)).wait_ms == 0
    assert (await rates.take("apart", rate, now_ms=NOON_MS)).wait_ms == 60_000


async def test_many_at_once_take_what_there_is(rates: Rates) -> None:
    won: list[int] = []

    async def one() -> None:
        if (await rates.take("crowd", Rate(1, 10), now_ms=NOON_MS)).wait_ms == 0:
            won.append(1)

    async with trio.open_nursery() as nursery:
        for _ in range(100):
            nursery.start_soon(one)
    assert len(won) == 10


@pytest.mark.usefixtures("patient")
async def test_two_processes_share_a_bucket(redis_server: PrivateRedis) -> None:
    rate = Rate(1, 2)
    async with open_bridge() as bridge:
        for left in (1, 0):
            async with open_redis(bridge, redis_server.url) as redis:
                assert (await RedisRates(redis).take("shared", rate, now_ms=NOON_MS)).left == left


@pytest.mark.usefixtures("patient")
async def test_a_bucket_that_is_full_is_forgotten(redis_server: PrivateRedis) -> None:
    async with open_bridge() as bridge, open_redis(bridge, redis_server.url) as redis:
        await RedisRates(redis).take("short", Rate(60, 1), now_ms=NOON_MS)
        script = "return {redis.call('PTTL', KEYS[1])}"
        (left_ms,) = await redis.run_script(script, ["glimpse:rate:short"], [])
        assert 0 < left_ms <= 61_000


async def test_a_redis_that_hangs_costs_one_wait() -> None:
    with private_redis() as server:
        async with open_bridge() as bridge, open_redis(bridge, server.url) as redis:
            rates = RedisRates(redis)
            server.freeze()
            with pytest.raises(Unavailable):
                await rates.take("fox", Rate(60, 5), now_ms=NOON_MS)
            with pytest.raises(Unavailable, match="a moment ago"):
                await rates.take("fox", Rate(60, 5), now_ms=NOON_MS)
            server.thaw()  # so that it can be ended


@pytest.mark.usefixtures("patient")
async def test_a_redis_that_comes_back_is_used_again() -> None:
    with private_redis() as server:
        async with open_bridge() as bridge, open_redis(bridge, server.url) as redis:
            rates = RedisRates(redis)
            await rates.take("fox", Rate(60, 5), now_ms=NOON_MS)
            server.stop()
            with pytest.raises(Unavailable) as caught:
                await rates.take("fox", Rate(60, 5), now_ms=NOON_MS)
            assert str(server.folder) not in str(caught.value)
            server.start()
            await trio.sleep(REDIS_REST_S)
            assert (await rates.take("fox", Rate(60, 5), now_ms=NOON_MS)).left == 4
