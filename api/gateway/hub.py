"""The hub: one task that reads every established socket, and one that writes what waits for them.

Both are nested in Trio: an epoll of ours is itself waited for with `wait_readable`. A connection so
costs no task, and what waits for one client leaves in one `send` a tick.
"""

from __future__ import annotations

import select
import socket
from abc import abstractmethod
from typing import Final

import trio
from mypy_extensions import mypyc_attr

from actors.line import Line
from actors.turns import Turns

# Sockets handled between two looks at the rest of the process; more only delays the others.
_EVENTS_PER_PASS_MAX: Final = 256

# How often silent peers are looked for; small against SILENCE_S_MAX.
_SWEEP_S: Final = 5.0


@mypyc_attr(allow_interpreted_subclasses=True)
class Watched(Line):
    """A connection, as the hub sees it. None of these may raise."""

    __slots__ = ()

    @abstractmethod
    def readable(self) -> None:
        """There are bytes, or the end."""

    @abstractmethod
    def writable(self) -> None:
        """The socket takes bytes again."""

    @abstractmethod
    def flush(self) -> None:
        """Send what waits."""

    @abstractmethod
    def check(self, now_s: float) -> None:
        """Ping, or drop, whoever has been silent."""

    @abstractmethod
    def drop(self) -> None:
        """End now."""


class Hub:
    """Reads and writes for all connections of a process."""

    def __init__(self, turns: Turns | None = None) -> None:
        self._turns = turns or Turns()  # of the actors that get what is read
        self._epoll = select.epoll()
        self._watched: dict[int, Watched] = {}
        self._dirty: list[Watched] = []
        self.now_s = trio.current_time()
        self._empty = trio.Event()
        self._writer: trio.lowlevel.Task | None = None

    def __len__(self) -> int:
        return len(self._watched)

    def add(self, sock: socket.socket, connection: Watched) -> None:
        """Read this socket from now on."""
        fd = sock.fileno()
        self._epoll.register(fd, select.EPOLLIN)  # may raise: then nothing is kept
        self._watched[fd] = connection

    def watch(self, sock: socket.socket, *, read: bool, write: bool) -> None:
        """Change what is waited for; an error or a hang-up is reported in any case."""
        events = (select.EPOLLIN if read else 0) | (select.EPOLLOUT if write else 0)
        self._epoll.modify(sock.fileno(), events)

    def remove(self, sock: socket.socket) -> None:
        """Forget a socket; before it is closed."""
        fd = sock.fileno()
        if self._watched.pop(fd, None) is not None:
            self._epoll.unregister(fd)
        if not self._watched:
            self._empty.set()

    def wants_flush(self, connection: Watched) -> None:
        """Something waits for this client: write it at the end of this tick."""
        self._dirty.append(connection)
        if self._writer is not None:
            writer, self._writer = self._writer, None
            trio.lowlevel.reschedule(writer)

    def connections(self) -> list[Watched]:
        """Return all connections."""
        return list(self._watched.values())

    async def wait_empty(self) -> None:
        """Wait until the last connection has gone."""
        if self._watched:
            self._empty = trio.Event()
            await self._empty.wait()

    async def read(self) -> None:
        """Read for ever."""
        while True:
            await trio.lowlevel.wait_readable(self._epoll.fileno())
            self.now_s = trio.current_time()  # one look at the clock for all of a pass
            self._turns.gather()
            try:
                self._read_once()
            finally:
                self._turns.give()

    def _read_once(self) -> None:
        for fd, events in self._epoll.poll(0, _EVENTS_PER_PASS_MAX):
            connection = self._watched.get(fd)
            if connection is None:
                continue  # It was dropped by one before it in this pass.
            if events & select.EPOLLOUT:
                connection.writable()
            if events & ~select.EPOLLOUT:
                connection.readable()

    async def write(self) -> None:
        """Write for ever, in passes that leave room for the rest."""
        while True:
            if not self._dirty:
                await self._park()
            batch, self._dirty = self._dirty, []
            for start in range(0, len(batch), _EVENTS_PER_PASS_MAX):
                for connection in batch[start : start + _EVENTS_PER_PASS_MAX]:
                    connection.flush()
                if len(batch) > _EVENTS_PER_PASS_MAX:
                    await trio.lowlevel.checkpoint()

    async def sweep(self) -> None:
        """Look for silent peers for ever."""
        while True:
            await trio.sleep(_SWEEP_S)
            now_s = trio.current_time()
            for connection in self.connections():
                connection.check(now_s)

    def close(self) -> None:
        """Give the epoll back."""
        self._epoll.close()

    async def _park(self) -> None:
        self._writer = trio.lowlevel.current_task()

        def abort(_: object) -> trio.lowlevel.Abort:
            self._writer = None
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)
