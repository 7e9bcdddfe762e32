"""Search in what was said in one's own rooms."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from msgspec import Meta, Struct

from api.rest.call import Call
from api.rest.rates import Budget
from api.rest.route import Routes, Spec
from api.rest.views import Id, ListQuery, Page, RoomEvent, event_view
from engine.errors import NotFound
from engine.ids import RoomId, is_id
from engine.limits import SEARCH_TYPED_CHARS_MAX
from engine.rooms.search import Place, Search, fold_query

routes = Routes("search")


class SearchQuery(ListQuery, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What to look for, in one room or in all of one's own."""

    query: Annotated[str, Meta(max_length=SEARCH_TYPED_CHARS_MAX)]
    room: str | None = None


class SearchHit(Struct, frozen=True):
    """A message that says it."""

    room: Id
    event: RoomEvent


@routes.add("GET", "/v1/search/messages", Spec(refusals=(NotFound,), also=Budget.SEARCHES))
async def search_messages(call: Call, query: SearchQuery) -> Page[SearchHit]:
    """Find messages in one's own rooms, newest first.

    A page may be short or even empty although its cursor leads on: a call looks through a bounded
    stretch of the rooms.
    """
    wanted = fold_query(query.query)
    if query.room is not None and not is_id(query.room):
        raise NotFound
    room = None if query.room is None else RoomId(query.room)
    cursors, name = call.edge.auth.cursors, _name(wanted, room)
    before = cursors.open(call.account, name, query.cursor)
    search = Search(wanted, room, None if before is None else _read(before), query.rows)
    found = await call.edge.services.store.search.find(call.account, search, now_ms=call.now_ms)
    items = [
        SearchHit(hit.room, event_view(hit.room, hit.epoch, hit.event, me=hit.me))
        for hit in found.hits
    ]
    rest = None if found.next is None else cursors.seal(call.account, name, _write(found.next))
    return Page(items, rest)


def _name(wanted: str, room: RoomId | None) -> str:
    """Name the list of one search, in which alone its cursors are good."""
    return "search " + sha256(f"{room or ''} {wanted}".encode()).hexdigest()[:32]


def _write(place: Place) -> str:
    return f"{place.at} {place.seq} {place.room}"


def _read(text: str) -> Place:
    at, seq, room = text.split(" ", 2)  # Ours: the cursor was sealed by us.
    return Place(int(at), RoomId(room), int(seq))
