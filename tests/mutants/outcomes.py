"""A plugin for pytest: what became of each test, so that a broken file is not a failed test."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

# A failure is all that is asked for: nobody reads the smallest one, but it has to be found.
settings.register_profile(
    "mutants",
    max_examples=1_000,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
    database=None,
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--outcomes FILE`."""
    parser.addoption("--outcomes", type=Path, required=True)


class _Writer:
    def __init__(self, file: Path) -> None:
        self._file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write one line for each test that ran; a fixture that failed is no verdict."""
        if report.when == "call":
            with self._file.open("a", encoding="utf-8") as file:
                file.write(f"{report.outcome} {report.nodeid}\n")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to write."""
    config.pluginmanager.register(_Writer(config.getoption("--outcomes")))
