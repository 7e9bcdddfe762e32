"""One established WebSocket: frames over a socket, bounded in both directions, never waiting."""

from __future__ import annotations

import socket
from typing import Final, Protocol

import trio

from api.gateway.hub import Hub, Watched
from api.observe.logging import get_logger, where
from engine.limits import (
    CLIENT_FRAME_BYTES_MAX,
    CLOSE_WITHIN_S,
    CONTROL_FRAMES_PER_MINUTE_MAX,
    HEARTBEAT_S,
    OUTBOX_BYTES_MAX,
    OUTBOX_EPHEMERAL_BYTES_MAX,
    RECEIVE_BYTES,
    SILENCE_S_MAX,
)
from engine.wire.close_codes import CloseCode
from engine.wire.websocket import (
    CLOSE,
    FrameError,
    FrameReader,
    Opcode,
    Received,
    close_frame,
    read_close,
    server_frame,
)

_log: Final = get_logger("gateway")
_PING: Final = server_frame(Opcode.PING, b"")
_SWEEP_SLACK_S: Final = 5.0  # the hub looks every 5 s: a peer is dropped before 60 s, not after


class Receiver(Protocol):
    """Who gets the messages: the greeting first, then the session."""

    @property
    def full(self) -> bool:
        """Whether it takes no more just now; it calls `resume` when it does again."""

    def receive(self, opcode: int, data: bytes) -> None:
        """Take one message."""

    def end(self) -> None:
        """The connection is down."""


class Connection(Watched):
    """Implements the session's line (send, close, resume) and the hub's side of a socket."""

    __slots__ = (
        "_blocked",
        "_closing_s",
        "_controls",
        "_dirty",
        "_down",
        "_expires_s",
        "_failed",
        "_heard_s",
        "_hub",
        "_pinged_s",
        "_queue",
        "_queue_bytes",
        "_reader",
        "_reading",
        "_receiver",
        "_rest",
        "_said_close",
        "_sock",
        "_unread",
    )

    def __init__(self, sock: socket.socket, hub: Hub, receiver: Receiver) -> None:
        self._sock = sock
        self._hub = hub
        self._receiver = receiver
        self._reader = FrameReader(message_bytes_max=CLIENT_FRAME_BYTES_MAX)
        self._unread: list[Received] | None = None  # read, but the session is full
        self._queue: list[bytes] = []
        self._queue_bytes = 0
        self._rest = b""  # what the socket did not take of the last send
        self._blocked = False
        self._dirty = False
        self._reading = True
        self._down = False
        self._said_close = False
        self._failed = False  # the peer broke RFC 6455: it is told why, and not heard any more
        self._closing_s: float | None = None  # when a closing connection is dropped
        self._expires_s: float | None = None
        self._heard_s = self._pinged_s = trio.current_time()
        self._controls = 0
        hub.add(sock, self)

    # --- for the session -----------------------------------------------------------------

    def hand_over(self, receiver: Receiver, *, expires_s: float | None) -> None:
        """From now on another receiver gets the messages; at `expires_s` the line ends (4002)."""
        self._receiver = receiver
        self._expires_s = expires_s
        self.resume()

    def send(self, frame: bytes) -> None:
        """Queue a frame for the end of this tick; a client too far behind is closed with 4001."""
        if self._said_close:
            return
        self._queue.append(frame)
        self._queue_bytes += len(frame)
        if not self._dirty:
            self._dirty = True
            self._hub.wants_flush(self)
        elif self._queue_bytes > OUTBOX_BYTES_MAX:
            # Much at once is not slow: the kernel may have room for it. What it does not take
            # waits for it, and is given up by the next write, if still too much.
            self._write()

    def send_ephemeral(self, frame: bytes) -> None:
        """Queue a frame unless the client is behind."""
        if self._queue_bytes + len(frame) <= OUTBOX_EPHEMERAL_BYTES_MAX:
            self.send(frame)

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Send what waits and a close frame; whoever does not answer in time is dropped."""
        if self._said_close or self._down:
            return
        self._said_close = True
        self._closing_s = trio.current_time() + CLOSE_WITHIN_S
        self._queue.append(close_frame(code, reason))
        self._receiver.end()
        self._unread = None
        self._read_again()
        if not self._dirty:
            self._dirty = True
            self._hub.wants_flush(self)

    def resume(self) -> None:
        """Go on reading: first what was read already."""
        if self._reading or self._down or self._said_close or self._full:
            return
        unread, self._unread = self._unread, None
        if unread:
            try:
                self._deliver(unread)
            except Exception as exc:  # noqa: BLE001  # called from the depth of a room
                self._fail(exc)
        self._go_on()

    @property
    def ending(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._down or self._said_close

    # --- for the hub ---------------------------------------------------------------------

    def readable(self) -> None:
        """Read once; the hub comes back while there is more, so nobody starves."""
        if not self._reading:
            self.drop()  # Not asked for, so it is the end: an error or a hang-up.
            return
        try:
            self._read()
        except Exception as exc:  # noqa: BLE001  # a bug in one session must not end the others
            self._fail(exc)

    def writable(self) -> None:
        """Send the rest of what the socket did not take before."""
        self._blocked = False
        if not self._down:
            self._hub.watch(self._sock, read=self._reading, write=False)
            self.flush()

    def flush(self) -> None:
        """Send all that waits in one call, and go on reading a client that was behind."""
        self._write()
        if not self._reading:
            self.resume()

    def _write(self) -> None:
        self._dirty = False
        if self._blocked:
            if self._queue_bytes > OUTBOX_BYTES_MAX and not self._said_close:
                self._give_up()
            return
        queue = self._queue
        if self._rest:
            queue.insert(0, self._rest)
        if not queue:
            return
        data = queue[0] if len(queue) == 1 else b"".join(queue)
        queue.clear()
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.drop()
            return
        self._queue_bytes = len(data) - sent
        if self._queue_bytes:
            self._rest = data[sent:]
            self._blocked = True
            self._hub.watch(self._sock, read=self._reading, write=True)
            return
        self._rest = b""
        if self._failed:
            self._hang_up()

    def check(self, now_s: float) -> None:
        """Ping, expire or drop."""
        if self._closing_s is not None:
            if now_s >= self._closing_s:
                self.drop()
        elif now_s - self._heard_s >= SILENCE_S_MAX - _SWEEP_SLACK_S:
            self.drop()
        elif self._expires_s is not None and now_s >= self._expires_s:
            self.close(CloseCode.SESSION_EXPIRED, "refresh the token")
        elif now_s - self._pinged_s >= HEARTBEAT_S - _SWEEP_SLACK_S:
            self._pinged_s = now_s
            self._controls = 0
            self.send(_PING)

    def drop(self) -> None:
        """Close the socket now; the session hears of it at once."""
        if self._down:
            return
        self._down = self._said_close = True
        self._hub.remove(self._sock)
        self._sock.close()
        self._queue.clear()
        self._rest = b""
        self._unread = None
        self._receiver.end()

    # --- inside --------------------------------------------------------------------------

    def _give_up(self) -> None:
        """The client reads too slowly; it resumes by (epoch, seq), so this loses nothing."""
        self._queue.clear()
        self._queue_bytes = len(self._rest)
        self.close(CloseCode.SLOW_CONSUMER, "reading too slowly")

    @property
    def _full(self) -> bool:
        """Whether nothing more may be asked: too much is under way, or too much is unread.

        A client that asks for pages faster than it reads them waits, and is not cut off for it.
        """
        return self._receiver.full or self._queue_bytes > OUTBOX_EPHEMERAL_BYTES_MAX

    def _fail(self, exc: Exception) -> None:
        """End this session; its trouble is not the others'."""
        if isinstance(exc, FrameError):
            self._failed = True
            self.close(exc.close_code, str(exc))
        else:
            _log.error("session_failed", error=type(exc).__name__, where=where(exc))
            self.close(CloseCode.INTERNAL_RESTART)

    def _go_on(self) -> None:
        if self._unread is None and not self._full:
            self._read_again()

    def _read_again(self) -> None:
        if not self._reading and not self._down:
            self._reading = True
            self._hub.watch(self._sock, read=True, write=self._blocked)

    def _read(self) -> None:
        try:
            data = self._sock.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.drop()
            return
        self._heard_s = self._hub.now_s
        self._deliver(self._reader.feed(data))

    def _deliver(self, messages: list[Received]) -> None:
        for index, (opcode, payload) in enumerate(messages, start=1):
            if opcode >= CLOSE:
                self._control(opcode, payload)
                if self._down:
                    return
                continue
            if self._said_close:
                continue
            self._receiver.receive(opcode, payload)
            if self._full and not self._said_close:
                self._unread = messages[index:]
                self._reading = False
                self._hub.watch(self._sock, read=False, write=self._blocked)
                return
        if self._reader.broken is not None and not self._said_close:
            raise self._reader.broken

    def _hang_up(self) -> None:
        """Say that nothing more will come, and let the peer end: closing now could cost it the
        close frame, since unread bytes turn a close into a reset.
        """
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.drop()

    def _control(self, opcode: int, payload: bytes) -> None:
        self._controls += 1
        if opcode == Opcode.CLOSE:
            self._peer_closed(payload)
        elif self._controls > CONTROL_FRAMES_PER_MINUTE_MAX:
            self.close(CloseCode.PROTOCOL_ABUSE, "too many control frames")
        elif opcode == Opcode.PING:
            self.send(server_frame(Opcode.PONG, payload))

    def _peer_closed(self, payload: bytes) -> None:
        """Answer a close with a close, then hang up: the server closes TCP first (RFC 6455)."""
        if not self._said_close:
            code = read_close(payload)
            self._said_close = True
            self._receiver.end()
            self._queue.append(close_frame(code))
        self._blocked = False
        self._write()
        self.drop()
