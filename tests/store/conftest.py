"""Every contract test runs over both stores: the memory twin and PostgreSQL."""

from __future__ import annotations

import base64
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from store.bundle import Chance
from tests.postgres import Databases, databases_of
from tests.redis import PrivateRedis, private_redis
from tests.store.opening import open_world
from tests.store.paying import NAMES, Till, open_till
from tests.store.world import NOON_MS, World


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Databases:
    """Databases of the one server of this run."""
    return databases_of(pytestconfig)


@pytest.fixture(scope="module")
def redis_server() -> Iterator[PrivateRedis]:
    """One Redis for a module; its tests use names and keys of their own."""
    with private_redis() as running:
        yield running


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded machine is slow, not wrong."""
    monkeypatch.setattr("store.redis.connection.REDIS_CALL_S_MAX", 30.0)
    monkeypatch.setattr("store.redis.subscription.REDIS_CALL_S_MAX", 30.0)


@pytest.fixture(scope="module")
def module_dsn(databases: Databases) -> str:
    """A migrated database for a module of tests; its tests tell their people apart."""
    return databases.fresh()


@pytest.fixture(params=["memory", "postgres"])
def place(request: pytest.FixtureRequest) -> str | None:
    """Where the store is: None is memory, else the address of a database."""
    if request.param == "memory":
        return None
    dsn: str = request.getfixturevalue("module_dsn")
    return dsn


@dataclass
class Clock:
    """A clock that a test sets."""

    now_ms: int


@pytest.fixture
def chance(rng: random.Random) -> tuple[Chance, Clock]:
    """Time and chance that repeat with the seed of the run."""
    clock = Clock(NOON_MS)

    def fresh_id() -> str:
        return base64.urlsafe_b64encode(rng.randbytes(12)).decode()

    return Chance(lambda: clock.now_ms, fresh_id, rng.randbytes), clock


@pytest.fixture
async def world(place: str | None, chance: tuple[Chance, Clock]) -> AsyncIterator[World]:
    """A store with its chance, and hands to do to it what no port does yet."""
    async with open_world(place, *chance) as opened:
        yield opened


@pytest.fixture(params=NAMES)
async def till(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Till]:
    """Each provider of payments with its double; who is silent is waited for half a second."""
    monkeypatch.setattr("store.providers.payment_calls.PAYMENT_CALL_S_MAX", 1.0)
    async with open_till(request.param) as opened:
        yield opened
