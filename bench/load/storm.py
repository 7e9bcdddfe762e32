"""People who all sign in at the same time, from a process of its own beside whoever measures."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from bench.load.calls import Calls
from bench.town import Town, by_turns


@dataclass(frozen=True, slots=True)
class Stormed:
    """What a storm of sign-ins met."""

    calls: int
    p99_ms: float
    errors: int
    told: tuple[str, ...]


def storm(urls: Sequence[str], phones: Sequence[str], *, rate: int, seconds: float) -> Stormed:
    """Let codes be sent and typed in by turns, so many calls a second, by the clock."""
    town = Town((), deque(phones), random.Random())
    with Calls(*urls) as calls:
        calls.run(by_turns((town.send_code, town.sign_in)), rate=rate, seconds=seconds)
    tally = calls.tally
    p99_ms = calls.all.latencies.percentile_ms(0.99)
    return Stormed(calls.all.count, p99_ms, tally.troubles, tuple(tally.told))
