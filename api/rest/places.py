"""Groups of a place: where they are, and the code that the place shows."""

from __future__ import annotations

from io import BytesIO
from typing import Annotated

import segno
from msgspec import Meta, Struct

from api.auth.place_codes import NONCE_BYTES
from api.rest.call import Call
from api.rest.route import Routes, Spec
from api.rest.views import Id, Millis
from engine.errors import Forbidden, NotFound
from engine.ids import GroupId, MemberId
from engine.model.access import check, may_decide
from engine.model.group import GroupDraft, MemberProfile
from engine.model.place import PlaceSeen, check_hours, make_place

routes = Routes("groups")

# A new one before the old one is late, with time to scan it.
SHOWN_S = 20

Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]


class NewPlace(Struct, forbid_unknown_fields=True, frozen=True):
    """Where a group is."""

    latitude: Latitude
    longitude: Longitude
    radius_m: int = 100


class PlaceView(Struct, frozen=True):
    """Where a group is, and until when."""

    group: Id
    latitude: float
    longitude: float
    radius_m: int
    ends_at: Millis


class PlaceCodeView(Struct, frozen=True):
    """What the place shows now: the code, its link and its QR; ask again after `renew_in` s."""

    code: str
    link: str
    svg: str
    expires_at: Millis
    renew_in: int


async def open_place(
    call: Call, draft: GroupDraft, place: NewPlace, hours: int, profile: MemberProfile
) -> GroupId:
    """Make a group of a place."""
    services, policy = call.edge.services, call.edge.services.policy.groups
    circle = make_place(place.latitude, place.longitude, place.radius_m, policy.proofs)
    ends_at = call.now_ms + check_hours(hours, policy.proofs)
    group = GroupId(services.world.fresh_id())
    await services.store.places.create(
        group,
        MemberId(services.world.fresh_id()),
        call.account,
        draft,
        profile,
        PlaceSeen(circle, ends_at),
        policy,
        now_ms=call.now_ms,
    )
    return group


@routes.add("GET", "/v1/groups/{group}/place", Spec(refusals=(NotFound,)))
async def get_place(call: Call, group: GroupId) -> PlaceView:
    """Say where a group of a place is."""
    seen = await call.edge.services.store.places.get(group, call.account)
    place = seen.place
    return PlaceView(group, place.latitude, place.longitude, place.radius_m, seen.ends_at)


@routes.add("GET", "/v1/groups/{group}/place/code", Spec(refusals=(NotFound, Forbidden)))
async def get_place_code(call: Call, group: GroupId) -> PlaceCodeView:
    """Return the code to show at the place, for who moderates the group."""
    services = call.edge.services
    check(may_decide(await services.store.places.role(group, call.account)))
    good_ms = services.policy.groups.proofs.place_code_s * 1000
    nonce = services.world.secret(NONCE_BYTES)
    code = call.edge.auth.places.write(group, nonce, now_ms=call.now_ms)
    link = f"{call.scheme}://{call.host}/#/place/{group}/{code}"
    drawn = segno.make(link, error="m", micro=False)
    image = BytesIO()
    drawn.save(image, kind="svg", border=2, light="#fff", omitsize=True, xmldecl=False)
    svg = image.getvalue().decode()
    return PlaceCodeView(code, link, svg, call.now_ms + good_ms, SHOWN_S)
