"""Pictures and voices of a room: handed in for a message, read by who is in the room."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.rest.call import Call, Plain
from api.rest.rates import Budget
from api.rest.route import Routes, Spec
from api.rest.views import Id
from engine.errors import BadRequest, NotFound, RoomClosed, TooLarge
from engine.ids import FileId, RoomId
from engine.limits import CID_CHARS_MAX
from engine.limits_files import ROOM_FILE_BYTES_MAX, UPLOAD_CALL_S_MAX
from engine.model.picture import FileKind, Picture, clean_picture
from engine.model.voice import SoundKind, Voice, read_voice
from engine.ports.room_files import RoomUpload

routes = Routes("rooms")

SHOWN_OR_HEARD = "*/*"

PICTURES = (FileKind.JPEG, FileKind.PNG)


class ForMessage(Struct, forbid_unknown_fields=True, frozen=True):
    """Which message of the caller's will show it."""

    cid: Annotated[str, Meta(min_length=1, max_length=CID_CHARS_MAX)]


class RoomFileView(Struct, frozen=True):
    """What `body.file` of the message says; a picture has a size in pixels."""

    file: Id
    w: int | UnsetType = UNSET
    h: int | UnsetType = UNSET


@routes.add(
    "POST",
    "/v1/rooms/{room}/files",
    Spec(
        status=201,
        takes=(*PICTURES, *SoundKind),
        bytes_max=ROOM_FILE_BYTES_MAX,
        within_s=UPLOAD_CALL_S_MAX,
        also=Budget.UPLOADS,
        refusals=(NotFound, BadRequest, TooLarge, RoomClosed),
    ),
)
async def put_room_file(call: Call, room: RoomId, query: ForMessage, data: bytes) -> RoomFileView:
    """Hand in a picture or a voice for a message that is about to be sent."""
    said = _read(data)
    upload = RoomUpload(query.cid, said.kind.value, said.data)
    files = call.edge.services.store.room_files
    name = await files.put(room, call.account, upload, now_ms=call.now_ms)
    if isinstance(said, Picture):
        return RoomFileView(name, said.width, said.height)
    return RoomFileView(name)


@routes.add(
    "GET",
    "/v1/rooms/{room}/files/{file}",
    Spec(media_type=SHOWN_OR_HEARD, refusals=(NotFound,)),
)
async def get_room_file(call: Call, room: RoomId, file: FileId) -> Plain:
    """Read what a message of the room shows."""
    files = call.edge.services.store.room_files
    found = await files.get(room, call.account, file, now_ms=call.now_ms)
    return Plain(found.data, found.kind, f'"{found.file}"')


def _read(data: bytes) -> Picture | Voice:
    """Go by the bytes: what a caller says of them is nothing that others should rely on."""
    try:
        return read_voice(data)
    except BadRequest:
        return clean_picture(data)
