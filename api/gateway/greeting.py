"""The first five seconds: a connection has to say hello before it becomes a session."""

from __future__ import annotations

import trio

from actors.line import Line
from api.gateway.connection import Connection
from engine.errors import BadFrame, Refused, Unauthenticated
from engine.limits import (
    BAD_FRAMES_PER_MINUTE_MAX,
    EARLY_OPS_MAX,
    OUTBOX_EPHEMERAL_BYTES_MAX,
)
from engine.wire import frames as wire
from engine.wire.close_codes import CloseCode
from engine.wire.codec import Codec, Rejected, decode, encode, refusal


class EarlyLine(Line):
    """The line of a session whose hello has no answer yet: nothing may overtake that."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._frames: list[bytes] = []
        self._bytes = 0

    def send(self, frame: bytes) -> None:
        """Keep a frame."""
        self._frames.append(frame)
        self._bytes += len(frame)
        if self._bytes > OUTBOX_EPHEMERAL_BYTES_MAX:
            self._connection.close(CloseCode.SLOW_CONSUMER, "too much waits behind the hello")

    def send_ephemeral(self, frame: bytes) -> None:
        """Drop a frame: no room is open yet."""

    def close(self, code: CloseCode, reason: str = "") -> None:
        """End."""
        self._connection.close(code, reason)

    def resume(self) -> None:
        """Nothing is read before the hello has its answer."""

    def release(self) -> None:
        """The answer is sent: send what was kept."""
        for frame in self._frames:
            self._connection.send(frame)


class Greeting:
    """Waits for the hello of one connection and refuses everything else."""

    full = False

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._said = trio.Event()
        self._hello: wire.Hello | None = None
        self._bad_frames = 0
        self._early = 0
        self.connection: Connection | None = None

    def receive(self, opcode: int, data: bytes) -> None:
        """Take one message; after the hello the connection is not read until it is a session."""
        assert self.connection is not None
        try:
            frame = decode(self._codec, opcode, data)
        except BadFrame:
            self.connection.send(encode(self._codec, {"ev": "error", "code": BadFrame.code}))
            self._bad_frames += 1
            if self._bad_frames >= BAD_FRAMES_PER_MINUTE_MAX:
                self.connection.close(CloseCode.PROTOCOL_ABUSE, "too many malformed frames")
            return
        if isinstance(frame, wire.Hello):
            self._hello = frame
            self.full = True
            self._said.set()
        else:
            self._early += 1
            ref, why = _refused(frame)
            if ref is not None:
                self.connection.send(refusal(self._codec, ref, why))
            if self._early >= EARLY_OPS_MAX:
                self.connection.close(CloseCode.PROTOCOL_ABUSE, "say hello first")

    def end(self) -> None:
        """The connection went down before its hello."""
        self._said.set()

    async def hello(self) -> wire.Hello | None:
        """Wait for the hello; None when the connection went down instead."""
        await self._said.wait()
        return self._hello


def _refused(frame: Rejected | wire.ClientFrame) -> tuple[int | str | None, Refused]:
    if isinstance(frame, Rejected):
        return frame.ref, frame.refusal
    return frame.id, Unauthenticated("say hello first")
