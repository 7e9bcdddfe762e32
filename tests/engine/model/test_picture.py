"""Pictures that people hand in: known by their bytes, and nothing beside them gets through."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadRequest, Refused, TooLarge
from engine.limits_files import PICTURE_PARTS_MAX, PICTURE_SIDE_PIXELS_MAX
from engine.model.picture import FileKind, clean_picture
from tests.pictures import jpeg, jpeg_part, png, png_part

SECRET = b"37.5665N 126.9780E canary"
ADOBE = jpeg_part(0xEE, b"Adobe\0\x64\0\0\0\0\x01")


@pytest.mark.parametrize(
    "told",
    [
        jpeg(beside=jpeg_part(0xE1, b"Exif\0\0" + SECRET)),
        jpeg(beside=jpeg_part(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET)),
        jpeg(beside=jpeg_part(0xE0, b"JFXX\0\x10" + SECRET)),
        jpeg(beside=jpeg_part(0xE2, b"ICC_PROFILE\0" + SECRET)),
        jpeg(beside=jpeg_part(0xED, b"Photoshop 3.0\0" + SECRET)),
        jpeg(beside=jpeg_part(0xEE, b"Adobe\0\x64\0\0\0\0\x01" + SECRET)),
        jpeg(beside=jpeg_part(0xEE, b"other" + SECRET)),
        jpeg(beside=jpeg_part(0xFE, SECRET)),
        jpeg(behind=SECRET),
        jpeg(behind=jpeg(beside=jpeg_part(0xE1, SECRET))),
        png(beside=png_part(b"eXIf", SECRET)),
        png(beside=png_part(b"tEXt", b"Comment\0" + SECRET)),
        png(beside=png_part(b"iTXt", SECRET)),
        png(beside=png_part(b"tIME", SECRET)),
        png(beside=png_part(b"prIv", SECRET)),
        png(behind=SECRET),
        png(behind=b"PK\x03\x04" + SECRET),
    ],
)
def test_what_stands_beside_the_picture_is_gone(told: bytes) -> None:
    assert SECRET in told
    cleaned = clean_picture(told)
    assert SECRET not in cleaned.data
    assert (cleaned.width, cleaned.height) == (2, 2)
    # What is clean stays as it is.
    assert clean_picture(cleaned.data) == cleaned


def test_the_picture_itself_stays() -> None:
    cleaned = clean_picture(jpeg(640, 480, beside=ADOBE))
    assert (cleaned.kind, cleaned.width, cleaned.height) == (FileKind.JPEG, 640, 480)
    without_jfif = jpeg(640, 480, beside=ADOBE).replace(
        jpeg_part(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"), b""
    )
    assert cleaned.data == without_jfif
    assert clean_picture(png()).data == png()
    assert clean_picture(png()).kind is FileKind.PNG
    palette = png_part(b"PLTE", b"abc") + png_part(b"tRNS", b"\0")
    assert clean_picture(png(beside=palette)).data == png(beside=palette)


def test_fillers_before_a_marker_are_left_out() -> None:
    filled = jpeg(beside=b"\xff\xff\xff\xff")
    assert clean_picture(filled) == clean_picture(jpeg())


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"GIF89a\x01\0\x01\0",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html>",
        b"%PDF-1.7\n%%EOF",
        b"MZ\x90\x00",
        b"\xff\xd8",
        b"\xff\xd8\xff\xd9",
        jpeg()[:-2],
        jpeg(scan=b"\x12\xff\x00" * 9)[:-2],
        jpeg(0, 2),
        jpeg(beside=jpeg_part(0xC0, b"\x08\0\x02\0\x02\x01\x01\x11\0")),  # two frames
        jpeg(beside=jpeg_part(0xEE, b"Adobe")),
        jpeg(beside=b"\xff\xe1\x00\x01"),  # a length below its own
        jpeg(beside=b"\xff\xe1\xff\xff"),  # and one beyond the end
        jpeg(beside=b"<script>"),
        b"\x89PNG\r\n\x1a\n",
        png()[:-12],
        png().replace(b"IDAT", b"IDAX"),
        png(0, 1),
        png(beside=png_part(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0))),
        b"\x89PNG\r\n\x1a\n" + png_part(b"tEXt", b"x") + png()[8:],
        b"\x89PNG\r\n\x1a\n" + png_part(b"IHDR", bytes(12)) + png()[8 + 25 :],
        png().replace(png_part(b"IEND", b""), b""),
    ],
)
def test_what_is_no_picture_is_refused(told: bytes) -> None:
    with pytest.raises(BadRequest):
        clean_picture(told)


def test_a_picture_of_too_many_points_is_refused() -> None:
    most = PICTURE_SIDE_PIXELS_MAX
    assert clean_picture(jpeg(most, most)).width == most
    for told in (jpeg(most + 1, 1), jpeg(1, most + 1), png(most + 1, 1), png(1, 2**31)):
        with pytest.raises(TooLarge):
            clean_picture(told)


def test_a_picture_of_too_many_parts_is_refused() -> None:
    for told in (
        jpeg(beside=jpeg_part(0xFE, b"") * PICTURE_PARTS_MAX),
        png(beside=png_part(b"tEXt", b"") * PICTURE_PARTS_MAX),
    ):
        with pytest.raises(BadRequest, match="too many parts"):
            clean_picture(told)


@given(st.data())
def test_whatever_comes_is_a_clean_picture_or_a_refusal(data: st.DataObject) -> None:
    told = bytearray(data.draw(st.sampled_from([jpeg(), png(), jpeg(beside=ADOBE)])))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(told) - 1))
        told[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        if not told:
            told = bytearray(b"x")
    try:
        cleaned = clean_picture(bytes(told))
    except Refused:
        return
    assert clean_picture(cleaned.data) == cleaned
    assert len(cleaned.data) <= len(told)
