"""One seed, one order of tasks: the only place that touches Trio's private switch for it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import trio

# Trio draws the order of each batch of ready tasks from `_r`, and sorts the batch first only if it
# is told that somebody wants the same run again. test_scheduler.py tells us when this changes.
_run: Any = trio._core._run


@contextmanager
def seeded_scheduler(seed: int | str) -> Iterator[None]:
    """Make every `trio.run` inside repeat itself, and the module `random` with it."""
    allowed, chance, of_module = (
        _run._ALLOW_DETERMINISTIC_SCHEDULING,
        _run._r,
        random.getstate(),
    )
    _run._ALLOW_DETERMINISTIC_SCHEDULING = True
    _run._r = random.Random(f"{seed} scheduler")
    random.seed(f"{seed} module")
    try:
        yield
    finally:
        _run._ALLOW_DETERMINISTIC_SCHEDULING, _run._r = allowed, chance
        random.setstate(of_module)
