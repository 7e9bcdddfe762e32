"""What counts as a recording of a voice is read from its bytes."""

from __future__ import annotations

import pytest

from engine.errors import BadRequest
from engine.model.voice import SoundKind, read_voice
from tests.pictures import PIXEL
from tests.voices import MP4, OGG, WEBM


@pytest.mark.parametrize(
    ("data", "kind"),
    [(WEBM, SoundKind.WEBM), (OGG, SoundKind.OGG), (MP4, SoundKind.MP4)],
)
def test_what_phones_record_is_kept_as_it_came(data: bytes, kind: SoundKind) -> None:
    voice = read_voice(data)
    assert (voice.kind, voice.data) == (kind, data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PIXEL,
        b"<html>" + WEBM,
        b"ID3\x04\x00",
        WEBM.replace(b"A_OPUS", b"A_AAC "),
        WEBM + b"V_VP9",
        WEBM.replace(b"webm", b"matr"),
        OGG.replace(b"OpusHead", b"\x80theora "),
        OGG[:30],
        MP4[4:],
    ],
)
def test_what_is_no_voice_is_not_kept(data: bytes) -> None:
    with pytest.raises(BadRequest):
        read_voice(data)
