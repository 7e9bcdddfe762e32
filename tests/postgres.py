"""One PostgreSQL for a whole test run: embedded, or the one that DATABASE_URL names.

Any folder of tests may ask for it: the server is started once, at the first question, and every
module that wants a database gets a fresh copy of a migrated one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import trio

from store.asyncio_bridge import open_bridge
from store.connection import connect
from store.embedded import EmbeddedPostgres
from store.migrate import migrate

ADMIN_S_MAX = 60.0


@dataclass
class Databases:
    """Databases of one server, made from a template."""

    admin_dsn: str
    address_of: Callable[[str], str]
    prefix: str = field(default_factory=lambda: f"glimpse_test_{os.getpid()}")
    made: list[str] = field(default_factory=list)
    numbers: count[int] = field(default_factory=count)

    def empty(self) -> str:
        """Make a database without a schema and return its address."""
        return self._make("template1")

    def fresh(self) -> str:
        """Make a migrated database and return its address."""
        template = f"{self.prefix}_template"
        if template not in self.made:
            self._make("template1", name=template)
            trio.run(_migrate, self.address_of(template))
        return self._make(template)

    def run(self, *statements: str) -> None:
        """Run statements as the superuser."""
        trio.run(_run, self.admin_dsn, statements)

    def drop_all(self) -> None:
        """Drop what was made."""
        self.run(*[f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in self.made])

    def _make(self, template: str, *, name: str = "") -> str:
        name = name or f"{self.prefix}_{next(self.numbers)}"
        # Copying files is quicker than logging each page of the copy.
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        self.made.append(name)
        return self.address_of(name)


_KEY = pytest.StashKey[Databases]()


def databases_of(config: pytest.Config) -> Databases:
    """Return the databases of this run; the first question starts the server."""
    if _KEY not in config.stash:
        given = os.environ.get("DATABASE_URL")
        config.stash[_KEY] = _given(config, given) if given else _embedded(config)
    return config.stash[_KEY]


def _given(config: pytest.Config, url: str) -> Databases:
    parts = urlsplit(url)
    databases = Databases(url, lambda name: urlunsplit(parts._replace(path=f"/{name}")))
    config.add_cleanup(databases.drop_all)
    return databases


def _embedded(config: pytest.Config) -> Databases:
    folder = Path(tempfile.mkdtemp(prefix="glimpse-tests-"))
    server = EmbeddedPostgres(folder / "data")
    config.add_cleanup(lambda: shutil.rmtree(folder))
    server.start()
    config.add_cleanup(server.stop)
    return Databases(server.admin_dsn, lambda name: server.dsn_of(name, "postgres"))


async def _migrate(dsn: str) -> None:
    async with open_bridge() as bridge:
        await migrate(bridge, dsn)


async def _run(dsn: str, statements: tuple[str, ...]) -> None:
    async def work() -> None:
        connection = await connect(dsn, settings={})
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close(timeout=5)

    async with open_bridge() as bridge:
        await bridge.call(work, within_s=ADMIN_S_MAX)
