"""Many at once: all come back after a power cut, and thousands come and go, leaving nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.limits import POSTGRES_CONNECTIONS, ROOM_LOG_CONNECTIONS
from tests.e2e.probe import memory_bytes, numbers, open_files, until
from tests.e2e.rest import seeded
from tests.e2e.server import Server
from tests.e2e.storm import gathered, seats_of
from tests.e2e.watcher import watching
from tests.postgres import databases_of

_PEOPLE = 2_000  # faults.md 3
_UNHEARD = 500
_BACK_S_MAX = 60.0  # faults.md 3
# Those of both pools, and the ones that wait for notices and keep the leases.
_CONNECTIONS_MAX = POSTGRES_CONNECTIONS + ROOM_LOG_CONNECTIONS + 2

_COMING_AND_GOING = 200
_WARM_UP = 5
_S_MAX = 30.0
_GROWTH_BYTES_MAX = 5e6  # faults.md 26


@pytest.fixture
def database(pytestconfig: pytest.Config) -> str:
    """A database of one's own."""
    return databases_of(pytestconfig).empty()


@pytest.fixture
def stormed(database: str, tmp_path: Path) -> Iterator[Server]:
    """A server over it, in the bench environment (no rates)."""
    server = Server(tmp_path / "data", environment="bench", database=database)
    server.start()
    yield server
    assert server.stop() == 0


def test_two_thousand_come_back_at_once_and_nobody_loses_anything(
    stormed: Server, database: str, rng: random.Random
) -> None:
    """faults.md 3. Guards: a pool opens so many connections; who comes back is told exactly what
    was missed, from a log that outlives the process.
    """
    seats = seats_of(seeded(stormed, users=_PEOPLE, groups=4, pairs=True))
    with gathered(stormed, seats) as storm:
        storm.talk(400, 2, rng)
        storm.talk_unheard(_UNHEARD, rng)
        stormed.kill()
        storm.lose_all()
        stormed.start()
        with watching(database) as watcher:
            assert storm.come_back() < _BACK_S_MAX
        assert storm.present == _PEOPLE
        assert sum(storm.resumed.slots) > 0, "nobody had missed anything"
        assert watcher.looks > 0
        assert 0 < watcher.connections_max <= _CONNECTIONS_MAX
        assert (storm.lost, storm.unacked, storm.tally.doubled, storm.tally.told) == (0, 0, 0, [])
        assert numbers(stormed)["glimpse_sessions"] == _PEOPLE
    assert not [line for line in stormed.lines if "Traceback" in line]


def test_thousands_come_and_go_and_leave_nothing_behind(stormed: Server, rounds: int) -> None:
    """faults.md 26. Guards: the end of a connection takes its session, socket and tasks along."""
    seats = seats_of(seeded(stormed, users=_COMING_AND_GOING, groups=1, pairs=True))

    def pass_through() -> tuple[int, float, int]:
        for _ in range(_WARM_UP * rounds):
            with gathered(stormed, seats) as storm:
                assert storm.present == len(seats)
        until(lambda: numbers(stormed)["glimpse_sessions"] == 0, within_s=_S_MAX)
        until(lambda: numbers(stormed)["glimpse_connections"] == 0, within_s=_S_MAX)
        shown = numbers(stormed)
        return open_files(stormed), shown["glimpse_tasks"], memory_bytes(stormed)

    pass_through()
    files, tasks, memory = pass_through()
    more_files, more_tasks, more_memory = pass_through()
    # A pool may have opened one more of its connections meanwhile; a leak would be a thousand.
    assert more_files - files <= _CONNECTIONS_MAX
    assert more_tasks - tasks <= _CONNECTIONS_MAX
    assert more_memory - memory < _GROWTH_BYTES_MAX
