"""Voices that people hand in: known by their bytes as one of the kinds that phones record."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from engine.errors import BadRequest


class SoundKind(StrEnum):
    """What a recording is, as a browser is told."""

    WEBM = "audio/webm"
    OGG = "audio/ogg"
    MP4 = "audio/mp4"


@dataclass(frozen=True, slots=True)
class Voice:
    """A recording as it came; valid by construction with `read_voice`."""

    kind: SoundKind
    data: bytes = field(repr=False)


# Where a recording says what it is and how it is written; a phone writes it first.
_HEAD_BYTES: Final = 4_096

_WEBM_START: Final = b"\x1aE\xdf\xa3"
_OGG_START: Final = b"OggS"
_OPUS_IN_OGG: Final = slice(28, 36)  # behind the first page's own 27 bytes and one length
_MP4_BOX: Final = slice(4, 8)
# Tracks that are seen or run rather than heard.
_WEBM_PICTURES: Final = (b"V_VP", b"V_AV1", b"V_MPEG")


def read_voice(data: bytes) -> Voice:
    """Return the recording; raises BadRequest for what no phone records as a voice."""
    head = data[:_HEAD_BYTES]
    if head.startswith(_WEBM_START) and b"webm" in head and b"A_OPUS" in head:
        if not any(name in head for name in _WEBM_PICTURES):
            return Voice(SoundKind.WEBM, data)
    elif head.startswith(_OGG_START) and head[_OPUS_IN_OGG] == b"OpusHead":
        return Voice(SoundKind.OGG, data)
    elif head[_MP4_BOX] == b"ftyp":
        return Voice(SoundKind.MP4, data)
    raise BadRequest("this is no recording of a voice")
