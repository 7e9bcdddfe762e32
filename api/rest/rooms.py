"""Rooms and their history; what happens in them now comes over the WebSocket."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from api.rest.call import Call
from api.rest.route import Routes, Spec
from api.rest.views import (
    Id,
    ListQuery,
    Millis,
    Page,
    RoomEvent,
    RoomView,
    event_view,
    room_view,
)
from engine.errors import NotFound
from engine.ids import Alias, BlockId, GroupId, MemberId, RoomId, is_id
from engine.limits import INTEGER_MAX_EXCLUSIVE, PAGE_EVENTS_DEFAULT, PAGE_EVENTS_MAX
from engine.ports.blocks import NewBlock

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
    blocked, nickname = await services.store.directory.account_in(
        room, call.account, Alias(body.member), now_ms=call.now_ms
    )
    new = NewBlock(blocked, BlockId(services.world.fresh_id()), nickname)
    await services.store.blocks.block(call.account, new, now_ms=call.now_ms)
    services.look_again(room)  # so that what is said after this answer is hidden already
    services.nudge()


@routes.add("POST", "/v1/groups/{group}/blocks", Spec(status=204, refusals=(NotFound,)))
async def hide_from_member(call: Call, group: GroupId, body: Blocked) -> None:
    """Hide from a member of one's group, and they from oneself, as by a block from a room."""
    if not is_id(body.member):
        raise NotFound
    services = call.edge.services
    blocked, nickname = await services.store.blocks.member_of(
        group, call.account, MemberId(body.member)
    )
    new = NewBlock(blocked, BlockId(services.world.fresh_id()), nickname)
    await services.store.blocks.block(call.account, new, now_ms=call.now_ms)
    services.nudge()


class BlockView(Struct, frozen=True):
    """A block of one's own: the nickname is the one under which they were met."""

    block: Id
    nickname: str
    at: Millis


@routes.add("GET", "/v1/blocks")
async def list_blocks(call: Call, query: ListQuery) -> Page[BlockView]:
    """List whom one has blocked, newest first."""
    services, cursors = call.edge.services, call.edge.auth.cursors
    after = cursors.open(call.account, "blocks", query.cursor)
    found = await services.store.blocks.listed(
        call.account, after=None if after is None else BlockId(after), limit=query.rows + 1
    )
    items = [BlockView(one.block, one.nickname, one.at) for one in found[: query.rows]]
    more = len(found) > query.rows
    return Page(items, cursors.seal(call.account, "blocks", items[-1].block) if more else None)


@routes.add("DELETE", "/v1/blocks/{block}", Spec(status=204))
async def unblock_member(call: Call, block: BlockId) -> None:
    """Take a block back; what it has ended stays ended."""
    services = call.edge.services
    await services.store.blocks.unblock(call.account, block, now_ms=call.now_ms)
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
