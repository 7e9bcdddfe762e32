"""The echo path of the test environment: every message comes back as it was.

It stands behind the whole gateway (doorman, hub, connection), so that a suite for RFC 6455 that
knows nothing of Glimpse can be pointed at the real thing. No other environment serves it.
"""

from __future__ import annotations

from typing import Protocol

from engine.wire.close_codes import CloseCode
from engine.wire.websocket import Opcode, server_frame

ECHO_PATH = "/v1/echo"


class EchoLine(Protocol):
    """What an echo does to its connection."""

    def send(self, frame: bytes) -> None:
        """Queue a frame."""

    def close(self, code: CloseCode, reason: str = "") -> None:
        """End."""


class Echo:
    """Sends text back as text and bytes as bytes; the connection itself waits for slow readers."""

    full = False

    def __init__(self) -> None:
        self.connection: EchoLine | None = None

    def receive(self, opcode: int, data: bytes) -> None:
        """Take one message; text that is not UTF-8 ends the line (RFC 6455, 8.1)."""
        assert self.connection is not None
        if opcode == Opcode.TEXT:
            try:
                data.decode()
            except UnicodeDecodeError:
                self.connection.close(CloseCode.INVALID_DATA, "text is not UTF-8")
                return
        self.connection.send(server_frame(opcode, data))

    def end(self) -> None:
        """Nothing is kept, so nothing is to be let go."""
