"""PostgreSQL goes away, hangs or forgets: calls end in time, and work goes on by itself after."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import trio

from api.observe.metrics import Metrics
from engine.errors import Outage, Unavailable
from engine.limits import STORE_CALL_S_MAX
from engine.ports.meter import Meter, NoMeter
from engine.rooms.events import Lost, Written
from store.asyncio_bridge import GRACE_S, open_bridge
from store.bundle import Chance
from store.connection import Connection, connect
from store.embedded import EmbeddedPostgres
from store.errors import SqlBug, StartRefused
from store.migrate import migrate
from store.postgres import open_postgres_store
from store.postgres.pool import Pool, Postgres
from store.vault import KEY_BYTES
from tests.store.conftest import Clock
from tests.store.hands import PostgresHands
from tests.store.world import MASTER_KEY, World

RECOVERED_S_MAX = 10.0


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server of its own, to be hurt."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("victim") / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def world(victim: EmbeddedPostgres, chance: tuple[Chance, Clock]) -> AsyncIterator[World]:
    """A store on the server that will be hurt."""
    async with _open(victim, chance) as opened:
        yield opened


@asynccontextmanager
async def _open(server: EmbeddedPostgres, chance: tuple[Chance, Clock]) -> AsyncIterator[World]:
    given, clock = chance
    async with AsyncExitStack() as stack:
        bridge = await stack.enter_async_context(open_bridge())
        await migrate(bridge, server.dsn)
        store = await stack.enter_async_context(
            open_postgres_store(bridge, server.dsn, master_key=MASTER_KEY, chance=given)
        )
        yield World(store, given, clock, PostgresHands(bridge, server.dsn))


async def recovered(world: World) -> None:
    """Wait until the store answers again."""
    with trio.fail_after(RECOVERED_S_MAX):
        while await world.store.health.check() is not None:  # noqa: ASYNC110  # no event tells
            await trio.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGQUIT, signal.SIGINT])
async def test_what_was_acknowledged_survives_a_server_that_dies(
    victim: EmbeddedPostgres, world: World, number: signal.Signals
) -> None:
    room = await world.room()
    acknowledged: list[str] = []
    pid = victim.pid
    assert pid is not None
    base = 0
    with trio.move_on_after(5) as scope:
        while True:
            append = world.write(room, base=base)
            try:
                (outcome,) = await world.append(append)
            except Outage:
                break
            assert outcome == Written()
            acknowledged += [event.cid or "" for event in append.events]
            base += 1
            if base == 20:
                os.kill(pid, number)
    assert not scope.cancelled_caught
    assert await world.store.health.check() is not None
    with trio.fail_after(RECOVERED_S_MAX):
        # A server that was told to stop needs a moment; then it has to be brought up.
        while not await trio.to_thread.run_sync(victim.keep):  # noqa: ASYNC110  # no event tells
            await trio.sleep(0.02)
    assert victim.pid != pid
    await recovered(world)
    tail = (await world.claim(room.room)).tail
    # The one that was under way may be in the log, since its outcome is not known.
    found = [event.cid for event in tail]
    assert found[: len(acknowledged)] == acknowledged
    assert len(found) <= len(acknowledged) + 1
    assert [event.seq for event in tail] == list(range(1, len(tail) + 1))


async def test_a_server_that_hangs_costs_each_caller_a_bounded_time(
    victim: EmbeddedPostgres, world: World
) -> None:
    room = await world.room()
    backends = victim.processes()
    for pid in backends:
        os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            await world.append(world.write(room))
        assert time.monotonic() - began < STORE_CALL_S_MAX + GRACE_S + 1
        began = time.monotonic()
        assert await world.store.health.check() is not None
        assert time.monotonic() - began < 5
    finally:
        for pid in backends:
            os.kill(pid, signal.SIGCONT)
    await recovered(world)
    again = await world.claim(room.room)
    (outcome,) = await world.append(world.write(again, base=again.seq))
    assert outcome == Written()
    assert await world.append(world.write(room, base=again.seq + 1)) == [Lost()]


async def test_a_database_of_another_master_key_is_refused(
    victim: EmbeddedPostgres, chance: tuple[Chance, Clock]
) -> None:
    async with _open(victim, chance), open_bridge() as bridge:
        with pytest.raises(StartRefused, match="master key does not fit"):
            async with open_postgres_store(
                bridge, victim.dsn, master_key=b"x" * KEY_BYTES, chance=chance[0]
            ):
                pytest.fail("it must not open")


async def test_a_database_that_is_not_there_or_not_migrated_is_refused(
    victim: EmbeddedPostgres, chance: tuple[Chance, Clock], tmp_path: Path
) -> None:
    for dsn, words in (
        (victim.dsn_of("nothing", "glimpse"), "cannot be used"),
        (victim.dsn_of("postgres", "postgres"), "lacks migration 0001_initial"),
        (f"postgresql://glimpse@/glimpse?host={tmp_path}", "cannot be used"),
    ):
        async with open_bridge() as bridge:
            with pytest.raises(StartRefused, match=words):
                async with open_postgres_store(
                    bridge, dsn, master_key=MASTER_KEY, chance=chance[0]
                ):
                    pytest.fail("it must not open")


@asynccontextmanager
async def one_connection(
    server: EmbeddedPostgres, meter: Meter | None = None
) -> AsyncIterator[Postgres]:
    """A pool of one."""
    async with open_bridge() as bridge:
        pool = Pool(lambda: connect(server.dsn), 1)
        try:
            yield Postgres(bridge, pool, meter or NoMeter())
        finally:
            with trio.CancelScope(shield=True):
                await bridge.call(pool.close)


async def _sleep(db: Connection, seconds: float) -> None:
    await db.execute("SELECT pg_sleep($1)", seconds)


async def _number_of_backend(db: Connection) -> int:
    found: int = await db.fetchval("SELECT pg_backend_pid()")
    return found


async def test_a_pool_of_one_serves_everybody_in_turn(victim: EmbeddedPostgres) -> None:
    async with one_connection(victim) as postgres:
        seen: set[int] = set()

        async def ask() -> None:
            seen.add(await postgres.once(_number_of_backend))

        async with trio.open_nursery() as nursery:
            for _ in range(50):
                nursery.start_soon(ask)
        assert len(seen) == 1


async def test_a_cancelled_statement_leaves_its_connection_fit(victim: EmbeddedPostgres) -> None:
    async with one_connection(victim) as postgres:
        first = await postgres.once(_number_of_backend)
        for run in (postgres.once, postgres.run):
            began = time.monotonic()
            with trio.move_on_after(0.05) as scope:
                await run(_sleep, 3.0)
            assert scope.cancelled_caught
            assert time.monotonic() - began < 1
            assert await postgres.once(_number_of_backend) == first


async def test_who_waits_for_a_connection_may_go_away(victim: EmbeddedPostgres) -> None:
    async with one_connection(victim) as postgres, trio.open_nursery() as nursery:
        nursery.start_soon(postgres.once, _sleep, 0.3)
        await trio.sleep(0.05)
        with trio.move_on_after(0.05) as scope:
            await postgres.once(_number_of_backend)
        assert scope.cancelled_caught
        await postgres.once(_number_of_backend)


async def test_a_slow_statement_is_ended_by_postgresql_itself(victim: EmbeddedPostgres) -> None:
    async with one_connection(victim) as postgres:
        with pytest.raises(Unavailable, match="57014"):
            await postgres.once(_sleep, 60.0)


def clashes_of(metrics: Metrics) -> float | None:
    """Read the counter as Prometheus does."""
    return metrics.registry.get_sample_value("glimpse_store_clashes_total")


async def test_clashes_are_tried_again_and_counted(victim: EmbeddedPostgres) -> None:
    attempts: list[int] = []

    async def clash(db: Connection, until: int) -> int:
        attempts.append(1)
        if len(attempts) < until:
            await db.execute("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$")
        return len(attempts)

    metrics = Metrics()
    async with one_connection(victim, metrics) as postgres:
        assert await postgres.run(clash, 4) == 4
        assert clashes_of(metrics) == 3
        attempts.clear()
        with pytest.raises(Unavailable):
            await postgres.run(clash, 100)
        assert len(attempts) == 6
        assert clashes_of(metrics) == 3 + 5


async def test_an_unexpected_error_says_nothing_about_rows(victim: EmbeddedPostgres) -> None:
    async def twice(db: Connection) -> None:
        for _ in range(2):
            await db.execute("INSERT INTO codes VALUES ('\\x706c61696e', NULL, 0, 0, '{}', 0)")

    async with open_bridge() as bridge:
        await migrate(bridge, victim.dsn)
    async with one_connection(victim) as postgres:
        with pytest.raises(SqlBug) as bug:
            await postgres.run(twice)
    assert str(bug.value) == "SQL state 23505, codes_pkey"
    assert bug.value.__cause__ is None
    log = (victim.data_dir / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "706c61696e" not in log
