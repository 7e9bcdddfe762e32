"""Small pictures made by hand, with whatever a camera or an attacker writes beside them."""

from __future__ import annotations

import struct
import zlib

# Larger ones have a head only: nobody draws them.
_DRAWN_PIXELS_MAX = 10_000


def png_part(name: bytes, said: bytes) -> bytes:
    """Return one part of a PNG with its checksum."""
    return struct.pack(">I", len(said)) + name + said + struct.pack(">I", zlib.crc32(name + said))


def png(width: int = 2, height: int = 2, *, beside: bytes = b"", behind: bytes = b"") -> bytes:
    """Return a grey PNG; `beside` stands before its picture, `behind` after its end."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    drawn = width * height <= _DRAWN_PIXELS_MAX
    rows = (b"\0" + b"\x80" * width) * height if drawn else b"\0"
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            png_part(b"IHDR", head),
            beside,
            png_part(b"IDAT", zlib.compress(rows)),
            png_part(b"IEND", b""),
            behind,
        ]
    )


def jpeg_part(marker: int, said: bytes) -> bytes:
    """Return one part of a JPEG."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(said) + 2) + said


def jpeg(
    width: int = 2,
    height: int = 2,
    *,
    beside: bytes = b"",
    behind: bytes = b"",
    scan: bytes = b"\x12\xff\x00\x34\xff\xd0\x56",
) -> bytes:
    """Return what has the form of a JPEG; nobody has to draw it."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return b"".join(
        [
            b"\xff\xd8",
            jpeg_part(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            beside,
            jpeg_part(0xDB, bytes(65)),
            jpeg_part(0xC0, frame),
            jpeg_part(0xC4, bytes(20)),
            jpeg_part(0xDA, b"\x01\x01\x00\x00\x3f\x00"),
            scan,
            b"\xff\xd9",
            behind,
        ]
    )


PIXEL = png()
