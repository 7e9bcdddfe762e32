"""A crowd of WebSocket clients on one epoll: opening, joining, sending, closing.

The hot loop of a run is in `talk`; here is what happens once per client and must only be correct.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterable, Iterator
from time import monotonic, perf_counter_ns
from typing import Self

import msgspec

from bench.errors import StuckError, UnusableError
from bench.limits import (
    EVENTS_PER_POLL_MAX,
    HANDSHAKE_S,
    HANDSHAKES_MAX,
    JOIN_ALL_S,
    READ_BYTES,
    SETTLE_QUIET_S,
    SETTLE_S_MAX,
    UNSENT_BYTES_MAX,
)
from bench.load.dialect import (
    Answer,
    Delivery,
    Dialect,
    RefusedByServerError,
    Script,
    Seat,
    Step,
    Trouble,
)
from bench.load.frames import FrameError, Opcode, client_frame, split_frames
from bench.load.tally import Message

# Any 16 bytes do: the key only has to come back hashed, which a benchmark need not check.
KEY = "Z2xpbXBzZS1iZW5jaC0xNg=="
HEAD_END = b"\r\n\r\n"
HEAD_BYTES_MAX = 8_192

# A message and the finished frame that sends it.
Draft = tuple[Message, bytes]


class Client:
    """One connection and how far its reader has come."""

    __slots__ = (
        "acked",
        "drafts",
        "expected",
        "index",
        "joined_ns",
        "leaving",
        "open",
        "opened_ns",
        "recv",
        "rest",
        "room",
        "script",
        "seat",
        "sock",
        "unsent",
    )

    def __init__(self, index: int, seat: Seat, sock: socket.socket, script: Script) -> None:
        self.index = index
        self.seat = seat
        self.sock = sock
        self.recv = sock.recv
        self.script: Script | None = script
        self.open = False
        self.opened_ns = 0
        self.joined_ns = 0
        self.rest = b""
        self.unsent = b""
        self.drafts: list[Draft] = []
        self.leaving: list[Draft] = []
        self.room = -1
        self.expected = 1
        self.acked = -1

    @property
    def present(self) -> bool:
        """Whether it has joined, and is not on its way back."""
        return self.script is None and self.sock.fileno() >= 0


class Crowd:
    """All clients of one run; close it, and every connection is gone."""

    def __init__(
        self, dialect: Dialect, host: str, port: int, *, receive_bytes: int | None = None
    ) -> None:
        self.dialect = dialect
        self.clients: list[Client] = []
        self.by_fd: dict[int, Client] = {}
        self.epoll = select.epoll()
        # Who hears what comes between joining and the run.
        self.between: Callable[[Client, bytes], None] = self._overhear
        self._address = (host, port)
        self._receive_bytes = receive_bytes  # what the kernel takes for a client that does not read
        self._joining = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self.clients:
            client.sock.close()
        self.epoll.close()

    def join(self, seats: Iterable[Seat]) -> None:
        """Open a connection for every seat, a bounded number of them at once."""
        deadline = monotonic() + JOIN_ALL_S
        waiting: Iterator[Seat] = iter(seats)
        seat = next(waiting, None)
        while seat is not None or self._joining:
            while seat is not None and self._joining < HANDSHAKES_MAX:
                self._open(seat)
                seat = next(waiting, None)
            self._wait_for_answers()
            if monotonic() > deadline:
                raise StuckError(f"{len(self.clients)} clients came in {JOIN_ALL_S:g} s; too slow")

    def walk(self, script: Callable[[Client], Script], *, at_once: int) -> None:
        """Have every client go through a script, a bounded number of them at once."""
        for client in self.clients:
            client.script = script(client)
            client.opened_ns = perf_counter_ns()
            self._joining += 1
            self._say(client, next(client.script))
            while self._joining >= at_once:
                self._wait_for_answers()
        while self._joining:
            self._wait_for_answers()

    def leave(self, client: Client) -> None:
        """Be gone without a word, as a phone in a tunnel."""
        self.by_fd.pop(client.sock.fileno(), None)
        client.sock.close()
        client.rest = client.unsent = b""

    def come_back(self, client: Client, script: Script) -> None:
        """Open a new connection for a client that left."""
        client.script, client.open = script, False
        client.sock = self._connect()
        client.recv = client.sock.recv
        self._begin(client)

    def settle(self) -> None:
        """Read on until the rooms have nothing more to say about who came."""
        deadline = monotonic() + SETTLE_S_MAX
        while self._turn(SETTLE_QUIET_S) and monotonic() < deadline:
            pass

    def send(self, client: Client, data: bytes) -> None:
        """Send finished frames; what does not fit waits for the socket."""
        if client.unsent:
            client.unsent += data
            if len(client.unsent) > UNSENT_BYTES_MAX:
                raise StuckError(f"the server does not read from client {client.index}")
            return
        try:
            sent = client.sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as exc:
            raise UnusableError(f"client {client.index} cannot send: {exc}") from exc
        if sent < len(data):
            client.unsent = data[sent:]
            self.epoll.modify(client.sock, select.EPOLLIN | select.EPOLLOUT)

    def writable(self, client: Client) -> None:
        """Send on what waited."""
        waiting, client.unsent = client.unsent, b""
        self.epoll.modify(client.sock, select.EPOLLIN)
        if waiting:
            self.send(client, waiting)

    def control(self, client: Client, opcode: int, payload: bytes) -> None:
        """Answer a ping; a close ends the run."""
        if opcode == Opcode.PING:
            self.send(client, client_frame(Opcode.PONG, payload))
        elif opcode == Opcode.CLOSE:
            code = int.from_bytes(payload[:2], "big")
            reason = payload[2:].decode(errors="replace")
            raise UnusableError(
                f"the server closed client {client.index}: {code} {reason}".rstrip()
            )

    def _open(self, seat: Seat) -> None:
        opened_ns = perf_counter_ns()
        client = Client(len(self.clients), seat, self._connect(), self.dialect.join(seat))
        client.opened_ns = opened_ns
        self.clients.append(client)
        self._begin(client)

    def _connect(self) -> socket.socket:
        sock = socket.socket()
        sock.settimeout(HANDSHAKE_S)
        if self._receive_bytes is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_bytes)
        try:
            sock.connect(self._address)
        except OSError as exc:
            sock.close()
            raise UnusableError(f"cannot connect to port {self._address[1]}: {exc}") from exc
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _begin(self, client: Client) -> None:
        self.by_fd[client.sock.fileno()] = client
        self.epoll.register(client.sock, select.EPOLLIN)
        self._joining += 1
        self.send(client, self._request())

    def _request(self) -> bytes:
        host, port = self._address
        lines = [
            f"GET {self.dialect.path} HTTP/1.1",
            f"Host: {host}:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {KEY}",
            "Sec-WebSocket-Version: 13",
        ]
        if self.dialect.subprotocol:
            lines.append(f"Sec-WebSocket-Protocol: {self.dialect.subprotocol}")
        return "\r\n".join(lines).encode() + HEAD_END

    def _wait_for_answers(self) -> None:
        if not self._turn(HANDSHAKE_S):
            raise StuckError(f"nothing was answered within {HANDSHAKE_S:g} s")

    def _turn(self, wait_s: float) -> bool:
        """Handle what came within `wait_s`; False if nothing did."""
        events = self.epoll.poll(wait_s, EVENTS_PER_POLL_MAX)
        for fd, mask in events:
            client = self.by_fd[fd]
            if mask & select.EPOLLOUT:
                self.writable(client)
            if mask & ~select.EPOLLOUT:
                self.readable(client)
        return bool(events)

    def readable(self, client: Client) -> None:
        """Read on the way in, and whatever came behind the last answer."""
        try:
            data = client.recv(READ_BYTES)
        except OSError as exc:
            raise UnusableError(f"client {client.index} lost its connection: {exc}") from exc
        if not data:
            raise UnusableError(f"the server hung up on client {client.index}")
        data = client.rest + data
        try:
            if not client.open:
                data = self._upgraded(client, data)
            if client.open:
                frames, data = split_frames(data)
                for opcode, payload in frames:
                    self._frame(client, opcode, payload)
        except (FrameError, RefusedByServerError, msgspec.MsgspecError) as exc:
            raise UnusableError(f"client {client.index} could not join: {exc}") from exc
        client.rest = data

    def _upgraded(self, client: Client, data: bytes) -> bytes:
        end = data.find(HEAD_END)
        if end < 0:
            if len(data) > HEAD_BYTES_MAX:
                raise FrameError("an endless HTTP head")
            return data
        head = data[:end].decode("latin-1")
        if not head.startswith("HTTP/1.1 101"):
            raise RefusedByServerError(head.partition("\r\n")[0])
        if self.dialect.subprotocol not in head:
            raise RefusedByServerError(f"subprotocol {self.dialect.subprotocol} not agreed")
        client.open = True
        assert client.script is not None
        self._say(client, next(client.script))
        return data[end + len(HEAD_END) :]

    def _frame(self, client: Client, opcode: int, payload: bytes) -> None:
        if opcode != self.dialect.opcode:
            self.control(client, opcode, payload)
            return
        if client.script is None:
            self.between(client, payload)
            return
        try:
            answer = client.script.send(payload)
        except StopIteration as done:
            client.expected = int(done.value) + 1
            client.script = None
            client.joined_ns = perf_counter_ns()
            self._joining -= 1
        else:
            self._say(client, answer)

    def _overhear(self, client: Client, payload: bytes) -> None:
        """Keep count of the room between joining and the run."""
        match self.dialect.hear(payload):
            case Step(seq=seq) | Delivery(seq=seq):
                client.expected = seq + 1
            case Answer(payload=answer):
                self._say(client, answer)
            case Trouble(text=text):
                raise UnusableError(f"client {client.index}: {text}")
            case _:
                pass

    def _say(self, client: Client, payload: bytes) -> None:
        if payload:
            self.send(client, client_frame(self.dialect.opcode, payload))
