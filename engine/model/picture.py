"""Pictures that people hand in: known by their bytes, and rid of all that is not the picture.

Nothing is decoded: the parts of a JPEG or a PNG are walked through, those that draw it are kept,
and what a camera or a person wrote beside them (place, time, device, thumbnails, whatever comes
behind the end) is left out. So a file that is two things at once comes out as one, or not at all.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from engine.errors import BadRequest, TooLarge
from engine.limits_files import PICTURE_PARTS_MAX, PICTURE_SIDE_PIXELS_MAX


class FileKind(StrEnum):
    """What a file is, as a browser is told."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that holds nothing but itself; valid by construction with `clean_picture`."""

    kind: FileKind
    data: bytes = field(repr=False)
    width: int
    height: int


_MARK = 0xFF  # stands before every marker, and once or more before that as a filler
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_PNG_START = b"\x89PNG\r\n\x1a\n"

# Tables, frames, scans and restarts; the numbers that are left out are lossless and hierarchical
# kinds that no browser draws.
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_TABLES = frozenset({0xC4, 0xDB, 0xDD})
_SCAN, _END = 0xDA, 0xD9
_FRAME_BYTES_MIN = 8

# Adobe's part says how the colours are written: without it some pictures come out inverted.
_ADOBE, _ADOBE_NAME, _ADOBE_BYTES = 0xEE, b"Adobe", 12

# Where a scan's data ends: a marker that is neither a stuffed byte, nor a restart, nor a filler.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")

_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_PNG_FRAME_BYTES = 12  # length, name and checksum around what a part holds
_PNG_HEAD_BYTES = 13


def clean_picture(data: bytes) -> Picture:
    """Return the picture alone; raises BadRequest, TooLarge for one of too many points."""
    if data.startswith(_JPEG_START):
        return _clean_jpeg(data)
    if data.startswith(_PNG_START):
        return _clean_png(data)
    raise BadRequest("this is no JPEG and no PNG")


def _clean_jpeg(data: bytes) -> Picture:
    kept, size, scans = [_JPEG_START], (0, 0), 0
    for marker, part in _jpeg_parts(data):
        if marker in _FRAMES:
            if size != (0, 0) or len(part) < _FRAME_BYTES_MIN:
                raise _broken()
            height, width = (int.from_bytes(part[at : at + 2]) for at in (5, 7))
            size = _check_size(width, height)
        elif marker == _SCAN:
            scans += 1
        elif marker == _ADOBE and part[4:].startswith(_ADOBE_NAME):
            kept.append(_only_adobe(part))
            continue
        elif marker not in _TABLES:
            continue
        kept.append(part)
    if not scans or size == (0, 0):
        raise _broken()
    return Picture(FileKind.JPEG, b"".join([*kept, _JPEG_END]), *size)


def _only_adobe(part: bytes) -> bytes:
    """Return Adobe's part without what might follow its five numbers."""
    length = (_ADOBE_BYTES + 2).to_bytes(2)
    body = part[4 : 4 + _ADOBE_BYTES]
    if len(body) < _ADOBE_BYTES:
        raise _broken()
    return b"\xff\xee" + length + body


def _jpeg_parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and bytes of every part up to the end; a scan with its data."""
    at = len(_JPEG_START)
    for _ in range(PICTURE_PARTS_MAX):
        if at + 2 > len(data) or data[at] != _MARK:
            raise _broken()
        marker = data[at + 1]
        if marker == _MARK:
            at = _skip_fillers(data, at)
            continue
        if marker == _END:
            return
        stop = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if stop < at + 4 or stop > len(data):
            raise _broken()
        if marker == _SCAN:
            found = _NEXT_MARKER.search(data, stop)
            if found is None:
                raise _broken()
            stop = found.start()
        yield marker, data[at:stop]
        at = stop
    raise BadRequest("this picture has too many parts")


def _skip_fillers(data: bytes, at: int) -> int:
    while at + 1 < len(data) and data[at + 1] == _MARK:
        at += 1
    return at


def _clean_png(data: bytes) -> Picture:
    kept, size, drawn = [_PNG_START], (0, 0), False
    for name, part in _png_parts(data):
        if (name == b"IHDR") is not (len(kept) == 1):
            raise _broken()
        if name == b"IHDR":
            if len(part) != _PNG_FRAME_BYTES + _PNG_HEAD_BYTES:
                raise _broken()
            size = _check_size(int.from_bytes(part[8:12]), int.from_bytes(part[12:16]))
        drawn = drawn or name == b"IDAT"
        if name in _PNG_KEPT:
            kept.append(part)
    if not drawn:
        raise _broken()
    return Picture(FileKind.PNG, b"".join(kept), *size)


def _png_parts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and bytes of every part up to the end; raises BadRequest for a wrong checksum."""
    at = len(_PNG_START)
    for _ in range(PICTURE_PARTS_MAX):
        stop = at + _PNG_FRAME_BYTES + int.from_bytes(data[at : at + 4])
        if at + _PNG_FRAME_BYTES > len(data) or stop > len(data):
            raise _broken()
        name, part = data[at + 4 : at + 8], data[at:stop]
        if zlib.crc32(part[4:-4]) != int.from_bytes(part[-4:]):
            raise _broken()
        yield name, part
        if name == b"IEND":
            return
        at = stop
    raise BadRequest("this picture has too many parts")


def _check_size(width: int, height: int) -> tuple[int, int]:
    if not (width and height):
        raise _broken()
    if max(width, height) > PICTURE_SIDE_PIXELS_MAX:
        raise TooLarge(f"a picture has at most {PICTURE_SIDE_PIXELS_MAX} pixels each way")
    return width, height


def _broken() -> BadRequest:
    return BadRequest("this picture is broken")
