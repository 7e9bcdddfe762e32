"""Photos over REST: what is handed in, who reads it, and how much of it."""

from __future__ import annotations

import pytest

from engine.limits import REQUEST_BYTES_MAX
from engine.limits_files import PHOTO_BYTES_MAX
from tests.api.people import Person, Town, make_town
from tests.pictures import PIXEL, jpeg, jpeg_part, png, png_part


@pytest.fixture
def town() -> Town:
    return make_town()


async def somebody(town: Town) -> tuple[Person, str]:
    group, people, _ = await town.group_of(1)
    return people[0], f"/v1/groups/{group}/membership/photo"


async def test_a_photo_is_handed_in_without_what_the_camera_wrote(town: Town) -> None:
    me, path = await somebody(town)
    told = jpeg(40, 30, beside=jpeg_part(0xE1, b"Exif\0\0 37.5665N"))
    reply = await me.hand_in(path, told, "image/jpeg")
    assert reply.status == 201
    photo = reply.fields["photo"]
    assert reply.fields == {"photo": photo, "width": 40, "height": 30}
    seen = await me.call("GET", path)
    assert (seen.status, seen.headers["content-type"]) == (200, "image/jpeg")
    assert (seen.headers["etag"], seen.headers["cache-control"]) == (f'"{photo}"', "no-store")
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert b"Exif" not in seen.data
    assert (await me.call("DELETE", path)).status == 204
    assert (await me.call("GET", path)).status == 404


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "image/png"),
        (b"GIF89a", "image/png"),
        (b"<svg/>", "image/png"),
        (PIXEL, "image/gif"),
        (PIXEL, "image/svg+xml"),
        (PIXEL, "application/json"),
        (PIXEL, "multipart/form-data; boundary=x"),
        (PIXEL, "text/html"),
        (png(2, 0), "image/png"),
    ],
)
async def test_what_is_no_picture_is_not_kept(town: Town, data: bytes, kind: str) -> None:
    me, path = await somebody(town)
    reply = await me.hand_in(path, data, kind)
    assert (reply.status, reply.code) == (400, "bad_request")
    assert (await me.call("GET", path)).status == 404


async def test_the_bytes_say_what_a_picture_is_and_not_the_caller(town: Town) -> None:
    me, path = await somebody(town)
    assert (await me.hand_in(path, PIXEL, "image/jpeg")).status == 201
    assert (await me.call("GET", path)).headers["content-type"] == "image/png"


async def test_a_photo_has_a_size_and_nothing_else_has_more_room_for_it(town: Town) -> None:
    me, path = await somebody(town)
    filler = png_part(b"prIv", bytes(PHOTO_BYTES_MAX - len(PIXEL) - 12))
    assert len(png(beside=filler)) == PHOTO_BYTES_MAX
    assert (await me.hand_in(path, png(beside=filler))).status == 201
    over = await me.hand_in(path, png(beside=filler, behind=b"x"))
    assert (over.status, over.code) == (413, "too_large")
    large = bytes(REQUEST_BYTES_MAX + 1)
    for elsewhere in ("/v1/groups", path.removesuffix("/photo") + "/photos", f"/x{path}"):
        assert (await me.hand_in(elsewhere, large)).status in {404, 413}
    reply = await me.town.edge.call(
        "PATCH", path.removesuffix("/photo"), data=large, token=me.access
    )
    assert (reply.status, reply.code) == (413, "too_large")


async def test_uploads_have_a_rate_of_their_own(town: Town) -> None:
    me, path = await somebody(town)
    most = town.edge.services.policy.rest.uploads_burst_max
    answers = [(await me.hand_in(path, PIXEL)).status for _ in range(most + 1)]
    assert answers == [201] * most + [429]
    assert (await me.call("GET", path)).status == 200


async def test_the_same_key_hands_in_once(town: Town) -> None:
    me, path = await somebody(town)
    headers = {"Content-Type": "image/png"}
    one, again = [
        await town.edge.call("POST", path, data=PIXEL, token=me.access, key="once", headers=headers)
        for _ in range(2)
    ]
    assert one.fields == again.fields
    other = await town.edge.call(
        "POST", path, data=png(3, 3), token=me.access, key="once", headers=headers
    )
    assert other.code == "idempotency_conflict"
