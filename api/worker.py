"""Work that no client waits for: what has expired is dropped."""

from __future__ import annotations

import trio

from api.observe.logging import get_logger
from api.services import World
from engine.errors import Outage
from store.bundle import StoreBundle

_log = get_logger("worker")

# Expired rows cost space only; an hour of them is little.
_PURGE_EVERY_S = 3_600.0


async def work(store: StoreBundle, world: World) -> None:
    """Purge for ever; an outage only delays."""
    while True:
        try:
            dropped = await store.answers.purge(now_ms=world.now_ms())
        except Outage:
            _log.warning("purge_failed")
        else:
            _log.info("purged", answers=dropped)
        await trio.sleep(_PURGE_EVERY_S)
