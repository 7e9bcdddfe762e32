"""A network without a kernel: sockets with bounded pipes, and the hub that watches them.

The gateway above it is the production one. Only epoll and the kernel's buffers are replaced.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import cast

import trio

from api.gateway.hub import Hub, Watched

_PASS_MAX = 64


class SimSocket:
    """Both ends of one TCP connection: the server uses the methods of a socket."""

    def __init__(self, number: int, *, capacity: int) -> None:
        self.number = number
        self.hub: SimHub | None = None
        self._capacity = capacity  # bytes on their way to the client
        self._down = bytearray()
        self._up = bytearray()
        self._stalled: bytearray | None = None  # bytes that have left and do not arrive
        self._ended = False  # the client sends no more
        self._reset = False  # the connection is broken for the server
        self._closed = False  # the server hung up, or its process has died
        self._vanished = False  # the client is gone and nobody was told
        self.arrived: Callable[[], None] = lambda: None  # for the client: something has come

    # --- for the server ------------------------------------------------------------------

    def fileno(self) -> int:
        """Name the socket."""
        return -1 if self._closed else self.number

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001  # the signature of a socket
        """It never waits."""

    def setsockopt(self, *_: int) -> None:
        """There is nothing to set."""

    def recv(self, size: int, _flags: int = 0) -> bytes:
        """Read what has come."""
        self._check()
        if not self._up:
            if self._ended:
                return b""
            raise BlockingIOError
        data = bytes(self._up[:size])
        del self._up[:size]
        return data

    def send(self, data: bytes) -> int:
        """Take as much as fits."""
        self._check()
        room = self._capacity - len(self._down)
        if room <= 0:
            raise BlockingIOError
        self._down += data[:room]
        self.arrived()
        return min(room, len(data))

    def close(self) -> None:
        """Hang up; what was sent still arrives."""
        self._closed = True
        self.arrived()

    def _check(self) -> None:
        if self._closed or self._reset:
            raise ConnectionResetError

    @property
    def readable(self) -> bool:
        """Whether a read would not block."""
        return bool(self._up) or self._ended or self._reset

    @property
    def writable(self) -> bool:
        """Whether a write would not block."""
        return len(self._down) < self._capacity or self._reset

    @property
    def broken(self) -> bool:
        """Whether epoll reports it whatever it was asked for."""
        return self._reset

    # --- for the client ------------------------------------------------------------------

    @property
    def unread_up(self) -> int:
        """Bytes that the server has not read yet."""
        return len(self._up) + len(self._stalled or b"")

    def take(self) -> bytes | None:
        """Return what the server sent, b"" at the end, None where there is nothing yet."""
        if not self._down:
            return b"" if self._closed or self._reset else None
        was_full = len(self._down) >= self._capacity
        data = bytes(self._down)
        self._down.clear()
        if was_full:
            self._notify()
        return data

    def write(self, data: bytes) -> None:
        """Send to the server; into the void once the connection is down."""
        if not (self._closed or self._ended or self._reset or self._vanished):
            if self._stalled is None:
                self._up += data
                self._notify()
            else:
                self._stalled += data

    def stall(self) -> None:
        """From now on nothing arrives at the server."""
        if self._stalled is None:
            self._stalled = bytearray()

    def arrive(self, *, lost: int = 0) -> None:
        """What was stalled arrives, though the client may have given up; but not its last bytes."""
        late, self._stalled = self._stalled, None
        if late and not (self._closed or self._ended or self._reset):
            self._up += late[: len(late) - lost]
            self._notify()

    def hang_up(self) -> None:
        """End politely: the server reads all, then the end."""
        if not self._vanished:
            self.arrive()
            self._ended = True
            self._notify()

    def reset(self) -> None:
        """Break: what was on its way, in both directions, is lost."""
        self._reset = True
        self._up.clear()
        self._stalled = None
        self._down.clear()
        self.arrived()
        self._notify()

    def lose_tail(self, size: int) -> None:
        """Lose the last bytes that are on their way to the server, also in a frame's middle."""
        for waiting in (self._stalled, self._up):  # what has stalled left later
            if waiting and size:
                lost = min(size, len(waiting))
                del waiting[-lost:]
                size -= lost

    def vanish(self) -> None:
        """Be gone without a word: half-open, as when a phone's battery dies."""
        self._vanished = True

    def die(self) -> None:
        """The server's process is killed; the kernel tells the client."""
        self._closed = True
        self._down.clear()
        self.arrived()

    def _notify(self) -> None:
        if self.hub is not None:
            self.hub.poke(self)


class SimHub(Hub):
    """The hub's read side over simulated sockets; its writer and its sweep are the real ones."""

    def __init__(self) -> None:
        super().__init__()
        self._epoll.close()
        self._sockets: dict[int, SimSocket] = {}
        self._interest: dict[int, tuple[bool, bool]] = {}
        self._hot: dict[int, None] = {}
        self._parked: trio.lowlevel.Task | None = None

    def add(self, sock: socket.socket, connection: Watched) -> None:
        """Read this socket from now on."""
        one = cast(SimSocket, sock)
        one.hub = self
        self._sockets[one.number] = one
        self._watched[one.number] = connection
        self._interest[one.number] = (True, False)
        self.poke(one)

    def watch(self, sock: socket.socket, *, read: bool, write: bool) -> None:
        """Change what is waited for."""
        one = cast(SimSocket, sock)
        self._interest[one.number] = (read, write)
        self.poke(one)

    def remove(self, sock: socket.socket) -> None:
        """Forget a socket."""
        one = cast(SimSocket, sock)
        self._watched.pop(one.number, None)
        self._sockets.pop(one.number, None)
        self._interest.pop(one.number, None)
        if not self._watched:
            self._empty.set()

    def poke(self, sock: SimSocket) -> None:
        """Something may have changed about it."""
        if sock.number in self._watched:
            self._hot[sock.number] = None
            if self._parked is not None:
                task, self._parked = self._parked, None
                trio.lowlevel.reschedule(task)

    async def read(self) -> None:
        """Read for ever, as the real one does: level-triggered, and errors in any case."""
        while True:
            if self._hot:
                await trio.lowlevel.checkpoint()
            else:
                self._parked = trio.lowlevel.current_task()
                await trio.lowlevel.wait_task_rescheduled(self._unpark)
            self.now_s = trio.current_time()
            for number in list(self._hot)[:_PASS_MAX]:
                self._serve(number)

    def _unpark(self, _: object) -> trio.lowlevel.Abort:
        self._parked = None
        return trio.lowlevel.Abort.SUCCEEDED

    def _serve(self, number: int) -> None:
        connection, sock = self._watched.get(number), self._sockets.get(number)
        del self._hot[number]
        if connection is None or sock is None:
            return
        wants_read, wants_write = self._wants(sock)
        if wants_write:
            connection.writable()
        if wants_read:
            connection.readable()
        if number in self._watched and any(self._wants(sock)):
            self._hot[number] = None

    def _wants(self, sock: SimSocket) -> tuple[bool, bool]:
        read, write = self._interest[sock.number]
        return (read and sock.readable) or sock.broken, write and sock.writable

    def close(self) -> None:
        """There is no epoll."""
