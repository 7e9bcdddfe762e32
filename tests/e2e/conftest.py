"""One real server for the whole folder; tests that kill it start their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in the dev environment, with its demo group."""
    running = Server(tmp_path_factory.mktemp("glimpse") / "data", demo=True)
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """A server of one's own, not started, in the bench environment (no rates)."""
    own = Server(tmp_path / "data", environment="bench")
    yield own
    own.stop()
