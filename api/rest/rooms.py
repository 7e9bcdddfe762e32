"""Rooms and their history; what happens in them now comes over the WebSocket."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.rest.call import Call
from api.rest.route import Routes, Spec
from api.rest.views import ListQuery, Page, RoomEvent, RoomView, event_view, room_view
from engine.errors import NotFound
from engine.ids import Alias, RoomId, is_id
from engine.limits import INTEGER_MAX_EXCLUSIVE, PAGE_EVENTS_DEFAULT, PAGE_EVENTS_MAX

routes = Routes("rooms")


class HistoryQuery(Struct, forbid_unknown_fields=True, frozen=True):
    """Which events: the newest below `before`, or the newest of all."""

    before: Annotated[int, Meta(ge=1, lt=INTEGER_MAX_EXCLUSIVE)] | None = None
    limit: Annotated[int, Meta(ge=1)] = PAGE_EVENTS_DEFAULT


class HistoryView(Struct, frozen=True):
    """A stretch of a room's log, oldest first; `more` says that there are older ones."""

    epoch: int
    items: list[RoomEvent]
    more: bool


@routes.add("GET", "/v1/rooms")
async def list_rooms(call: Call, query: ListQuery) -> Page[RoomView]:
    """List one's own rooms."""
    services, cursors = call.edge.services, call.edge.auth.cursors
    after = cursors.open(call.account, "rooms", query.cursor)
    found = await services.store.directory.rooms(
        call.account,
        now_ms=call.now_ms,
        after=None if after is None else RoomId(after),
        limit=query.rows + 1,
    )
    items = [room_view(room) for room in found[: query.rows]]
    more = len(found) > query.rows
    return Page(items, cursors.seal(call.account, "rooms", items[-1].room) if more else None)


class Blocked(Struct, forbid_unknown_fields=True, frozen=True):
    """Whom to block, by their alias in the room."""

    member: str


@routes.add("POST", "/v1/rooms/{room}/blocks", Spec(status=204, refusals=(NotFound,)))
async def block_member(call: Call, room: RoomId, body: Blocked) -> None:
    """Block somebody: a match ends, and both are hidden from each other in every group."""
    if not is_id(body.member):
        raise NotFound("there is no such member")
    services = call.edge.services
    blocked = await services.store.directory.account_in(
        room, call.account, Alias(body.member), now_ms=call.now_ms
    )
    await services.store.blocks.block(call.account, blocked, now_ms=call.now_ms)
    services.nudge()


@routes.add("GET", "/v1/rooms/{room}/messages", Spec(refusals=(NotFound,)))
async def read_history(call: Call, room: RoomId, query: HistoryQuery) -> HistoryView:
    """Read a room's durable events, in the form of the WebSocket."""
    call.edge.services.spend(call.account)
    store = call.edge.services.store
    found = await store.directory.history(
        room,
        call.account,
        before=query.before,
        limit=min(query.limit, PAGE_EVENTS_MAX),
        now_ms=call.now_ms,
    )
    page = found.page
    items = [event_view(room, page.epoch, event, me=found.me) for event in page.events]
    return HistoryView(page.epoch, items, page.more)
