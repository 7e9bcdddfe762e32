"""Written by `python -m api.sdk`, not by hand: the calls of places."""

from __future__ import annotations

from msgspec import Struct

from api.client.call import Call, path


class PlaceView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a group is, and until when."""

    group: str
    latitude: float
    longitude: float
    radius_m: int
    ends_at: int


class PlaceCodeView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the place shows now: the code, its link and its QR; ask again after `renew_in` s."""

    code: str
    link: str
    svg: str
    expires_at: int
    renew_in: int


def get_place(group: str) -> Call[PlaceView]:
    """Say where a group of a place is."""
    return Call("GET", path("/v1/groups/{}/place", group), PlaceView)


def get_place_code(group: str) -> Call[PlaceCodeView]:
    """Return the code to show at the place, for who moderates the group."""
    return Call("GET", path("/v1/groups/{}/place/code", group), PlaceCodeView)
