"""What the adapters use of asyncpg, as types: it ships none, so the Any ends here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import asyncpg

from engine.errors import Unavailable
from engine.limits import STATEMENT_MS_MAX
from store.asyncio_bridge import within
from store.errors import SqlBug

CONNECT_S_MAX = 3.0

# Adapters have some fifty statements; all of them stay prepared.
STATEMENTS_CACHED_MAX = 200

SERVER_SETTINGS = {
    "application_name": "glimpse",
    "timezone": "UTC",
    "statement_timeout": str(STATEMENT_MS_MAX),
    # A transaction of ours never waits for anything but PostgreSQL.
    "idle_in_transaction_session_timeout": "10000",
    # Our statements look rows up by keys, whatever their arguments. A plan made once is right for
    # all of them; planning the group commit anew would cost more than running it. Tables start
    # empty, and what was the best plan for an empty table must not be kept for a full one: so no
    # scan of a whole table and no hash over one where there is any other way.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}

# Other states in which the same call may succeed later: no space, no memory, no connection slot,
# read-only after a failover, cancelled, shutting down, starting, a lock not to be had.
_OUTAGES = ("08", "53", "57", "58", "25006", "55P03")


class Record(Protocol):
    """One row."""

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401  # columns are typed where they are read
        ...


class Connection(Protocol):
    """One connection; used on the loop's thread only."""

    async def fetch(self, query: str, *args: object) -> list[Record]: ...
    async def fetchrow(self, query: str, *args: object) -> Record | None: ...
    async def fetchval(self, query: str, *args: object) -> Any: ...  # noqa: ANN401
    async def execute(self, query: str, *args: object) -> str: ...
    async def copy_records_to_table(
        self, name: str, *, records: Iterable[Sequence[object]], columns: Sequence[str]
    ) -> str: ...
    def transaction(self) -> AbstractAsyncContextManager[object]: ...
    def is_in_transaction(self) -> bool: ...
    def is_closed(self) -> bool: ...
    def terminate(self) -> None: ...
    async def reset(self, *, timeout: float) -> None: ...  # noqa: ASYNC109  # asyncpg's own
    async def close(self, *, timeout: float) -> None: ...  # noqa: ASYNC109  # asyncpg's own


async def connect(dsn: str, *, settings: dict[str, str] | None = None) -> Connection:
    """Open one connection."""
    wanted = SERVER_SETTINGS if settings is None else settings
    opened: Connection = await within(
        CONNECT_S_MAX,
        asyncpg.connect(
            dsn,
            server_settings=wanted,
            statement_cache_size=STATEMENTS_CACHED_MAX,
            max_cached_statement_lifetime=0,
        ),
    )
    return opened


def is_clash(exc: BaseException) -> bool:
    """Say whether two transactions met and this one may simply be tried again."""
    return isinstance(exc, asyncpg.PostgresError) and exc.sqlstate in ("40001", "40P01")


def is_broken(exc: BaseException) -> bool:
    """Say whether a connection that raised this is of no use any more.

    asyncpg notices the end of a connection only when the socket closes; before that, a farewell of
    the server (57P01) leaves it in a state in which it fails by an internal error.
    """
    if isinstance(exc, asyncpg.PostgresError):
        return str(exc.sqlstate).startswith(("08", "57P"))
    kinds = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError)
    return isinstance(exc, kinds)


def translated(exc: BaseException) -> BaseException:
    """Return the error as the rest of the program knows it."""
    if isinstance(exc, asyncpg.PostgresError):
        state = str(exc.sqlstate)
        if state.startswith(_OUTAGES) or is_clash(exc):
            return Unavailable(f"PostgreSQL: SQL state {state}")
        return SqlBug(state, exc.constraint_name)
    if isinstance(exc, (OSError, TimeoutError)):
        return Unavailable("PostgreSQL does not answer")
    if isinstance(exc, (asyncpg.InterfaceError, asyncpg.InternalClientError)):
        return Unavailable("the connection to PostgreSQL was lost")
    return exc
