"""A few connections for many calls: lent, taken back, replaced when broken.

asyncpg's own pool asks the server to reset a connection after every use, which doubles the round
trips of a commit, and wraps each in a proxy. Our adapters leave nothing behind that would need it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar, TypeVarTuple

from engine.errors import Unavailable
from engine.limits import STORE_CALL_S_MAX
from engine.ports.meter import Meter
from store.asyncio_bridge import Bridge, Turn, clock, new_turn, pause
from store.connection import Connection, is_broken, is_clash, translated

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

# Two transactions that met are tried again this often, after a pause that grows.
CLASHES_MAX = 5
CLASH_PAUSE_S = 0.004

_CLOSE_S_MAX = 2.0
# The statement that was cut off has ended by then, and so has the transaction around it.
_RESET_S_MAX = 5.0


class Pool:
    """Connections of one process; all of it runs on the loop."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], size: int) -> None:
        self._connect = connect
        self._size = size
        self._open = 0
        self._idle: list[Connection] = []
        self._waiting: deque[Turn] = deque()

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Connection]:
        """Lend a connection; one that is not fit for the next is dropped."""
        connection = await self._take()
        try:
            yield connection
        except Exception as exc:
            if is_broken(exc):
                connection.terminate()
            self._give_back(connection)
            raise
        except BaseException:
            # Cancelled: the next statement waits until PostgreSQL has stopped the last one, so
            # that our caller goes on only when its work is over, one way or the other. After a
            # BEGIN that was cut off, asyncpg believes in a transaction that PostgreSQL has not.
            try:
                await connection.reset(timeout=_RESET_S_MAX)
            except BaseException:
                connection.terminate()
                raise
            finally:
                self._give_back(connection)
            raise
        else:
            self._give_back(connection)

    async def _take(self) -> Connection:
        while True:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
                self._open -= 1
            if self._open < self._size:
                self._open += 1
                try:
                    return await self._connect()
                except BaseException:
                    self._open -= 1
                    self._wake_next()
                    raise
            await self._wait()

    async def _wait(self) -> None:
        turn = new_turn()
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._wake_next()  # It was our turn already; somebody else may have it.
            else:
                with suppress(ValueError):
                    self._waiting.remove(turn)
            raise

    def _give_back(self, connection: Connection) -> None:
        if connection.is_closed() or connection.is_in_transaction():
            connection.terminate()
            self._open -= 1
        else:
            self._idle.append(connection)
        self._wake_next()

    def _wake_next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    async def close(self) -> None:
        """Close what is idle; whoever still has a connection drops it."""
        self._size = 0
        hangs = False
        while self._idle:
            connection = self._idle.pop()
            if hangs:  # each would wait as long as the first one did
                connection.terminate()
                continue
            try:
                await connection.close(timeout=_CLOSE_S_MAX)
            except Exception:  # noqa: BLE001  # it is gone either way
                hangs = True
                connection.terminate()


class Postgres:
    """How adapters reach PostgreSQL from Trio."""

    def __init__(self, bridge: Bridge, pool: Pool, meter: Meter) -> None:
        self._bridge = bridge
        self._pool = pool
        self._meter = meter

    async def run(
        self,
        work: Callable[[Connection, *Ts], Awaitable[T]],
        *args: *Ts,
        within_s: float = STORE_CALL_S_MAX,
    ) -> T:
        """Run `work` in a transaction, again if it met another one."""
        return await self._bridge.call(self._in_transaction, work, args, within_s=within_s)

    async def once(self, work: Callable[[Connection, *Ts], Awaitable[T]], *args: *Ts) -> T:
        """Run what needs no transaction of its own: one statement, or several that only read."""
        return await self._bridge.call(self._alone, work, args)

    async def execute(self, sql: str, *args: object) -> str:
        """Run one statement for what it changes; return PostgreSQL's word on it (`UPDATE 1`)."""
        return await self.once(_execute, sql, *args)

    async def _in_transaction(
        self, work: Callable[[Connection, *Ts], Awaitable[T]], args: tuple[*Ts]
    ) -> T:
        async def attempt() -> T:
            async with self._pool.lend() as connection, connection.transaction():
                return await work(connection, *args)

        return await self._again_if_clashed(attempt)

    async def _alone(self, work: Callable[[Connection, *Ts], Awaitable[T]], args: tuple[*Ts]) -> T:
        async def attempt() -> T:
            async with self._pool.lend() as connection:
                return await work(connection, *args)

        return await self._again_if_clashed(attempt)

    async def _again_if_clashed(self, attempt: Callable[[], Awaitable[T]]) -> T:
        for clashes in range(CLASHES_MAX + 1):
            try:
                return await attempt()
            except Exception as exc:
                if not is_clash(exc) or clashes == CLASHES_MAX:
                    known = translated(exc)
                    if known is exc:
                        raise
                    raise known from None
                self._meter.count("store_clashes_total")
                # The digits of the clock below a millisecond are chance enough to part two of us.
                await pause(CLASH_PAUSE_S * 2**clashes * (0.5 + clock() * 1000 % 1))
        raise Unavailable("the same transactions met too often")


async def _execute(db: Connection, sql: str, *args: object) -> str:
    return await db.execute(sql, *args)
