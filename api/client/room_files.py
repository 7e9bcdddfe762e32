"""Written by `python -m api.sdk`, not by hand: the calls of room_files."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call, path


class RoomFileView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `body.file` of the message says; a picture has a size in pixels."""

    file: str
    w: int | UnsetType = UNSET
    h: int | UnsetType = UNSET


def put_room_file(
    room: str, body: bytes, media_type: str, *, cid: str, key: str | None = None
) -> Call[RoomFileView]:
    """Hand in a picture or a voice for a message that is about to be sent."""
    return Call(
        "POST",
        path("/v1/rooms/{}/files", room),
        RoomFileView,
        status=201,
        query={"cid": cid},
        body=body,
        media_type=media_type,
        key=key,
    )


def get_room_file(room: str, file: str) -> Call[bytes]:
    """Read what a message of the room shows."""
    return Call("GET", path("/v1/rooms/{}/files/{}", room, file), bytes)
