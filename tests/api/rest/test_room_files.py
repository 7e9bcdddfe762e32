"""Pictures and voices of rooms over REST: handed in, read, and taken back with their message."""

from __future__ import annotations

import pytest

from engine.limits_files import ROOM_FILE_BYTES_MAX
from tests.api.circle import make_circle
from tests.api.people import Person
from tests.pictures import PIXEL, jpeg, jpeg_part
from tests.voices import WEBM


async def somebody() -> tuple[Person, str]:
    """Return somebody who is in a room, and where its files are."""
    circle = await make_circle("hidden")
    return circle.people["owner"], f"/v1/rooms/{circle.ids['room']}/files"


async def test_a_picture_and_a_voice_come_out_as_what_they_are() -> None:
    me, path = await somebody()
    told = jpeg(40, 30, beside=jpeg_part(0xE1, b"Exif\0\0 37.5665N"))
    picture = await me.hand_in(f"{path}?cid=a", told, "image/jpeg")
    assert (picture.status, picture.fields["w"], picture.fields["h"]) == (201, 40, 30)
    voice = await me.hand_in(f"{path}?cid=b", WEBM, "audio/webm;codecs=opus")
    assert (voice.status, set(voice.fields)) == (201, {"file"})
    for made, kind in ((picture, "image/jpeg"), (voice, "audio/webm")):
        seen = await me.call("GET", f"{path}/{made.fields['file']}")
        assert (seen.status, seen.headers["content-type"]) == (200, kind)
        assert seen.headers["x-content-type-options"] == "nosniff"
        assert seen.headers["cache-control"] == "no-store"
        assert b"Exif" not in seen.data
    assert seen.data == WEBM


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"", "image/png"), (b"<svg/>", "image/png"), (b"RIFF", "audio/webm"), (PIXEL, "text/html")],
)
async def test_what_is_neither_is_not_kept(data: bytes, kind: str) -> None:
    me, path = await somebody()
    reply = await me.hand_in(f"{path}?cid=a", data, kind)
    assert (reply.status, reply.code) == (400, "bad_request")


@pytest.mark.parametrize("query", ["", "?cid=", f"?cid={'c' * 65}", "?cid=a&more=b"])
async def test_it_is_for_one_message(query: str) -> None:
    me, path = await somebody()
    reply = await me.hand_in(path + query, PIXEL)
    assert (reply.status, reply.code) == (400, "bad_request")


async def test_it_has_a_size() -> None:
    me, path = await somebody()
    fits = WEBM + bytes(ROOM_FILE_BYTES_MAX - len(WEBM))
    assert (await me.hand_in(f"{path}?cid=a", fits, "audio/webm")).status == 201
    over = await me.hand_in(f"{path}?cid=a", fits + b"x", "audio/webm")
    assert (over.status, over.code) == (413, "too_large")


async def test_uploads_of_all_kinds_have_one_rate() -> None:
    me, path = await somebody()
    answers = [(await me.hand_in(f"{path}?cid=c{n}", PIXEL)).status for n in range(11)]
    assert answers == [201] * 10 + [429]
