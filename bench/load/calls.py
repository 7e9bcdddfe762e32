"""HTTP calls by the clock, on one epoll: each leaves when it is due, whatever the others do.

An open loop. A call that finds all connections busy waits for one of them, and that wait is part of
its latency, since it is what a person would have waited.
"""

from __future__ import annotations

import gc
import re
import select
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter_ns, process_time_ns
from typing import Any, Self

from api.client import Call, RefusedError, StrangeError
from bench.errors import StuckError
from bench.limits import (
    EVENTS_PER_POLL_MAX,
    LATENCY_SLOT_SHIFT,
    LATENCY_SLOTS,
    LINE_IDLE_S,
    LINES_MAX,
    READ_BYTES,
    STALL_S,
)
from bench.load.tally import NS_PER_MS, Latencies, Tally
from bench.targets import loopback

NS_PER_S = 1e9
HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
KIND = re.compile(rb"\r\ncontent-type: *([^\r;]+)", re.IGNORECASE)
CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
NO_CONTENT = 204


@dataclass(frozen=True, slots=True)
class Asked:
    """One call; `hear` gets its answer and may ask one thing more, which is not counted."""

    kind: str
    call: Call[Any]
    access: str | None
    hear: Callable[[Any], Asked | None] = lambda _: None


@dataclass(slots=True)
class Door:
    """One process that answers, and the connections to it on which nothing is under way."""

    host: str
    port: int
    idle: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Line:
    """One connection, and what is under way on it."""

    sock: socket.socket
    door: Door
    asked: Asked | None = None
    counted: bool = True
    due_ns: int = 0
    idle_ns: int = 0  # since when
    buffer: bytes = b""


@dataclass(slots=True)
class Figure:
    """What one kind of call took."""

    count: int = 0
    latencies: Latencies = field(default_factory=Latencies)


@dataclass(frozen=True, slots=True)
class Passed:
    """How a run went as a whole."""

    seconds: float
    late_ms_max: float  # of the generator
    generator_share: float


class Calls:
    """Keep-alive connections to a server; close it, and they are gone.

    Several doors get calls by turns, as from a balancer. What a call asks on goes the way it came.
    """

    def __init__(self, *urls: str) -> None:
        self.tally = Tally()
        self.figures: dict[str, Figure] = {}
        self.all = Figure()
        self._doors = deque(Door(*loopback(url)[:2]) for url in urls)
        self._epoll = select.epoll()
        self._lines: dict[int, Line] = {}
        self._waiting: deque[tuple[Asked, int, bool]] = deque()
        self._under_way = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for line in self._lines.values():
            line.sock.close()
        self._epoll.close()

    def run(self, source: Callable[[], Asked], *, rate: int, seconds: float) -> Passed:
        """Let what `source` asks leave `rate` times a second, then wait for the last answers."""
        self.figures, self.all = {}, Figure()
        gc.collect()
        gc.disable()
        try:
            started_ns, cpu_ns = perf_counter_ns(), process_time_ns()
            late_ns_max = self._by_the_clock(source, started_ns, rate, int(rate * seconds))
            self._finish()
            passed_ns = perf_counter_ns() - started_ns
            share = (process_time_ns() - cpu_ns) / passed_ns
            return Passed(passed_ns / NS_PER_S, late_ns_max / NS_PER_MS, share)
        finally:
            gc.enable()

    def _by_the_clock(
        self, source: Callable[[], Asked], started_ns: int, rate: int, count: int
    ) -> int:
        late_ns_max = 0
        for number in range(count):
            due_ns = started_ns + int(number * NS_PER_S / rate)
            while (left_ns := due_ns - perf_counter_ns()) > 0:
                self._turn(left_ns / NS_PER_S)
            late_ns_max = max(late_ns_max, -left_ns)
            self._ask(source(), due_ns, counted=True)
            self._turn(0)
        return late_ns_max

    def _finish(self) -> None:
        while self._under_way or self._waiting:
            if not self._turn(STALL_S):
                lost = self._under_way + len(self._waiting)
                raise StuckError(f"{lost} calls were not answered within {STALL_S:g} s")

    # ----------------------------------------------------------------------------------- asking
    def _ask(self, asked: Asked, due_ns: int, *, counted: bool) -> None:
        self._waiting.append((asked, due_ns, counted))
        self._send_those_waiting()

    def _send_those_waiting(self) -> None:
        while self._waiting and (door := self._free_door()) is not None:
            asked, due_ns, counted = self._waiting.popleft()
            self._send(self._free_line(door), asked, due_ns, counted=counted)

    def _free_door(self) -> Door | None:
        """Take the next door in turn that has a free connection or may have one more."""
        for _ in range(len(self._doors)):
            self._doors.rotate()
            if self._doors[0].idle or len(self._lines) < LINES_MAX:
                return self._doors[0]
        return None

    def _free_line(self, door: Door) -> Line:
        """Take the connection that was used last, if the server is not about to close it."""
        if door.idle and perf_counter_ns() - door.idle[-1].idle_ns < LINE_IDLE_S * NS_PER_S:
            return door.idle.pop()
        for line in door.idle:
            self._forget(line)
        door.idle.clear()
        return self._connect(door)

    def _send(self, line: Line, asked: Asked, due_ns: int, *, counted: bool) -> None:
        call = asked.call
        content = call.content
        host = f"{line.door.host}:{line.door.port}"
        headers = {"Host": host, **call.headers(asked.access)}
        if call.method != "GET":
            headers["Content-Length"] = str(len(content))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        line.asked, line.due_ns, line.counted = asked, due_ns, counted
        self._under_way += 1
        # A request is far below the kernel's buffer of an idle connection.
        line.sock.sendall(f"{call.method} {call.target} HTTP/1.1\r\n{head}\r\n".encode() + content)

    def _connect(self, door: Door) -> Line:
        try:
            sock = socket.create_connection((door.host, door.port), timeout=STALL_S)
        except OSError as exc:
            raise StuckError(f"no connection to {door.host}:{door.port}: {exc}") from exc
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = Line(sock, door)
        self._lines[sock.fileno()] = line
        self._epoll.register(sock.fileno(), select.EPOLLIN)
        return line

    # ---------------------------------------------------------------------------------- hearing
    def _turn(self, wait_s: float) -> bool:
        events = self._epoll.poll(wait_s, EVENTS_PER_POLL_MAX)
        for fd, _ in events:
            self._readable(self._lines[fd])
        return bool(events)

    def _readable(self, line: Line) -> None:
        try:
            data = line.sock.recv(READ_BYTES)
        except OSError:
            data = b""
        if not data:
            self._lost(line)
            return
        line.buffer += data
        head, end, body = line.buffer.partition(HEAD_END)
        if not end:
            return
        status = int(head[9:12])
        length = LENGTH.search(head)
        if length is None and status != NO_CONTENT:
            self._lost(line)
        elif length is None or len(body) >= int(length[1]):
            self._answered(line, status, head, body)

    def _answered(self, line: Line, status: int, head: bytes, body: bytes) -> None:
        asked, due_ns, counted, now_ns = line.asked, line.due_ns, line.counted, perf_counter_ns()
        assert asked is not None, "an answer without a call"
        line.asked, line.buffer = None, b""
        self._under_way -= 1
        more = None
        kind = KIND.search(head)
        try:
            more = asked.hear(asked.call.read(status, kind[1].decode() if kind else "", body))
        except (RefusedError, StrangeError) as error:
            self.tally.trouble(f"{asked.kind}: {error}")
        if counted:
            self._count(asked.kind, now_ns - due_ns)
        if CLOSES.search(head):
            self._forget(line)
        elif more is not None:
            self._send(line, more, now_ns, counted=False)
            return
        else:
            line.idle_ns = now_ns
            line.door.idle.append(line)
        if more is not None:
            self._waiting.append((more, now_ns, False))
        self._send_those_waiting()

    def _count(self, kind: str, took_ns: int) -> None:
        slot = min(took_ns >> LATENCY_SLOT_SHIFT, LATENCY_SLOTS - 1)
        for figure in (self.all, self.figures.setdefault(kind, Figure())):
            figure.count += 1
            figure.latencies.slots[slot] += 1

    def _lost(self, line: Line) -> None:
        """Close a connection that the server has left; what was under way on it is an error."""
        if line.asked is not None:
            self.tally.trouble(f"{line.asked.kind}: the connection ended before the answer")
            self._under_way -= 1
        else:
            line.door.idle.remove(line)
        self._forget(line)
        self._send_those_waiting()

    def _forget(self, line: Line) -> None:
        self._epoll.unregister(line.sock.fileno())
        del self._lines[line.sock.fileno()]
        line.sock.close()
