"""The port of rates that hold over all processes: buckets by name."""

from __future__ import annotations

from typing import Protocol

from engine.sessions.rates import Rate, Taken


class Rates(Protocol):
    """Buckets, made full when they are first asked for and forgotten when they are full again."""

    async def take(self, name: str, rate: Rate, *, now_ms: int) -> Taken:
        """Take one token of a bucket; raises Unavailable.

        `name` ends up where operators see it, so it names nobody.
        """
