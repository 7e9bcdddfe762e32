"""Frames as a client writes them, masked, and answers as a client reads them."""

from __future__ import annotations

import struct

from engine.wire.websocket import Opcode

MASK = b"\x12\x34\x56\x78"


def client_frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    mask: bytes | None = MASK,
    reserved: int = 0,
    size: int | None = None,
    width: int | None = None,
) -> bytes:
    """Write one frame; `size` may lie and `width` may be wasteful."""
    size = len(payload) if size is None else size
    if width is None:
        width = 0 if size < 126 else 2 if size < 1 << 16 else 8
    first = (0x80 if fin else 0) | reserved | opcode
    bit = 0 if mask is None else 0x80
    head = {
        0: lambda: bytes((first, bit | size)),
        2: lambda: struct.pack("!BBH", first, bit | 126, size),
        8: lambda: struct.pack("!BBQ", first, bit | 127, size),
    }[width]()
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def server_frames(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Read the whole frames of a server; return them and the rest."""
    frames: list[tuple[int, bytes]] = []
    while len(data) >= 2:
        size, start = data[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(data) < start:
                break
            size = int.from_bytes(data[2:start], "big")
        if len(data) < start + size:
            break
        assert data[0] & 0xF0 == 0x80, "a server's frames are whole and unextended"
        frames.append((data[0] & 0x0F, data[start : start + size]))
        data = data[start + size :]
    return frames, data


def close_payload(code: int, reason: bytes = b"") -> bytes:
    """Write what a close frame holds."""
    return struct.pack("!H", code) + reason


def is_control(opcode: int) -> bool:
    """Tell close, ping and pong from messages."""
    return opcode >= Opcode.CLOSE
