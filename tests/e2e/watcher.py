"""Looks into PostgreSQL again and again: how many connections a server has had at most."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from store.connection import connect

_EVERY_S = 0.05
_S_MAX = 10.0
_CONNECTIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE application_name = 'glimpse' AND datname = current_database()
"""


class Watcher:
    """What was seen so far."""

    def __init__(self) -> None:
        self.looks = 0
        self.connections_max = 0

    async def look(self, dsn: str, over: threading.Event) -> None:
        """Count until told to stop."""
        connection = await connect(dsn, settings={"application_name": "watcher"})
        try:
            while not over.is_set():
                found: int = await connection.fetchval(_CONNECTIONS)
                self.connections_max = max(self.connections_max, found)
                self.looks += 1
                await asyncio.sleep(_EVERY_S)
        finally:
            await connection.close(timeout=_S_MAX)


@contextmanager
def watching(dsn: str) -> Iterator[Watcher]:
    """Watch a database while the block runs."""
    watcher, over = Watcher(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(watcher.look(dsn, over)), daemon=True)
    thread.start()
    try:
        yield watcher
    finally:
        over.set()
        thread.join(_S_MAX)
