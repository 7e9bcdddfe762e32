"""WebSocket frames as a client sees them: masked out, unmasked in, many in one read.

Only what a client of a benchmark needs of RFC 6455: no extensions, no fragments (none of the
servers measured here fragments messages this small; a fragment is reported, never skipped).
"""

from __future__ import annotations

from enum import IntEnum

from websockets.speedups import apply_mask

from bench.limits import FRAME_BYTES_MAX

LENGTH_16 = 126
LENGTH_64 = 127
UINT16_MAX = 0xFFFF
FIN = 0x80
MASKED = 0x80
LENGTH_BITS = 0x7F
SHORT_HEADER_BYTES = 2
LENGTH_16_HEADER_BYTES = 4

# Not zero: some servers skip unmasking for a zero key, and that work belongs to what is measured.
MASK_KEY = b"\x37\xfa\x21\x3d"


class Opcode(IntEnum):
    """The opcodes of RFC 6455 that the bench meets."""

    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


WHOLE_DATA_FRAMES = frozenset({FIN | Opcode.TEXT, FIN | Opcode.BINARY})


class FrameError(Exception):
    """The server sent bytes that are not the frames it agreed to send."""


def client_frame(opcode: Opcode, payload: bytes) -> bytes:
    """Return one finished, masked frame."""
    size = len(payload)
    if size < LENGTH_16:
        head = bytes((FIN | opcode, MASKED | size))
    elif size <= UINT16_MAX:
        head = bytes((FIN | opcode, MASKED | LENGTH_16)) + size.to_bytes(2, "big")
    else:
        head = bytes((FIN | opcode, MASKED | LENGTH_64)) + size.to_bytes(8, "big")
    return head + MASK_KEY + apply_mask(payload, MASK_KEY)


def server_frame(opcode: Opcode, payload: bytes) -> bytes:
    """Return one finished frame as a server sends it: not masked."""
    size = len(payload)
    if size < LENGTH_16:
        return bytes((FIN | opcode, size)) + payload
    if size <= UINT16_MAX:
        return bytes((FIN | opcode, LENGTH_16)) + size.to_bytes(2, "big") + payload
    return bytes((FIN | opcode, LENGTH_64)) + size.to_bytes(8, "big") + payload


def split_frames(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Return the whole frames at the start of `data` as (opcode, payload), and the rest."""
    # One short or middling frame alone is the usual read, and the loop below takes twice as long.
    if len(data) > LENGTH_16_HEADER_BYTES and data[0] in WHOLE_DATA_FRAMES:
        size, start = data[1], SHORT_HEADER_BYTES
        if size == LENGTH_16:
            size, start = data[2] << 8 | data[3], LENGTH_16_HEADER_BYTES
        if size + start == len(data) and data[1] <= LENGTH_16:
            return [(data[0] & 0x0F, data[start:])], b""
    frames: list[tuple[int, bytes]] = []
    at, end = 0, len(data)
    while end - at >= SHORT_HEADER_BYTES:
        first, size = data[at], data[at + 1]
        start = at + SHORT_HEADER_BYTES
        if size >= LENGTH_16:
            width = 2 if size == LENGTH_16 else 8
            if size > LENGTH_BITS:
                raise FrameError("the server masked a frame")
            start += width
            if start > end:
                break
            size = int.from_bytes(data[start - width : start], "big")
            if size > FRAME_BYTES_MAX:
                raise FrameError(f"a frame of {size} bytes")
        if start + size > end:
            break
        if first & 0xF0 != FIN or not first & 0x0F:
            raise FrameError(f"a fragment or reserved bits (first byte {first:#04x})")
        frames.append((first & 0x0F, data[start : start + size]))
        at = start + size
    return frames, data[at:] if at else data
