"""Calls of the store that are cancelled at any await: whole or not at all (row 23)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from functools import partial
from typing import Any

import pytest
import trio

from engine.errors import Unavailable
from engine.ports.meter import NoMeter
from store.asyncio_bridge import Bridge, open_bridge
from store.connection import Connection, connect
from store.postgres.pool import Pool, Postgres
from tests.postgres import Databases
from tests.steps import cut_at

_PATIENCE_S = 30.0
_ROW = "INSERT INTO cut VALUES ($1, $2)"


class Cut:
    """Runs a coroutine on asyncio and cancels its task where it waits for the k-th time."""

    def __init__(self, step: int, work: Coroutine[Any, Any, object]) -> None:
        self._step = step
        self._work = work
        self.steps = 0

    def __await__(self) -> Generator[Any, Any, object]:
        step: Callable[[], Any] = partial(self._work.send, None)
        while True:
            try:
                waits_for = step()
            except StopIteration as end:
                return end.value
            self.steps += 1
            if self.steps == self._step:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                yield waits_for
            except BaseException as exc:  # noqa: BLE001  # it is the work's own affair
                step = partial(self._work.throw, exc)
            else:
                step = partial(self._work.send, None)


class Bench:
    """A pool of two over a database with one table."""

    def __init__(self, bridge: Bridge, dsn: str) -> None:
        self.bridge = bridge
        self.pool = Pool(lambda: connect(dsn), 2)
        self.postgres = Postgres(bridge, self.pool, NoMeter())

    async def write(self, db: Connection, step: int) -> None:
        """Write two rows that belong together."""
        for part in (1, 2):
            await db.execute(_ROW, step, part)

    async def rows(self, step: int) -> int:
        """Count the rows of a step."""

        async def count(db: Connection) -> int:
            found: int = await db.fetchval("SELECT count(*) FROM cut WHERE step = $1", step)
            return found

        return await self.postgres.run(count)  # on what the last one used, as a transaction again

    async def other_sessions(self) -> list[str]:
        """List what the server is doing for others of us."""

        async def states(db: Connection) -> list[str]:
            found = await db.fetch(
                "SELECT state FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return [str(row["state"]) for row in found]

        return await self.postgres.once(states)

    async def check(self, step: int, *, done: bool) -> None:
        """See that a step is there as a whole, or not at all, and that nothing is held."""
        with trio.fail_after(_PATIENCE_S):
            assert self.pool._open == len(self.pool._idle), f"cut at step {step}"
            assert not self.pool._waiting
            assert await self.rows(step) in ({2} if done else {0, 2}), f"cut at step {step}"
            # A connection that was dropped is still on its way out there.
            while not set(await self.other_sessions()) <= {"idle"}:  # noqa: ASYNC110  # no event
                await trio.sleep(0.01)
            assert self.bridge.in_flight == 0


@pytest.fixture
def dsn(databases: Databases) -> str:
    """A database of its own."""
    return databases.empty()


@pytest.fixture
async def bench(dsn: str) -> AsyncIterator[Bench]:
    """A pool over it."""
    async with open_bridge() as bridge:
        bench = Bench(bridge, dsn)
        try:
            await bench.postgres.once(_make_table)
            yield bench
        finally:
            with trio.CancelScope(shield=True):
                await bridge.call(bench.pool.close)


async def _make_table(db: Connection) -> None:
    await db.execute("CREATE TABLE cut (step int, part int)")


async def _hang_up(pool: Pool) -> None:
    for connection in pool._idle:
        await connection.close(timeout=2)


@pytest.mark.parametrize("connected", [True, False])
async def test_a_transaction_that_is_cancelled_at_any_await_is_whole_or_not_there(
    bench: Bench, *, connected: bool
) -> None:
    """On the side of asyncio, as a call whose time is up; the pool may have to connect first."""
    step, cut = 0, True
    while cut:
        step += 1
        if not connected:
            await bench.bridge.call(_hang_up, bench.pool)
        cutting = Cut(step, bench.postgres._in_transaction(bench.write, (step,)))
        done = True
        try:
            await bench.bridge.call(partial(_run, cutting))
        except Unavailable:
            done = False
        cut = cutting.steps >= step
        await bench.check(step, done=done)
    assert step > (4 if connected else 6)  # how often asyncpg waits is not the same every time


async def _run(work: Cut) -> None:
    await work


async def test_a_caller_that_is_cancelled_at_any_step_leaves_nothing_behind(bench: Bench) -> None:
    """On the side of Trio, with others who wait for a connection at the same time."""
    step, cut = 0, True
    while cut:
        step += 1
        done: list[int] = []

        async def write(step: int = step, done: list[int] = done) -> None:
            await bench.postgres.run(bench.write, step)
            done.append(step)

        async with trio.open_nursery() as nursery:
            for other in range(3):
                nursery.start_soon(bench.postgres.run, bench.write, -step * 10 - other)
            cut = await cut_at(step, write)
        for other in range(3):
            assert await bench.rows(-step * 10 - other) == 2
        await bench.check(step, done=bool(done))
    assert step >= 2
