"""The photo of a person in a group: handed in, read by its owner and by who it was revealed to."""

from __future__ import annotations

from msgspec import Struct

from api.rest.call import Call, Plain
from api.rest.rates import Budget
from api.rest.route import Routes, Spec
from api.rest.views import Id
from engine.errors import BadRequest, NotFound, TooLarge
from engine.ids import GroupId, MatchId
from engine.limits_files import PHOTO_BYTES_MAX, UPLOAD_CALL_S_MAX
from engine.model.picture import FileKind, clean_picture
from engine.ports.photos import Photo

routes = Routes("groups")

PATH = "/v1/groups/{group}/membership/photo"
PICTURES = "image/*"


class PhotoView(Struct, frozen=True):
    """A photo that is kept; it has been rid of all that is not the picture."""

    photo: Id
    width: int
    height: int


@routes.add(
    "POST",
    PATH,
    Spec(
        status=201,
        takes=(FileKind.JPEG, FileKind.PNG),
        bytes_max=PHOTO_BYTES_MAX,
        within_s=UPLOAD_CALL_S_MAX,
        also=Budget.UPLOADS,
        refusals=(NotFound, BadRequest, TooLarge),
    ),
)
async def put_photo(call: Call, group: GroupId, data: bytes) -> PhotoView:
    """Show a photo in a group, in place of the one before."""
    picture = clean_picture(data)
    photos = call.edge.services.store.photos
    name = await photos.put(group, call.account, picture, now_ms=call.now_ms)
    return PhotoView(name, picture.width, picture.height)


@routes.add("GET", PATH, Spec(media_type=PICTURES, refusals=(NotFound,)))
async def get_own_photo(call: Call, group: GroupId) -> Plain:
    """Read one's own photo in a group."""
    return _picture(await call.edge.services.store.photos.mine(group, call.account))


@routes.add("DELETE", PATH, Spec(status=204, refusals=(NotFound,)))
async def remove_photo(call: Call, group: GroupId) -> None:
    """Show no photo in a group any more."""
    await call.edge.services.store.photos.remove(group, call.account)


@routes.add("GET", "/v1/matches/{match}/photo", Spec(media_type=PICTURES, refusals=(NotFound,)))
async def get_peer_photo(call: Call, match: MatchId) -> Plain:
    """Read the photo of the other one of a match, once both have revealed theirs."""
    photos = call.edge.services.store.photos
    return _picture(await photos.of_peer(match, call.account, now_ms=call.now_ms))


def _picture(photo: Photo) -> Plain:
    return Plain(photo.data, photo.kind, f'"{photo.photo}"')
