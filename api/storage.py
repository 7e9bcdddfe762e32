"""The store of a process: PostgreSQL, embedded unless DATABASE_URL names another, maybe Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from api.secrets import Secrets
from api.services import World
from api.settings import Settings
from engine.ports.blobs import Blobs
from engine.ports.meter import Meter
from store.asyncio_bridge import open_bridge
from store.blobs.bucket import BucketBlobs, BucketPlace
from store.blobs.folder import FolderBlobs
from store.bundle import Chance, StoreBundle
from store.embedded import open_embedded
from store.migrate import migrate
from store.postgres import open_postgres_store
from store.redis import Frames, RedisBus, RedisRates, open_redis


@asynccontextmanager
async def open_store(
    settings: Settings, secrets: Secrets, world: World, meter: Meter
) -> AsyncIterator[StoreBundle]:
    """Start what has to be started, migrate, open every adapter; raises StartRefused."""
    async with AsyncExitStack() as stack:
        if settings.database_url is None:
            embedded = await stack.enter_async_context(open_embedded(settings.data_dir))
            dsn = embedded.dsn
        else:
            dsn = settings.database_url.value.decode()
        chance = Chance(world.now_ms, world.fresh_id, world.secret)
        bridge = await stack.enter_async_context(open_bridge())
        await migrate(bridge, dsn)
        store = await stack.enter_async_context(
            open_postgres_store(
                bridge,
                dsn,
                master_key=secrets.master_key.value,
                chance=chance,
                meter=meter,
                blobs=open_blobs(settings),
            )
        )
        if settings.redis_url is None:
            yield store
            return
        url = settings.redis_url.value.decode()
        redis = await stack.enter_async_context(open_redis(bridge, url))
        bus = RedisBus(redis, Frames(secrets.master_key.value, chance), meter)
        yield replace(store, rates=RedisRates(redis), bus=bus)


def open_blobs(settings: Settings) -> Blobs:
    """Name where files lie: the bucket of the settings, else a folder beside the data."""
    given = settings.bucket
    if given is None:
        return FolderBlobs(settings.data_dir / "blobs")
    return BucketBlobs(
        BucketPlace(
            given.bucket, given.region, given.endpoint, given.key_id, given.secret.value.decode()
        )
    )
