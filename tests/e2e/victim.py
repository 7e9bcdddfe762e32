"""A PostgreSQL of one's own, to be hurt: restarted, stopped in its tracks, made read-only."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.connection import connect
from store.embedded import EmbeddedPostgres
from store.embedded.cluster import ADMIN_ROLE, DATABASE
from tests.postgres import Databases

_S_MAX = 60.0


class Victim:
    """A server, and what may befall it."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server

    @property
    def dsn(self) -> str:
        """How Glimpse connects to it."""
        return self._server.dsn

    def run(self, *statements: str) -> None:
        """Run statements as the superuser."""
        Databases(self._server.admin_dsn, str).run(*statements)

    @contextmanager
    def down(self, number: signal.Signals) -> Iterator[None]:
        """End it by SIGINT (fast) or SIGQUIT (immediate), and bring it up again after the block."""
        pid = self._server.pid
        assert pid is not None
        os.kill(pid, number)
        deadline = time.monotonic() + _S_MAX
        while self._server.pid is not None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        try:
            yield
        finally:
            self._server.keep()

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Let nobody read or write a table while the block runs."""
        loop = asyncio.new_event_loop()
        try:
            dsn = self._server.dsn_of(DATABASE, ADMIN_ROLE)
            holder = loop.run_until_complete(connect(dsn, settings={}))
            loop.run_until_complete(holder.execute(f"BEGIN; LOCK TABLE {table}"))
            try:
                yield
            finally:
                loop.run_until_complete(holder.close(timeout=_S_MAX))
        finally:
            loop.close()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Refuse every write while the block runs, as after a failover or with a full disk."""
        self.run("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
        try:
            yield
        finally:
            self.run("ALTER SYSTEM RESET ALL", "SELECT pg_reload_conf()")

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Stop all its processes in their tracks while the block runs."""
        stopped: set[int] = set()
        try:
            while more := self._server.processes() - stopped:  # one may be born meanwhile
                for pid in more:
                    os.kill(pid, signal.SIGSTOP)
                stopped |= more
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)


@contextmanager
def victim_server() -> Iterator[Victim]:
    """Run one in a folder whose name is short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="glimpse-victim-"))
    server = EmbeddedPostgres(folder / "data")
    try:
        server.start()
        yield Victim(server)
    finally:
        server.stop()
        shutil.rmtree(folder)
