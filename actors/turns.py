"""Turns: one task that lets every actor with mail act, as long as none of them has to wait.

Waking a task costs as much as handling a message. Actors that only compute and hand on (rooms) are
therefore called here, all that became ready in one wake; whoever has to wait goes on in its task.

While a commit is under way nothing new can be written, so actors whose mail is only to be written
wait for its end: what both sides of a room say meanwhile is then one turn, one append, one send.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import trio

# Actors that act between two looks at the rest of the process; more only delays the others.
_TURNS_PER_PASS_MAX: Final = 256


class Ready(Protocol):
    """An actor with mail."""

    def turn(self) -> None:
        """Act on the mail now; this never waits and never raises."""


class Turns:
    """Who has mail, in the order in which it came."""

    def __init__(self, may_wait: Callable[[object], bool] = lambda _: False) -> None:
        self.may_wait = may_wait  # for the commit under way: nobody sees a command's effect before
        self._gathering = False
        self._writing = False  # a commit is under way
        self._ready: list[Ready] = []
        self._later: list[Ready] = []  # their mail would have to wait for the commit anyway
        self._parked: trio.lowlevel.Task | None = None
        self.now_s = trio.current_time()  # one look at the clock for all turns of a pass

    def add(self, actor: Ready) -> None:
        """Let an actor act soon: after what is being done now, before anything is waited for."""
        self._ready.append(actor)
        if not self._gathering:
            self._wake()

    def add_later(self, actor: Ready) -> None:
        """Let an actor act as soon as what it does can be written: now, or after this commit."""
        if self._writing:
            self._later.append(actor)
        else:
            self.add(actor)

    def hold_back(self) -> None:
        """A commit begins: whoever only wants to write waits for `go_on`."""
        self._writing = True

    async def go_on(self) -> None:
        """A commit has ended: give their turns to those who waited for it."""
        later, self._later = self._later, []
        await self._give_all(later)

    def let_go(self) -> None:
        """No commit follows: hold nobody back."""
        self._writing = False
        later, self._later = self._later, []
        for actor in later:  # they came while many others had their turns
            self.add(actor)

    def gather(self) -> None:
        """Somebody hands out a lot of mail now, and will call `give` before anything is awaited."""
        self._gathering = True

    def give(self) -> None:
        """Give all their turns here and now: to wake the task for it costs a pass of Trio's loop.

        More than one pass may have are left to the task, so that others come in between.
        """
        self._gathering = False
        if len(self._ready) > _TURNS_PER_PASS_MAX:
            self._wake()
            return
        ready, self._ready = self._ready, []
        if ready:
            self.now_s = trio.current_time()
        for actor in ready:
            actor.turn()

    def _wake(self) -> None:
        if self._parked is not None:
            task, self._parked = self._parked, None
            trio.lowlevel.reschedule(task)

    async def run(self) -> None:
        """Give turns until cancelled."""
        while True:
            if not self._ready:
                await self._park()
            ready, self._ready = self._ready, []
            await self._give_all(ready)

    async def _give_all(self, ready: list[Ready]) -> None:
        self.now_s = trio.current_time()
        for start in range(0, len(ready), _TURNS_PER_PASS_MAX):
            for actor in ready[start : start + _TURNS_PER_PASS_MAX]:
                actor.turn()
            if len(ready) > _TURNS_PER_PASS_MAX:
                await trio.lowlevel.checkpoint()

    async def _park(self) -> None:
        self._parked = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._unpark)

    def _unpark(self, _: object) -> trio.lowlevel.Abort:
        self._parked = None
        return trio.lowlevel.Abort.SUCCEEDED
