"""What a room has said, from memory or from the store, as far as this owner knows the log."""

from __future__ import annotations

from engine.errors import Unavailable
from engine.ports.rooms import RoomLog
from engine.rooms.events import Event
from engine.rooms.room import Room


class History:
    """Pages of one room. `stale` says that somebody else has written: what we know is old."""

    def __init__(self, room: Room, log: RoomLog) -> None:
        self._room = room
        self._log = log
        self.stale = False

    async def newest(self, limit: int) -> list[Event]:
        """Return the newest events, oldest first."""
        room = self._room
        events = room.newest(limit)
        if events is None:
            events = await self._page(after=None, before=room.seq + 1, limit=limit)
        return events

    async def after(self, seq: int, limit: int) -> list[Event] | None:
        """Return the events after `seq` up to the limit; None where the log has lost some (I5)."""
        events = self._room.after(seq, limit)
        if events is None:
            events = await self._page(after=seq, before=None, limit=limit)
            if [event.seq for event in events[:1]] != [seq + 1]:
                return None
        return events

    async def reaches(self, seq: int) -> bool:
        """Whether the log has come to `seq`; raises Unavailable if it has without us."""
        if seq > self._room.seq:
            await self._page(after=self._room.seq, before=None, limit=1)
            if self.stale:
                raise Unavailable("this room is being loaded again")
        return seq <= self._room.seq

    async def _page(self, *, after: int | None, before: int | None, limit: int) -> list[Event]:
        """Read the store, as far as we know the log: what is newer comes when we load again."""
        page = await self._log.page(self._room.room, after=after, before=before, limit=limit)
        events = [event for event in page.events if event.seq <= self._room.seq]
        self.stale = self.stale or len(events) < len(page.events)
        return events
