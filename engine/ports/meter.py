"""Port: counting and timing; names are Prometheus names, labels hold no personal data."""

from __future__ import annotations

from typing import Protocol


class Meter(Protocol):
    """Where the numbers go."""

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Record one value (seconds for durations) in a histogram."""


class NoMeter:
    """The meter of tests and tools: it forgets."""

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Forget."""

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Forget."""
