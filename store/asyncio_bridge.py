"""The one place where asyncio lives: a uvloop loop in a thread, called from Trio.

asyncpg needs asyncio. Crossing between two threads costs a wake of each, so both directions are
batched: whoever finds the other side already woken only leaves its call in the queue. The wakes are
two eventfds: half the CPU of `run_sync_soon` and `call_soon_threadsafe`, measured here.

A call that Trio cancels is cancelled over there, and its caller waits until it has really ended:
a transaction is then rolled back or committed, never in the air. A call that does not end after
that is cancelled once more, which drops its connection; this bounds every wait.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, TypeVarTuple, cast

import outcome
import trio
import uvloop

from engine.errors import Busy, Unavailable
from engine.limits import BRIDGE_CALLS_MAX, STORE_CALL_S_MAX

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

# A cancelled call waits for PostgreSQL to say that it stopped; a hung one is cut off after this.
GRACE_S = 1.0

# How often deadlines are looked at: one timer for all calls, since one for each would cost more.
SWEEP_S = 0.1

_THREAD_STOP_S_MAX = 5.0


class RaiseCancel(Protocol):
    """What Trio hands out for raising its Cancelled later."""

    def __call__(self) -> None: ...


@dataclass(eq=False, slots=True)
class _Call(Generic[T]):
    work: Callable[[], Awaitable[T]]
    trio_task: trio.lowlevel.Task
    within_s: float
    due: float = 0.0  # by the loop's clock
    task: asyncio.Task[None] | None = None
    begun: bool = False
    done: bool = False
    raise_cancel: RaiseCancel | None = None
    result: outcome.Outcome[T] = field(
        default_factory=lambda: outcome.Error(Unavailable("the call was cut off"))
    )


class Bridge:
    """Runs coroutine functions on the loop for callers on Trio; made by `open_bridge`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._open = True
        self._wake_asyncio = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._wake_trio = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        loop.add_reader(self._wake_asyncio, self._take_asked)
        self._in_flight = 0
        self._asked: deque[_Call[object]] = deque()
        self._asked_posted = False
        self._ended: deque[_Call[object]] = deque()
        self._ended_posted = False
        self._running: set[_Call[object]] = set()

    @property
    def in_flight(self) -> int:
        """Calls that wait or run now."""
        return self._in_flight

    async def call(
        self,
        work: Callable[[*Ts], Awaitable[T]],
        *args: *Ts,
        within_s: float = STORE_CALL_S_MAX,
    ) -> T:
        """Run `work(*args)` on the loop; raises what it raises, Busy or Unavailable."""
        if not self._open:
            raise Unavailable("the store is closed")
        if self._in_flight >= BRIDGE_CALLS_MAX:
            raise Busy("too many calls wait for the store")
        await trio.lowlevel.checkpoint_if_cancelled()
        call = _Call(lambda: work(*args), trio.lowlevel.current_task(), within_s)
        self._in_flight += 1
        asked = cast(_Call[object], call)  # The queue does not care what a call returns.
        self._ask(asked)

        def abort(raise_cancel: RaiseCancel) -> trio.lowlevel.Abort:
            call.raise_cancel = raise_cancel
            self._loop.call_soon_threadsafe(self._cancel, asked)
            return trio.lowlevel.Abort.FAILED

        result: T = await trio.lowlevel.wait_task_rescheduled(abort)
        return result

    # ---- on the side of Trio

    def _ask(self, call: _Call[object]) -> None:
        self._asked.append(call)
        # The other side lowers the flag before it empties the queue, so no call is left behind.
        if not self._asked_posted:
            self._asked_posted = True
            os.eventfd_write(self._wake_asyncio, 1)

    async def listen(self) -> None:
        """Hand results to their callers, for ever."""
        while True:
            await trio.lowlevel.wait_readable(self._wake_trio)
            self._take_ended()

    def _take_ended(self) -> None:
        os.eventfd_read(self._wake_trio)
        self._ended_posted = False
        while self._ended:
            call = self._ended.popleft()
            self._in_flight -= 1
            result = call.result
            if call.raise_cancel is not None and _was_cancelled(result):
                result = outcome.capture(call.raise_cancel)
            trio.lowlevel.reschedule(call.trio_task, result)

    def close(self) -> None:
        """Take no more calls."""
        self._open = False

    def release(self) -> None:
        """Give the wakes back; the thread has ended."""
        os.close(self._wake_asyncio)
        os.close(self._wake_trio)

    # ---- on the side of asyncio

    def _take_asked(self) -> None:
        os.eventfd_read(self._wake_asyncio)
        self._asked_posted = False
        now = self._loop.time()
        while self._asked:
            call = self._asked.popleft()
            call.due = now + call.within_s
            self._running.add(call)
            call.task = self._loop.create_task(self._run(call))

    async def _run(self, call: _Call[object]) -> None:
        call.begun = True
        try:
            call.result = outcome.Value(await call.work())
        except asyncio.CancelledError as exc:
            late = Unavailable("the store did not answer in time")
            call.result = outcome.Error(late if call.raise_cancel is None else exc)
        except BaseException as exc:  # noqa: BLE001  # it is handed to the caller, whatever it is
            call.result = outcome.Error(exc)
        self._end(call)

    def _end(self, call: _Call[object]) -> None:
        if call.done:
            return
        call.done = True
        self._running.discard(call)
        self._ended.append(call)
        if not self._ended_posted:
            self._ended_posted = True
            os.eventfd_write(self._wake_trio, 1)

    def _cancel(self, call: _Call[object]) -> None:
        if call.done or call.task is None:
            return
        call.due = self._loop.time() + GRACE_S
        call.task.cancel()
        if not call.begun:
            # A task that is cancelled before its first step never runs, not even to say so.
            call.result = outcome.Error(asyncio.CancelledError())
            self._end(call)

    def sweep(self) -> None:
        """Cancel the calls whose time is up; again and again until they are gone."""
        now = self._loop.time()
        for call in [call for call in self._running if call.due < now]:
            self._cancel(call)
        self._loop.call_later(SWEEP_S, self.sweep)


def _was_cancelled(result: outcome.Outcome[object]) -> bool:
    return isinstance(result, outcome.Error) and isinstance(result.error, asyncio.CancelledError)


@asynccontextmanager
async def open_bridge() -> AsyncIterator[Bridge]:
    """Run the loop in its thread while the block runs."""
    loop = uvloop.new_event_loop()
    bridge = Bridge(loop)
    thread = threading.Thread(target=_live, args=(loop,), name="asyncio", daemon=True)
    listening = trio.CancelScope()
    loop.call_soon(bridge.sweep)
    thread.start()
    trio.lowlevel.spawn_system_task(_listen, bridge, listening)
    try:
        yield bridge
    finally:
        bridge.close()
        loop.call_soon_threadsafe(loop.stop)
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(thread.join, _THREAD_STOP_S_MAX)
            # What the end of the loop has cut off still has to reach its callers.
            while bridge.in_flight and not thread.is_alive():
                await trio.lowlevel.checkpoint()
        listening.cancel()


async def _listen(bridge: Bridge, listening: trio.CancelScope) -> None:
    # A system task: a call that is shielded from its caller's cancellation still gets its answer.
    try:
        with listening:
            await bridge.listen()
    finally:
        bridge.release()


def _live(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    finally:
        loop.close()


# ---- what a pool needs of a loop, so that it need not import asyncio itself


Turn = asyncio.Future[None]


def new_turn() -> Turn:
    """Return something to wait for on the running loop."""
    return asyncio.get_running_loop().create_future()


async def pause(seconds: float) -> None:
    """Let the loop do something else for a while."""
    await asyncio.sleep(seconds)


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Wait for `work` at most so long; raises TimeoutError."""
    async with asyncio.timeout(seconds):
        return await work


def clock() -> float:
    """Return the running loop's time."""
    return asyncio.get_running_loop().time()
