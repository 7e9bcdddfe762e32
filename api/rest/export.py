"""All that is held about oneself, as JSON lines: one line an item, written while it is read.

`store/data_map.toml` says of every column whether it is in here, and why not; docs/export.md says
how to read it. At no time is more of it in memory than one page.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import msgspec

from api.rest.call import Call, Lines
from api.rest.rates import Budget
from api.rest.route import Routes, Spec
from engine.errors import Outage
from engine.limits import EXPORT_CHUNK_BYTES, HELD_ITEMS_MAX
from engine.ports.holdings import Section

routes = Routes("me")

MEDIA_TYPE = "application/x-ndjson"
FORMAT = 1  # rises when what is there means something else; new names are only added


@routes.add("GET", "/v1/me/export", Spec(media_type=MEDIA_TYPE, also=Budget.EXPORTS))
async def export_me(call: Call) -> Lines:
    """Give everything that is held about oneself; without its last line `end` it is not whole."""
    return Lines(_chunks(_lines(call)), MEDIA_TYPE)


async def _chunks(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Join short lines: each piece of an answer costs a turn of the event loop."""
    held: list[bytes] = []
    size = 0
    async for line in lines:
        held.append(line)
        size += len(line)
        if size >= EXPORT_CHUNK_BYTES:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


async def _lines(call: Call) -> AsyncIterator[bytes]:
    yield _line("export", {"format": FORMAT, "at": call.now_ms})
    count = 0
    try:
        async for section, item in _items(call):
            count += 1
            yield _line(section, _opened(call, item))
    except Outage as why:  # its status has left long ago
        yield _line("cut", {"code": why.code})
    else:
        yield _line("end", {"items": count})


async def _items(call: Call) -> AsyncIterator[tuple[Section, Mapping[str, object]]]:
    """Read everything, a page at a time."""
    for section in Section:
        after: str | None = ""
        while after is not None:
            page = await call.edge.services.store.holdings.page(
                call.account, section, after=after, limit=HELD_ITEMS_MAX, now_ms=call.now_ms
            )
            for item in page.items:
                yield section, item
            after = page.after


def _opened(call: Call, item: Mapping[str, object]) -> Mapping[str, object]:
    """Open the phone number, which the store cannot: its key is the edge's."""
    phone = item.get("phone")
    if not isinstance(phone, bytes):
        return item
    return {**item, "phone": call.edge.auth.phones.open(phone)}


def _line(section: str, item: Mapping[str, object]) -> bytes:
    return msgspec.json.encode({"section": section, **item}) + b"\n"
