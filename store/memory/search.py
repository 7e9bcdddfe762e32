"""Finding messages in memory: by looking at all of them."""

from __future__ import annotations

import trio

from engine.errors import NotFound
from engine.ids import AccountId
from engine.rooms.search import Found, Hit, Place, Search, says
from engine.rooms.veils import hides
from store.memory.state import Memory


class MemoryMessageSearch:
    """Finding what was said; engine.ports.rooms.MessageSearch."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def find(self, account: AccountId, search: Search, *, now_ms: int) -> Found:
        """Find messages, newest first; raises NotFound for a room that is not one's own."""
        await trio.lowlevel.checkpoint()
        own = [
            (row, me)
            for row in self._memory.rooms.values()
            if row.visible_at <= now_ms
            and search.room in {None, row.room}
            and (me := row.member_of(account)) is not None
        ]
        if search.room is not None and not own:
            raise NotFound
        hits = {
            Place(event.at, row.room, event.seq): Hit(row.room, row.epoch, me.alias, event)
            for row, me in own
            if not row.key_erased
            for event in row.events[me.since :]
            if says(event, search.wanted) and not hides(row.veils_of(account), event)
        }
        left = sorted(
            (place for place in hits if search.before is None or place < search.before),
            reverse=True,
        )
        shown = left[: search.limit]
        more = len(left) > search.limit
        return Found(tuple(hits[place] for place in shown), shown[-1] if more else None)
