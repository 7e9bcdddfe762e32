"""Time in a world: a clock that jumps, and one task that does what is due.

Whatever is replaced by a twin (networks, clients, the store) waits on the agenda, not in a task of
its own: an hour of a hundred people is some million appointments.
"""

from __future__ import annotations

import math
import random
from collections.abc import Awaitable, Callable, Coroutine
from heapq import heappop, heappush
from typing import TypeVar, cast

import outcome
import trio
from trio._core._traps import CancelShieldedCheckpoint

T = TypeVar("T")

# What is due within the same stretch happens at the same moment, in an order drawn from the seed:
# so there is more that races, in fewer rounds of the scheduler.
TICK_S = 0.02


class Agenda(trio.abc.Clock):
    """Plain calls at their time, and the clock that jumps to the next of them.

    It stands while anybody has something to do, then jumps to what is due first: an appointment,
    or a deadline in Trio.
    """

    def __init__(self, rng: random.Random) -> None:
        self.now_s = 0.0
        self.over = False
        self._rng = rng
        self._due: list[tuple[float, float, int, Callable[[], object]]] = []
        self._number = 0
        self._parked: trio.lowlevel.Task | None = None

    # --- the clock -----------------------------------------------------------------------

    def start_clock(self) -> None:
        """It has no start."""

    def current_time(self) -> float:
        """Tell the time."""
        return self.now_s

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Jump: Trio asks this only when no task can run, and nothing outside wakes one."""
        if self._due and self._due[0][0] <= deadline and self._parked is not None:
            self.now_s = max(self.now_s, self._due[0][0])
            task, self._parked = self._parked, None
            trio.lowlevel.reschedule(task)
        elif deadline == math.inf:
            return deadline  # the end of a run: Trio wakes itself
        else:
            self.now_s = max(self.now_s, deadline)
        return 0.0

    # --- appointments --------------------------------------------------------------------

    def after(self, delay_s: float, work: Callable[[], object]) -> None:
        """Have `work` called so much later, or with the next tick."""
        when_s = math.ceil((self.now_s + delay_s) / TICK_S - 1e-6) * TICK_S
        self._number += 1
        heappush(self._due, (when_s, self._rng.random(), self._number, work))

    async def run(self) -> None:
        """Do what is due until all is over."""
        due = self._due
        while not self.over:
            while due and due[0][0] <= self.now_s and not self.over:
                heappop(due)[3]()
            self._parked = trio.lowlevel.current_task()
            await trio.lowlevel.wait_task_rescheduled(self._unpark)

    def _unpark(self, _: object) -> trio.lowlevel.Abort:
        self._parked = None
        return trio.lowlevel.Abort.SUCCEEDED


def at_once(call: Callable[[], Awaitable[T]]) -> T:
    """Run to its end an async call that only gives way to others, as those of memory twins do."""
    steps = cast(Coroutine[object, object, T], call())
    answer: outcome.Outcome[None] | None = None
    try:
        while True:
            trap = steps.send(answer)
            assert trap is CancelShieldedCheckpoint, f"a call of the store waits for {trap}"
            answer = outcome.Value(None)
    except StopIteration as end:
        return cast(T, end.value)
