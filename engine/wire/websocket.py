"""RFC 6455 without I/O: the server's reader of client frames and its finished frames.

A server's frames are not masked, so one frame is the same bytes for every receiver: an event is
framed once and sent to all (phoenix calls this the fastlane).
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Final

from websockets.speedups import apply_mask

from engine.limits import FRAGMENTS_PER_MESSAGE_MAX
from engine.wire.close_codes import CloseCode


class Opcode(IntEnum):
    """Frame types of RFC 6455, section 5.2."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


# Plain numbers for what happens with every message: a member of an enum is looked up slowly.
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8

_FIN: Final = 0x80
_RESERVED: Final = 0x70
_MASKED: Final = 0x80
_LENGTH_16: Final = 126
_LENGTH_64: Final = 127
_CONTROL_BYTES_MAX: Final = 125
_MASK_BYTES: Final = 4
_CONTROL: Final = 0x8
_DATA: Final = frozenset({Opcode.TEXT, Opcode.BINARY})
_KNOWN: Final = frozenset(Opcode)
_WHOLE: Final = (_FIN | TEXT, _FIN | BINARY)

# Codes a peer may send in a close frame (RFC 6455, 7.4.1 and the IANA registry).
_CLOSE_CODES: Final = frozenset(
    {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014}
)

# Registered by libraries (3000) and left to applications (4000).
_OWN_CLOSE_CODES: Final = range(3000, 5000)

_LENGTH_16_BYTES_MAX: Final = (1 << 16) - 1


def _head(opcode: int, size: int) -> bytes:
    """Return what stands before the payload of a whole unmasked frame."""
    if size < _LENGTH_16:
        return bytes((_FIN | opcode, size))
    if size <= _LENGTH_16_BYTES_MAX:
        return struct.pack("!BBH", _FIN | opcode, _LENGTH_16, size)
    return struct.pack("!BBQ", _FIN | opcode, _LENGTH_64, size)


# Heads of short messages, which most frames are: made once, by size.
_HEADS: Final = 512
_TEXT_HEADS: Final = [_head(TEXT, size) for size in range(_HEADS)]
_BINARY_HEADS: Final = [_head(BINARY, size) for size in range(_HEADS)]
_SHORTEST_HEADER: Final = 2

Received = tuple[int, bytes]


class FrameError(Exception):
    """The peer broke RFC 6455; the connection ends with `close_code`."""

    def __init__(self, close_code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.close_code = close_code


def server_frame(opcode: int, payload: bytes) -> bytes:
    """Return one whole unmasked frame."""
    size = len(payload)
    if size < _HEADS:
        if opcode == TEXT:
            return _TEXT_HEADS[size] + payload
        if opcode == BINARY:
            return _BINARY_HEADS[size] + payload
    return _head(opcode, size) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """Return a close frame; a reason that is too long is cut at a character."""
    text = reason.encode()[: _CONTROL_BYTES_MAX - 2].decode(errors="ignore").encode()
    return server_frame(Opcode.CLOSE, struct.pack("!H", code) + text)


def read_close(payload: bytes) -> int:
    """Return the code of a peer's close frame (1000 where it has none); raises FrameError."""
    if not payload:
        return CloseCode.NORMAL
    if len(payload) == 1:
        raise FrameError(CloseCode.PROTOCOL_ERROR, "close frame of one byte")
    code = int.from_bytes(payload[:2], "big")
    if code not in _CLOSE_CODES and code not in _OWN_CLOSE_CODES:
        raise FrameError(CloseCode.PROTOCOL_ERROR, "close code is not one")
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise FrameError(CloseCode.INVALID_DATA, "close reason is not UTF-8") from None
    return code


def _whole_message(data: bytes, size_max: int) -> Received | None:
    """Return what `data` holds if it is just one short message, as it nearly always is."""
    if len(data) < _SHORTEST_HEADER + _MASK_BYTES or data[0] not in _WHOLE:
        return None
    size, body = data[1] - _MASKED, _SHORTEST_HEADER + _MASK_BYTES
    if size == _LENGTH_16:
        size, body = int.from_bytes(data[2:4], "big"), body + 2
    if not 0 <= size <= size_max or len(data) != body + size:
        return None
    return data[0] & 0x0F, apply_mask(data[body:], data[body - _MASK_BYTES : body])


class FrameReader:
    """Turns bytes of one client into messages and control frames; it holds at most one message."""

    __slots__ = ("_buffer", "_needed", "_opcode", "_parts", "_parts_bytes", "_size_max", "broken")

    def __init__(self, *, message_bytes_max: int) -> None:
        self._size_max = message_bytes_max
        self.broken: FrameError | None = None
        self._buffer = bytearray()
        self._needed = 0  # bytes of the buffer below which no frame can be complete
        self._opcode = 0
        self._parts: list[bytes] = []
        self._parts_bytes = 0

    def feed(self, data: bytes) -> list[Received]:
        """Return (opcode, payload) of what became complete; nothing once the reader is `broken`.

        What came whole before an error still counts, so the error does not depend on how the
        network cut the bytes. What comes after it means nothing any more and is passed over.
        """
        if not (self._buffer or self._opcode or self.broken):
            whole = _whole_message(data, self._size_max)
            if whole is not None:
                return [whole]
        received: list[Received] = []
        if self.broken is None:
            try:
                self._take(data, received)
            except FrameError as exc:
                self.broken = exc
                self._parts = []
        return received

    def _take(self, data: bytes, received: list[Received]) -> None:
        if self._buffer:
            self._buffer += data
            if len(self._buffer) < self._needed:
                return  # A frame that trickles in byte by byte is not parsed byte by byte.
            data = bytes(self._buffer)
            self._buffer.clear()
        needed = _SHORTEST_HEADER
        start, end = 0, len(data)
        while end - start >= _SHORTEST_HEADER:
            first, second = data[start], data[start + 1]
            size = second & 0x7F
            body = start + 2
            if size >= _LENGTH_16:
                width = 2 if size == _LENGTH_16 else 8
                if end - body < width:
                    needed = body + width - start
                    break
                size = int.from_bytes(data[body : body + width], "big")
                body += width
            self._check(first, second, size)
            last = body + _MASK_BYTES + size
            if last > end:
                needed = last - start
                break
            payload = apply_mask(data[body + _MASK_BYTES : last], data[body : body + _MASK_BYTES])
            start = last
            self._accept(first, payload, received)
        if start < end:
            self._buffer += data[start:]
            self._needed = needed

    def _check(self, first: int, second: int, size: int) -> None:
        """Refuse a frame by its header alone, before anything is kept of it."""
        if first & _RESERVED:
            raise FrameError(CloseCode.PROTOCOL_ERROR, "reserved bits are set")
        if not second & _MASKED:
            raise FrameError(CloseCode.PROTOCOL_ERROR, "client frames are masked")
        opcode = first & 0x0F
        if opcode not in _KNOWN:
            raise FrameError(CloseCode.PROTOCOL_ERROR, "unknown opcode")
        if opcode & _CONTROL:
            if not first & _FIN or size > _CONTROL_BYTES_MAX:
                raise FrameError(CloseCode.PROTOCOL_ERROR, "control frame in pieces or too long")
        elif size + self._parts_bytes > self._size_max:
            raise FrameError(CloseCode.TOO_LARGE, "message too large")

    def _accept(self, first: int, payload: bytes, received: list[Received]) -> None:
        opcode = first & 0x0F
        if opcode & _CONTROL:
            received.append((opcode, payload))
            return
        if opcode in _DATA:
            if self._opcode:
                raise FrameError(CloseCode.PROTOCOL_ERROR, "a message began inside another")
            if first & _FIN:
                received.append((opcode, payload))
                return
            self._opcode = opcode
        elif not self._opcode:
            raise FrameError(CloseCode.PROTOCOL_ERROR, "continuation of nothing")
        self._parts.append(payload)
        self._parts_bytes += len(payload)
        if len(self._parts) > FRAGMENTS_PER_MESSAGE_MAX:
            raise FrameError(CloseCode.PROTOCOL_ERROR, "message in too many pieces")
        if first & _FIN:
            received.append((self._opcode, b"".join(self._parts)))
            self._opcode = 0
            self._parts = []
            self._parts_bytes = 0
