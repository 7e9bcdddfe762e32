"""Reports: somebody in a room, or one of their messages; they never learn of it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.rest.call import Call
from api.rest.route import Routes, Spec
from api.rest.views import Id
from engine.errors import NotFound, RateLimited
from engine.ids import Alias, ReportId, RoomId, is_id
from engine.limits import INTEGER_MAX_EXCLUSIVE, REPORT_CHARS_MAX
from engine.rooms.report import Category, ReportRequest, make_report_text

routes = Routes("reports")


class NewReport(Struct, forbid_unknown_fields=True, frozen=True):
    """Whom, by their alias in the room, and what for; `seq` names one of their messages."""

    member: str
    category: Category
    seq: Annotated[int, Meta(ge=1, lt=INTEGER_MAX_EXCLUSIVE)] | None = None
    text: Annotated[str, Meta(max_length=REPORT_CHARS_MAX)] = ""


class ReportView(Struct, frozen=True):
    """A report that is kept."""

    report: Id


@routes.add("POST", "/v1/rooms/{room}/reports", Spec(status=201, refusals=(NotFound, RateLimited)))
async def report_member(call: Call, room: RoomId, body: NewReport) -> ReportView:
    """Report somebody, with what was said around it; reporting the same again is one report."""
    if not is_id(body.member):
        raise NotFound("there is no such member")
    services = call.edge.services
    policy = services.policy.reports
    request = ReportRequest(
        call.account,
        room,
        Alias(body.member),
        body.seq,
        body.category,
        make_report_text(body.text, policy),
    )
    fresh = ReportId(services.world.fresh_id())
    return ReportView(await services.store.reports.file(request, fresh, policy, now_ms=call.now_ms))
