"""Written by `python -m api.sdk`, not by hand: the calls of photos."""

from __future__ import annotations

from msgspec import Struct

from api.client.call import Call, path


class PhotoView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A photo that is kept; it has been rid of all that is not the picture."""

    photo: str
    width: int
    height: int


def put_photo(
    group: str, body: bytes, media_type: str, *, key: str | None = None
) -> Call[PhotoView]:
    """Show a photo in a group, in place of the one before."""
    return Call(
        "POST",
        path("/v1/groups/{}/membership/photo", group),
        PhotoView,
        status=201,
        body=body,
        media_type=media_type,
        key=key,
    )


def get_own_photo(group: str) -> Call[bytes]:
    """Read one's own photo in a group."""
    return Call("GET", path("/v1/groups/{}/membership/photo", group), bytes)


def remove_photo(group: str) -> Call[None]:
    """Show no photo in a group any more."""
    return Call("DELETE", path("/v1/groups/{}/membership/photo", group), type(None), status=204)


def get_peer_photo(match: str) -> Call[bytes]:
    """Read the photo of the other one of a match, once both have revealed theirs."""
    return Call("GET", path("/v1/matches/{}/photo", match), bytes)
