"""One real server for the whole folder; tests that kill it start their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.server import Server, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in the dev environment, with its demo group."""
    data = tmp_path_factory.mktemp("glimpse") / "data"
    with serving(Server(data, demo=True)) as running:
        yield running


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """A server of one's own, not started, in the bench environment (no rates)."""
    own = Server(tmp_path / "data", environment="bench")
    yield own
    own.stop()
