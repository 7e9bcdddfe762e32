"""Cancels a task at its k-th step: in turn at every place where it may be cancelled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio


class _Cut(trio.abc.Instrument):
    """Counts the steps of a task, or of all of them, and cancels a scope after one of them."""

    def __init__(self, step: int, scope: trio.CancelScope, task: trio.lowlevel.Task | None) -> None:
        self._step = step
        self._scope = scope
        self._task = task
        self.steps = 0

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """Count; the task is parked now, so it is cancelled where it waits."""
        if self._task in (task, None):
            self.steps += 1
            if self.steps == self._step:
                self._scope.cancel()


async def cut_at(step: int, work: Callable[[], Awaitable[object]], *, every: bool = False) -> bool:
    """Run `work`, cancelled at its `step`-th wait (of any task's, if `every`); True if it was cut.

    False says that it has fewer steps: all places have been tried.
    """
    with trio.CancelScope() as scope:
        cut = _Cut(step, scope, None if every else trio.lowlevel.current_task())
        trio.lowlevel.add_instrument(cut)
        try:
            await work()
        finally:
            trio.lowlevel.remove_instrument(cut)
    return cut.steps >= step
