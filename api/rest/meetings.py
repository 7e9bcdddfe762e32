"""Instant meetings: entered by a code, where people are found by how they look."""

from __future__ import annotations

from io import BytesIO
from typing import Annotated

import segno
from msgspec import UNSET, Meta, Struct, UnsetType

from api.rest.call import Call, Plain
from api.rest.groups import MembershipView, membership_view, own_profile
from api.rest.idempotency import cid_of
from api.rest.meeting_doors import CodeEntry, enter_meeting, link_of, own_code
from api.rest.route import Routes, Spec
from api.rest.views import GroupView, Id, Millis, group_view
from engine.errors import (
    AlreadyMember,
    Busy,
    Conflict,
    ConsentRequired,
    ContactTooSoon,
    Forbidden,
    GroupFull,
    NotFound,
    RateLimited,
    TooSpecific,
    Unavailable,
    WindowOver,
)
from engine.ids import DescriptionId, GroupId
from engine.limits import LINE_CHARS_MAX
from engine.model.appearance import (
    Accessory,
    Appearance,
    Colour,
    HairLength,
    Height,
    Lower,
    Upper,
    make_line,
)
from engine.model.like import Intent
from engine.model.meeting import Meeting, MeetingMode
from engine.model.meeting_ask import make_description
from engine.model.meeting_guard import FitBand

routes = Routes("meetings")

OVER = (NotFound, WindowOver)

# A poster is read from some metres away, torn or in bad light: a quarter of it may be lost.
_QR_ERROR = "q"
_QR_BORDER_MODULES = 4


class LookFields(Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """What is said of a look; what is not said is not there."""

    upper: Upper | None = None
    upper_colour: Colour | None = None
    lower: Lower | None = None
    lower_colour: Colour | None = None
    glasses: bool | None = None
    hair: HairLength | None = None
    hair_colour: Colour | None = None
    height: Height | None = None
    accessories: Annotated[tuple[Accessory, ...], Meta(max_length=len(Accessory))] = ()
    shoes: Colour | None = None


class NewLook(Struct, forbid_unknown_fields=True, frozen=True):
    """How one looks oneself, and a line for those one meets."""

    look: LookFields
    line: Annotated[str, Meta(max_length=LINE_CHARS_MAX)] = ""


class NewDescription(Struct, forbid_unknown_fields=True, frozen=True):
    """Whom one saw, or looks for."""

    wanted: LookFields
    intent: Intent


class LookLeft(Struct, frozen=True):
    """How often one may say it again."""

    looks_left: int


class DescriptionView(Struct, frozen=True):
    """A description that is looked for: the same answer whether or not it was mutual."""

    description: Id
    fit_band: FitBand | None
    left: int


class KeptView(Struct, frozen=True):
    """A description of one's own."""

    description: Id
    wanted: LookFields
    intent: Intent
    at: Millis


class MetView(Struct, frozen=True):
    """What somebody one has met wrote of themselves."""

    match: Id
    line: str


class MeetingView(Struct, frozen=True):
    """A meeting as one of its people sees it."""

    group: GroupView
    mode: MeetingMode
    ends_at: Millis
    look: LookFields | None
    line: str
    looks_left: int
    descriptions: list[KeptView]
    descriptions_left: int
    met: list[MetView]
    code: str | UnsetType = UNSET
    link: str | UnsetType = UNSET


@routes.add(
    "POST",
    "/v1/meetings/join",
    Spec(
        refusals=(
            NotFound,
            RateLimited,
            WindowOver,
            AlreadyMember,
            GroupFull,
            Forbidden,
            ContactTooSoon,
        )
    ),
)
async def join_meeting(call: Call, body: CodeEntry) -> MembershipView:
    """Enter the meeting of a code."""
    place = await enter_meeting(call, body.code, None, own_profile(call, body.nickname))
    return membership_view(place)


@routes.add("GET", "/v1/groups/{group}/meeting", Spec(refusals=OVER))
async def get_meeting(call: Call, group: GroupId) -> MeetingView:
    """Read a meeting that one is in; its code is for who made it."""
    return _view(call, await _meeting(call, group))


@routes.add(
    "GET",
    "/v1/groups/{group}/meeting/qr",
    Spec(refusals=OVER, media_type="image/svg+xml"),
)
async def get_qr(call: Call, group: GroupId) -> Plain:
    """Draw the link into a meeting as a QR code, for who made it."""
    code = own_code((await _meeting(call, group)).code)
    drawn = segno.make(link_of(call, code), error=_QR_ERROR, micro=False)
    image = BytesIO()
    drawn.save(image, kind="svg", border=_QR_BORDER_MODULES, light="#fff", omitsize=True)
    return Plain(image.getvalue(), "image/svg+xml")


@routes.add(
    "POST",
    "/v1/groups/{group}/meeting/look",
    Spec(refusals=(*OVER, RateLimited, ContactTooSoon)),
)
async def show_look(call: Call, group: GroupId, body: NewLook) -> LookLeft:
    """Say how one looks, a few times at most."""
    services = call.edge.services
    policy = services.policy
    line = make_line(body.line, chars_max=policy.meetings.line_chars_max)
    left = await services.store.meetings.show(
        group, call.account, _look(body.look), line, policy, now_ms=call.now_ms
    )
    return LookLeft(left)


@routes.add(
    "POST",
    "/v1/groups/{group}/meeting/descriptions",
    Spec(
        status=202,
        refusals=(*OVER, TooSpecific, ConsentRequired, Conflict, RateLimited, Busy, Unavailable),
    ),
)
async def describe_person(call: Call, group: GroupId, body: NewDescription) -> DescriptionView:
    """Describe somebody; if they describe the caller too, both are told at some later moment."""
    services = call.edge.services
    services.spend(call.account)
    receipt = await services.store.meetings.describe(
        group,
        call.account,
        make_description(_look(body.wanted), body.intent, cid_of(call)),
        DescriptionId(services.world.fresh_id()),
        services.policy,
        now_ms=call.now_ms,
    )
    return DescriptionView(receipt.description, receipt.band, receipt.left)


@routes.add(
    "DELETE",
    "/v1/groups/{group}/meeting/descriptions/{description}",
    Spec(status=204, refusals=(NotFound,)),
)
async def withdraw_description(call: Call, group: GroupId, description: DescriptionId) -> None:
    """Look no longer for somebody; no match comes of it from then on."""
    services = call.edge.services
    await services.store.meetings.withdraw(group, call.account, description, now_ms=call.now_ms)


@routes.add(
    "POST", "/v1/groups/{group}/meeting/end", Spec(status=204, refusals=(NotFound, Forbidden))
)
async def end_meeting(call: Call, group: GroupId) -> None:
    """End one's own meeting before its hour; its matches stay."""
    services = call.edge.services
    await services.store.meetings.end(group, call.account, services.policy, now_ms=call.now_ms)
    services.nudge()


async def _meeting(call: Call, group: GroupId) -> Meeting:
    services = call.edge.services
    return await services.store.meetings.get(
        group, call.account, services.policy, now_ms=call.now_ms
    )


def _view(call: Call, meeting: Meeting) -> MeetingView:
    look, code = meeting.look, meeting.code
    return MeetingView(
        group=group_view(meeting.group, call.edge.services.policy.groups),
        mode=meeting.mode,
        ends_at=meeting.ends_at,
        look=None if look is None else _fields(look.look),
        line="" if look is None else look.line,
        looks_left=meeting.looks_left,
        descriptions=[
            KeptView(one.description, _fields(one.wanted), one.intent, one.at)
            for one in meeting.descriptions
        ],
        descriptions_left=meeting.descriptions_left,
        met=[MetView(match, line) for match, line in meeting.lines.items()],
        code=UNSET if code is None else code,
        link=UNSET if code is None else link_of(call, code),
    )


def _look(said: LookFields) -> Appearance:
    return Appearance(
        upper=said.upper,
        upper_colour=said.upper_colour,
        lower=said.lower,
        lower_colour=said.lower_colour,
        glasses=said.glasses,
        hair=said.hair,
        hair_colour=said.hair_colour,
        height=said.height,
        accessories=frozenset(said.accessories),
        shoes=said.shoes,
    )


def _fields(look: Appearance) -> LookFields:
    return LookFields(
        upper=look.upper,
        upper_colour=look.upper_colour,
        lower=look.lower,
        lower_colour=look.lower_colour,
        glasses=look.glasses,
        hair=look.hair,
        hair_colour=look.hair_colour,
        height=look.height,
        accessories=tuple(sorted(look.accessories)),
        shoes=look.shoes,
    )
