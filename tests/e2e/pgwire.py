"""A wire to PostgreSQL that knows when the room log commits, and can fail at exactly that moment.

It stands where the server thinks PostgreSQL is. The next append of the room log, once armed, is
cut off before or after PostgreSQL has it, or is committed while its answer never comes through.
Or the disk is full: then every row that is to be written is refused, as PostgreSQL refuses it.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

_CHUNK = 65_536
_SOCKET = ".s.PGSQL.5432"
_APPEND = b"INSERT INTO room_events"
_WRITE = b"INSERT INTO"
_FULL = b"SERROR\0VERROR\0C53100\0MNo space left on device\0\0"
_READY = b"Z\x00\x00\x00\x05"  # the answer to a Sync; how the transaction stands comes behind
_SYNC = struct.pack("!cI", b"S", 4)
_S_MAX = 10.0


class Fault(Enum):
    """What happens to the next append."""

    CUT_BEFORE = auto()  # PostgreSQL never hears of it
    CUT_AFTER = auto()  # PostgreSQL commits it, the server only sees the line end
    HOLD = auto()  # PostgreSQL commits it, and its answer is held back


@dataclass
class _Line:
    """One connection of the server's."""

    server: socket.socket
    postgres: socket.socket
    appends: set[bytes] = field(default_factory=set)  # names of prepared statements
    writes: set[bytes] = field(default_factory=set)
    refusing: bool = False  # what was bound finds no space
    standing: bytes = b"I"  # of the transaction: none, open, or failed
    begun: bool = False  # the startup message has no type
    bound: bool = False  # an append is bound and not yet synced
    fault: Fault | None = None
    unread: bytes = b""

    def end(self) -> None:
        """Cut both sides."""
        for sock in (self.server, self.postgres):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()


class PgWire:
    """Listens like PostgreSQL and forwards to the real one."""

    def __init__(self, folder: Path, dsn: str) -> None:
        parts = urlsplit(dsn)
        query = dict(parse_qsl(parts.query))
        self._target: str | tuple[str, int] = (
            f"{query['host']}/.s.PGSQL.{query.get('port', '5432')}"
            if "host" in query
            else (parts.hostname or "127.0.0.1", parts.port or 5432)
        )
        user = parts.netloc.rpartition("@")[0]
        self.dsn = f"{parts.scheme}://{user}@{parts.path}?host={quote(str(folder))}&port=5432"
        self.committed = threading.Event()  # a held append is durable
        self.refused = 0  # writes for which there was no space
        self._full = False
        self._armed: Fault | None = None
        self._lines: list[_Line] = []
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / _SOCKET))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, fault: Fault) -> None:
        """Let it happen to the next append, and to no other."""
        self.committed.clear()
        self._armed = fault

    @property
    def armed(self) -> bool:
        """Whether it has not happened yet."""
        return self._armed is not None

    @contextmanager
    def full(self) -> Iterator[None]:
        """Have no space for new rows while the block runs; what is there can be read."""
        self._full = True
        try:
            yield
        finally:
            self._full = False

    def close(self) -> None:
        """Take it away."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._lines:
            line.end()

    def _accept(self) -> None:
        while True:
            try:
                server, _ = self._listener.accept()
            except OSError:
                return
            family = socket.AF_UNIX if isinstance(self._target, str) else socket.AF_INET
            postgres = socket.socket(family)
            try:
                postgres.connect(self._target)
            except OSError:
                server.close()
                postgres.close()
                continue
            line = _Line(server, postgres)
            self._lines.append(line)
            for pump in (self._to_postgres, self._to_server):
                threading.Thread(target=self._guarded, args=(pump, line), daemon=True).start()

    def _guarded(self, pump: Callable[[_Line], None], line: _Line) -> None:
        with suppress(OSError):
            pump(line)
        if line.fault is not Fault.CUT_AFTER:  # that one ends when PostgreSQL is done
            line.end()

    def _to_postgres(self, line: _Line) -> None:
        while data := line.server.recv(_CHUNK):
            line.unread += data
            while (message := _next(line)) is not None:
                if self._is_refused(line, message):
                    continue
                fault = self._fault_of(line, message)
                if fault is Fault.CUT_BEFORE:
                    return
                line.fault = fault or line.fault
                line.postgres.sendall(message)
                if fault is Fault.CUT_AFTER:
                    line.server.shutdown(socket.SHUT_RDWR)
                    return

    def _to_server(self, line: _Line) -> None:
        held = b""
        while data := line.postgres.recv(_CHUNK):
            if line.fault is None:
                if data[-6:-1] == _READY:
                    line.standing = data[-1:]
                line.server.sendall(data)
                continue
            held += data
            if _READY in held:  # ReadyForQuery: the transaction is over
                self.committed.set()
                if line.fault is Fault.CUT_AFTER:
                    line.end()
                    return

    def _is_refused(self, line: _Line, message: bytes) -> bool:
        """Answer for a disk that is full; PostgreSQL never hears of what it would refuse."""
        kind = message[:1]
        if kind == b"P":
            name, query, _ = message[5:].split(b"\0", 2)
            (line.writes.add if _WRITE in query else line.writes.discard)(name)
        elif kind == b"B":
            _, name, _ = message[5:].split(b"\0", 2)
            line.refusing = self._full and name in line.writes
        elif message == _SYNC and line.refusing:
            line.refusing = False
            self.refused += 1
            failed = b"I" if line.standing == b"I" else b"E"
            error = struct.pack("!cI", b"E", 4 + len(_FULL)) + _FULL
            line.server.sendall(error + _READY + failed)
            return True
        return line.refusing

    def _fault_of(self, line: _Line, message: bytes) -> Fault | None:
        """Follow the extended query protocol; say what is to happen to this message."""
        kind = message[:1]
        if kind == b"P":
            name, query, _ = message[5:].split(b"\0", 2)
            (line.appends.add if _APPEND in query else line.appends.discard)(name)
        elif kind == b"B":
            _, name, _ = message[5:].split(b"\0", 2)
            line.bound = name in line.appends
        elif message == _SYNC and line.bound:
            line.bound = False
            with self._lock:
                fault, self._armed = self._armed, None
            return fault
        return None


def _next(line: _Line) -> bytes | None:
    """Take one whole message of the frontend off what came."""
    head = 1 if line.begun else 0
    if len(line.unread) < head + 4:
        return None
    size = head + int.from_bytes(line.unread[head : head + 4], "big")
    if len(line.unread) < size:
        return None
    message, line.unread = line.unread[:size], line.unread[size:]
    line.begun = True
    return message
