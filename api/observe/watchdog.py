"""The loop watchdog: notices when one pass of the event loop keeps everybody waiting, says where.

Trio tells when a pass begins and ends: two reads of the clock a pass, nothing a task. A pass that
was too long is measured when it ends; while it lasts, a thread of ours looks at what it is doing,
since afterwards nobody can say any more.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import trio

from api.observe.logging import Logger, get_logger, where_now
from engine.limits import LOOP_BLOCKED_S_MAX
from engine.ports.meter import Meter

# How often the thread looks: a pass that is too long is seen before it is twice as long.
_LOOK_S = 0.03

# A process that is slow all the time shall not be slower by its log.
_TELL_AGAIN_S = 1.0

_JOIN_S_MAX = 5.0


class Watchdog(trio.abc.Instrument):
    """Measures the passes of the loop it is installed in; `look` is for the thread beside it."""

    def __init__(self, meter: Meter, log: Logger, clock: Callable[[], float]) -> None:
        self._meter = meter
        self._log = log
        self._clock = clock
        self._watched = threading.get_ident()
        self._began_s: float | None = clock()  # None while the loop waits for something to do
        self._seen_s: float | None = None  # when the pass began that was looked at
        self._told_s = -_TELL_AGAIN_S

    def after_io_wait(self, timeout: float) -> None:
        """A pass begins."""
        self._began_s = self._clock()

    def before_io_wait(self, timeout: float) -> None:
        """The pass is over."""
        if self._began_s is not None:
            took_s = self._clock() - self._began_s
            if took_s > LOOP_BLOCKED_S_MAX:
                self._meter.observe("loop_blocked_seconds", took_s)
        self._began_s = None

    def look(self) -> None:
        """Say what a pass that lasts too long is doing, once a pass."""
        began_s, now_s = self._began_s, self._clock()
        if began_s is None or began_s == self._seen_s or now_s - began_s <= LOOP_BLOCKED_S_MAX:
            return
        frame = sys._current_frames().get(self._watched)  # noqa: SLF001  # there is no other way
        if frame is None or self._began_s != began_s:
            return  # It has ended meanwhile: that would be the trace of another one.
        self._seen_s = began_s
        if now_s - self._told_s >= _TELL_AGAIN_S:
            self._told_s = now_s
            self._log.warning("loop_blocked", where=where_now(frame))


@contextmanager
def watched_loop(meter: Meter) -> Iterator[Watchdog]:
    """Watch the running loop while the block runs."""
    watchdog = Watchdog(meter, get_logger("loop"), time.perf_counter)
    watching = True

    def watch() -> None:
        while watching:
            time.sleep(_LOOK_S)  # an Event would cost twice as much
            watchdog.look()

    thread = threading.Thread(target=watch, name="watchdog", daemon=True)
    trio.lowlevel.add_instrument(watchdog)
    thread.start()
    try:
        yield watchdog
    finally:
        trio.lowlevel.remove_instrument(watchdog)
        watching = False
        thread.join(_JOIN_S_MAX)
