"""The committer: gathers what all rooms want written and writes it in one transaction.

While one commit is under way the next one fills up, so the busier the node, the larger the commit
and the less each message costs (group commit). Completion is a plain call, not a task switch.
"""

from __future__ import annotations

from collections.abc import Callable

import trio

from actors.turns import Turns
from engine.errors import Busy, Outage
from engine.ids import RoomId
from engine.limits import COMMIT_EVENTS_MAX, COMMIT_ROOMS_MAX
from engine.ports.meter import Meter
from engine.ports.rooms import RoomLog
from engine.rooms.events import Append, Outcome, Written

Done = Callable[[Outcome | None], None]


class Committer:
    """One writer for all rooms of a node. `Done` gets None when the outcome is not known."""

    def __init__(self, log: RoomLog, meter: Meter, turns: Turns | None = None) -> None:
        self._log = log
        self._meter = meter
        self._turns = turns or Turns()  # of the rooms that hand in
        self._waiting: list[tuple[Append, Done]] = []
        self._wanted = trio.Event()
        self._closing = False
        self.wrote: Callable[[RoomId], None] | None = None  # hears which rooms have new events
        self._oldest_s = 0.0  # when the oldest of those that wait was handed in

    def submit(self, append: Append, done: Done) -> None:
        """Have it written with the next commit; raises Busy when too much waits already."""
        if len(self._waiting) >= COMMIT_ROOMS_MAX:
            raise Busy(retry_after_ms=1_000)
        if not self._waiting:
            self._oldest_s = trio.current_time()
        self._waiting.append((append, done))
        self._wanted.set()

    @property
    def waiting(self) -> int:
        """How many rooms wait for the next commit."""
        return len(self._waiting)

    def drain(self) -> None:
        """Write what waits, then let `run` end."""
        self._closing = True
        self._wanted.set()

    async def run(self) -> None:
        """Write until drained."""
        while not (self._closing and not self._waiting):
            await self._wanted.wait()
            self._wanted = trio.Event()
            self._turns.hold_back()
            while self._waiting:
                await self._commit(self._take())
                await self._turns.go_on()
            self._turns.let_go()

    def _take(self) -> list[tuple[Append, Done]]:
        events = 0
        for count, (append, _) in enumerate(self._waiting, start=1):
            events += len(append.events)
            if events >= COMMIT_EVENTS_MAX:
                batch, self._waiting = self._waiting[:count], self._waiting[count:]
                return batch
        batch, self._waiting = self._waiting, []
        return batch

    async def _commit(self, batch: list[tuple[Append, Done]]) -> None:
        began, oldest_s = trio.current_time(), self._oldest_s
        outcomes: list[Outcome | None]
        try:
            outcomes = list(await self._log.append([append for append, _ in batch]))
            assert len(outcomes) == len(batch), "one outcome for each append"
        except Outage:
            outcomes = [None] * len(batch)
            self._meter.count("commit_failures_total")
        except Exception:  # noqa: BLE001  # one room's trouble is not the others'
            # A bug, or one append that cannot be written: it is found by writing each alone. What
            # was written after all is refused by its base_seq, and the room loads again.
            self._meter.count("commit_crashes_total")
            if len(batch) > 1:
                for one in batch:
                    await self._commit([one])
                return
            outcomes = [None]
        self._meter.observe("commit_seconds", trio.current_time() - began)
        self._meter.count("commits_total")
        events = sum(len(one.events) for one, _ in batch)
        self._meter.count("committed_events_total", events)
        self._meter.observe("commit_events", events)
        self._meter.observe("message_seconds", trio.current_time() - oldest_s)
        for (append, done), result in zip(batch, outcomes, strict=True):
            if self.wrote is not None and append.events and isinstance(result, Written):
                self.wrote(append.room)
            try:
                done(result)
            except Exception:  # noqa: BLE001  # a bug of one room must not end the commits of all
                self._meter.count("commit_crashes_total")
