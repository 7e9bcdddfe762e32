"""One real server for the whole folder; tests that kill it start their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.server import Server, Two, serving
from tests.postgres import databases_of


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in the dev environment, with its demo group."""
    data = tmp_path_factory.mktemp("glimpse") / "data"
    with serving(Server(data, demo=True)) as running:
        yield running


@pytest.fixture(scope="session")
def roomy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in the bench environment (no rates) for those who seed people of their own."""
    data = tmp_path_factory.mktemp("roomy") / "data"
    with serving(Server(data, environment="bench")) as running:
        yield running


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """A server of one's own, not started, in the bench environment (no rates)."""
    own = Server(tmp_path / "data", environment="bench")
    yield own
    own.stop()


@pytest.fixture
def town(tmp_path: Path, pytestconfig: pytest.Config) -> Iterator[Server]:
    """A server with its demo group, over a database that an operator's command reaches too."""
    database = databases_of(pytestconfig).empty()
    running = Server(tmp_path / "data", demo=True, database=database)
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def album(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where pictures go: away, or to `--screenshots FOLDER` to be kept and looked at."""
    kept = request.config.getoption("--screenshots")
    return Path(kept) if kept else tmp_path


@pytest.fixture(scope="session")
def two(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Two]:
    """Two processes over one PostgreSQL: each takes a room from the other when it is asked."""
    data, database = tmp_path_factory.mktemp("two") / "data", databases_of(pytestconfig).empty()
    with ExitStack() as stack:
        servers = _serving(stack, data, database), _serving(stack, data, database)
        yield servers
        assert [server.stop() for server in servers] == [0, 0]


def _serving(stack: ExitStack, data: Path, database: str) -> Server:
    server = Server(data, environment="bench", words=("serve",), database=database)
    stack.callback(server.kill)
    server.start()
    return server
