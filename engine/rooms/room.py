"""One room: who is in it, what was said, and what may be said next.

The room never waits and never writes. A command makes pending events; the owner of the room stores
them and then either settles them (they are the log now) or discards them (nothing happened).
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from engine.errors import BadRequest, CidConflict, NotFound, RoomClosed
from engine.ids import AccountId, Alias
from engine.limits import ROOM_CIDS, ROOM_TAIL_EVENTS
from engine.rooms.events import Append, Content, Event, EventName, Occupant, Snapshot

# A fence that no owner has: they rise from 1.
NO_FENCE = 0


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands in the log; `dup` says that it stood there before."""

    event: Event
    dup: bool


class Room:
    """The state of one room under one fence; not thread-safe, one owner."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.room = snapshot.room
        self.kind = snapshot.kind
        self.epoch = snapshot.epoch
        self.closed = snapshot.closed
        self.seq = snapshot.seq  # durable; pending events come after it
        self._fence = snapshot.fence
        self._occupants = {one.alias: one for one in snapshot.occupants}
        self._aliases = {one.account: one.alias for one in snapshot.occupants}
        self._tail: deque[Event] = deque(snapshot.tail, maxlen=ROOM_TAIL_EVENTS)
        self._cids: OrderedDict[tuple[Alias, str], Event] = OrderedDict()
        self._pending: list[Event] = []
        self._pending_cids: dict[tuple[Alias, str], Event] = {}
        self._reads: dict[Alias, int] = {}
        self._remember(snapshot.tail)
        tail_seqs = [event.seq for event in snapshot.tail]
        assert tail_seqs == list(range(self.seq - len(tail_seqs) + 1, self.seq + 1)), (
            "gap in a tail"
        )

    # --- who -----------------------------------------------------------------------------

    @property
    def occupants(self) -> Iterable[Occupant]:
        """Everybody in the room, in no telling order."""
        return self._occupants.values()

    def alias_of(self, account: AccountId) -> Alias:
        """Return who the account is in here; raises NotFound for who is not in here."""
        alias = self._aliases.get(account)
        if alias is None:
            raise NotFound("there is no such room")
        return alias

    def shows_read_marks(self, alias: Alias) -> bool:
        """Whether the others may see how far this one has read."""
        return self._occupants[alias].shows_read_marks

    # --- commands ------------------------------------------------------------------------

    def post(self, alias: Alias, cid: str, content: Content, *, at: int) -> Posted:
        """Say something; the same cid again finds the first. Raises CidConflict, RoomClosed."""
        known = self._cids.get((alias, cid)) or self._pending_cids.get((alias, cid))
        if known is not None:
            if known.content != content:
                raise CidConflict
            return Posted(known, dup=True)
        if self.closed or self._ending:
            raise RoomClosed
        reply_to = content.get("reply_to")
        if isinstance(reply_to, int) and not 1 <= reply_to <= self._next_seq() - 1:
            raise BadRequest("reply_to is not a message of this room")
        event = self._add(EventName.MESSAGE, alias, cid, content, at=at)
        self._pending_cids[alias, cid] = event
        return Posted(event, dup=False)

    def close(self, *, at: int) -> Event | None:
        """End the room for everybody; None if it has ended before."""
        if self.closed or self._ending:
            return None
        return self._add(EventName.CLOSED, None, None, {}, at=at)

    def read(self, alias: Alias, seq: int) -> bool:
        """Note how far somebody has read; True if it is further than before."""
        mark = min(seq, self.seq)
        if mark <= max(self._occupants[alias].read, self._reads.get(alias, 0)):
            return False
        self._reads[alias] = mark
        return True

    def look_up(self, alias: Alias, cid: str, content: Content, *, at: int) -> Append | None:
        """Return an append that only asks whether the store knows this cid; None if it cannot.

        Its fence is nobody's, so it is never written: it is Repeated or Lost.
        """
        if len(self._tail) == self.seq:
            return None  # all of the log is in memory
        event = Event(self.seq + 1, at, EventName.MESSAGE, alias, cid, content)
        return Append(self.room, NO_FENCE, self.seq, (event,), {})

    # --- commit --------------------------------------------------------------------------

    @property
    def dirty(self) -> bool:
        """Whether there is something to store."""
        return bool(self._pending or self._reads)

    def append(self) -> Append:
        """Return what is to be stored, all of it or nothing."""
        return Append(
            room=self.room,
            fence=self._fence,
            base_seq=self.seq,
            events=tuple(self._pending),
            reads=dict(self._reads),
        )

    def settle(self) -> list[Event]:
        """What was pending is durable: make it the log and return it, oldest first."""
        events = self._pending
        self._pending = []
        self._pending_cids = {}
        for alias, seq in self._reads.items():
            self._occupants[alias] = replace(self._occupants[alias], read=seq)
        self._reads = {}
        for event in events:
            assert event.seq == self.seq + 1, "the room log may not skip or repeat"
            self.seq = event.seq
            self._tail.append(event)
            if event.name is EventName.CLOSED:
                self.closed = True
        self._remember(events)
        return events

    def discard(self, known: Mapping[tuple[Alias, str], Event]) -> None:
        """Nothing was stored, because these cids were stored long ago: remember them instead."""
        self._pending = []
        self._pending_cids = {}
        self._cids.update(known)

    # --- reading -------------------------------------------------------------------------

    def newest(self, limit: int) -> list[Event] | None:
        """Return the newest durable events, oldest first; None where memory does not reach."""
        wanted = min(limit, self.seq)
        if len(self._tail) < wanted:
            return None
        return list(self._tail)[len(self._tail) - wanted :]

    def after(self, seq: int, limit: int) -> list[Event] | None:
        """Return the durable events after `seq`, oldest first; None where memory does not reach."""
        missing = self.seq - seq
        if len(self._tail) < missing:
            return None
        start = len(self._tail) - missing
        return list(self._tail)[start : start + limit]

    # --- inside --------------------------------------------------------------------------

    @property
    def _ending(self) -> bool:
        """Whether the end is pending: it is the last event of a room, so nothing is put behind."""
        return bool(self._pending) and self._pending[-1].name is EventName.CLOSED

    def _next_seq(self) -> int:
        return self.seq + len(self._pending) + 1

    def _add(
        self, name: EventName, sender: Alias | None, cid: str | None, content: Content, *, at: int
    ) -> Event:
        event = Event(self._next_seq(), at, name, sender, cid, content)
        self._pending.append(event)
        return event

    def _remember(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.sender is not None and event.cid is not None:
                self._cids[event.sender, event.cid] = event
        while len(self._cids) > ROOM_CIDS:
            self._cids.popitem(last=False)
