"""One room: who is in it, what was said, and what may be said next.

The room never waits and never writes. A command makes pending events; the owner of the room stores
them and then either settles them (they are the log now) or discards them (nothing happened).
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from types import MappingProxyType
from typing import Final

from engine.errors import BadRequest, CidConflict, Forbidden, NotFound, RoomClosed, WindowOver
from engine.ids import AccountId, Alias
from engine.limits import PIECES_MAX, ROOM_CIDS, ROOM_TAIL_EVENTS
from engine.model.reveal import Outcome, Reveal, RevealAct, RevealStep, after
from engine.rooms.events import (
    Append,
    Content,
    Event,
    EventName,
    Occupant,
    Posted,
    Reactions,
    RoomKind,
    Snapshot,
    same_content,
    without_body,
)
from engine.rooms.message import screened
from engine.rooms.reactions import ReactionBook
from engine.rooms.reveals import NAMES as REVEAL_NAMES
from engine.rooms.reveals import Sides, reveal_content, reveal_from
from engine.rooms.veils import hides, veils_of

# A fence that no owner has: they rise from 1.
NO_FENCE: Final = 0

# Looking a member up in its class is slow enough to show, with every message.
_MATCH, _MESSAGE, _CLOSED = RoomKind.MATCH, EventName.MESSAGE, EventName.CLOSED

_NO_READS: Final[Mapping[Alias, int]] = MappingProxyType({})


class Room:
    """The state of one room under one fence; not thread-safe, one owner."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.room = snapshot.room
        self.kind = snapshot.kind
        self.epoch = snapshot.epoch
        self.closed = snapshot.closed
        self.seq = snapshot.seq  # durable; pending events come after it
        self.fence = snapshot.fence
        self.followed = False  # another owner writes: this is what it wrote, to be read only
        self._occupants = {one.alias: one for one in snapshot.occupants}
        self._aliases = {one.account: one.alias for one in snapshot.occupants}
        self.veils = veils_of(snapshot.occupants)  # of those from whom somebody is hidden
        self._tail: deque[Event] = deque(snapshot.tail, maxlen=ROOM_TAIL_EVENTS)
        self._cids: OrderedDict[tuple[Alias, str], Event] = OrderedDict()
        self._pending: list[Event] = []
        self._pending_cids: dict[tuple[Alias, str], Event] = {}
        self._reads: dict[Alias, int] = {}
        self._deleting: set[int] = set()  # messages whose deletion is pending
        self._reactions = ReactionBook()
        self._reveal = reveal_from(snapshot.reveal)
        self._pending_reveal: Reveal | None = None
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

    def since(self, alias: Alias) -> int:
        """Return the seq up to which the log is not theirs to see."""
        return self._occupants[alias].since

    def reads_seen(self, alias: Alias, *, now_ms: int) -> bool:
        """Whether the others may see how far this one has read."""
        one = self._occupants.get(alias)
        return one is not None and one.reads_seen(now_ms=now_ms)

    def set_occupants(self, found: Iterable[Occupant]) -> list[Alias]:
        """Take who is in the room from the store; return who has left."""
        before = self._occupants
        self._occupants = {
            one.alias: replace(one, read=max(one.read, before[one.alias].read))
            if one.alias in before
            else one
            for one in found
        }
        self._aliases = {one.account: one.alias for one in self._occupants.values()}
        self.veils = veils_of(self.occupants)
        return [alias for alias in before if alias not in self._occupants]

    # --- commands ------------------------------------------------------------------------

    def post(
        self, alias: Alias, cid: str, content: Content, *, at: int, answered: Event | None = None
    ) -> Posted:
        """Say something; the same cid again finds the first.

        Raises CidConflict, RoomClosed, BadRequest, and ContactTooSoon in the room of a match.

        `answered` is what `reply_to` names, where that is older than memory.
        """
        key = alias, cid
        known = self._cids.get(key) or self._pending_cids.get(key)
        if known is not None:
            if not known.deleted and not same_content(known.content, content):
                raise CidConflict
            return Posted(known, dup=True)
        self._check_open()
        reply_to = content.get("reply_to")
        if isinstance(reply_to, int):
            named = self.find(reply_to) or answered
            if named is None or named.seq != reply_to or not self._sees(alias, named):
                raise BadRequest("reply_to is not a message of this room")
        if self.kind is _MATCH and not self._reveal.complete:
            content = screened(content, lambda: self._just_said(alias))
        event = self._add(_MESSAGE, alias, cid, content, at=at)
        self._pending_cids[key] = event
        return Posted(event, dup=False)

    def delete(self, alias: Alias, target: Event, *, at: int, within_s: int) -> Event | None:
        """Take one's own message back; None if it is gone already.

        Raises NotFound, Forbidden, WindowOver, RoomClosed.
        """
        if not self._sees(alias, target):
            raise NotFound("there is no such message")
        if target.sender != alias:
            raise Forbidden("this message is not yours")
        if target.deleted or target.seq in self._deleting:
            return None
        self._check_open()
        if at - target.at > within_s * 1000:
            raise WindowOver("a message can be taken back for a few minutes")
        self._deleting.add(target.seq)
        return self._add(EventName.DELETED, alias, None, {"target": target.seq}, at=at)

    def react(self, alias: Alias, target: Event, emoji: str, *, on: bool, at: int) -> Event | None:
        """Put a reaction on a message or take it off; None if it is so already.

        Its reactions have been learned. Raises NotFound, RoomClosed, Conflict for too many.
        """
        gone = target.deleted or target.seq in self._deleting
        if gone or not self._sees(alias, target):
            raise NotFound("there is no such message")
        if self._reactions.has(target.seq, alias, emoji) == on:
            return None
        self._check_open()
        self._reactions.set(target.seq, alias, emoji, on=on)
        content = {"target": target.seq, "emoji": emoji, "on": on}
        return self._add(EventName.REACTION, alias, None, content, at=at)

    def reveal(
        self,
        alias: Alias,
        match: str,
        step: RevealStep,
        act: RevealAct,
        *,
        sides: Sides,
        at: int,
    ) -> Event | None:
        """Offer, accept or withdraw a step of the reveal; None if it is so already.

        Raises Conflict, RoomClosed.
        """
        state = self._pending_reveal or self._reveal
        outcome = state.outcome(alias, step, act)
        if outcome is Outcome.NOTHING:
            return None
        self._check_open()
        content = reveal_content(alias, match, step, act, outcome, sides)
        self._pending_reveal = after(step, outcome, alias)
        return self._add(REVEAL_NAMES[outcome], alias, None, content, at=at)

    def knows_reactions(self, target: int) -> bool:
        """Whether the reactions to a message are at hand: in memory, or to be read in the tail."""
        if self._reactions.knows(target):
            return True
        if not self._tail or target < self._tail[0].seq:
            return False
        self._reactions.read(target, self._tail)  # whatever speaks of it comes after it
        return True

    def learn_reactions(self, target: int, found: Reactions) -> None:
        """Take the reactions to a message as the store has them."""
        self._reactions.learn(target, found)

    def moved(
        self, name: EventName, alias: Alias, content: Content, *, at: int, key: str = ""
    ) -> Event | None:
        """Write that somebody has joined or left; None if it is in the log, or the room is over.

        An alias comes and goes once (what comes again has a `key`): its name for that is kept where
        cids are, so the store finds it too. No client makes such a cid: it has a control character.
        """
        cid = f"\x01{name}|{key}" if key else f"\x01{name}"
        known = (alias, cid) in self._cids or (alias, cid) in self._pending_cids
        if known or self.closed or self._ending:
            return None
        event = self._add(name, alias, cid, content, at=at)
        self._pending_cids[alias, cid] = event
        return event

    def close(self, *, at: int) -> Event | None:
        """End the room for everybody; None if it has ended before."""
        if self.closed or self._ending:
            return None
        return self._add(_CLOSED, None, None, {}, at=at)

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
        event = Event(self.seq + 1, at, _MESSAGE, alias, cid, content)
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
            fence=self.fence,
            base_seq=self.seq,
            events=tuple(self._pending),
            reads=dict(self._reads) if self._reads else _NO_READS,
            reactions=self._reactions.changed(without=self._deleting),
        )

    def settle(self) -> list[Event]:
        """What was pending is durable: make it the log and return it, oldest first."""
        events = self._pending
        self._pending = []
        self._pending_cids = {}
        if self._reads:
            self._settle_reads()
        for event in events:
            assert event.seq == self.seq + 1, "the room log may not skip or repeat"
            self.seq = event.seq
            self._tail.append(event)
        if events and events[-1].name is _CLOSED:
            self.closed = True
        self._remember(events)
        self._reactions.settle(without=self._deleting)
        if self._deleting:
            for target in self._deleting:
                self._erase(target)
            self._deleting.clear()
        self._reveal = self._pending_reveal or self._reveal
        self._pending_reveal = None
        return events

    def discard(self, known: Mapping[tuple[Alias, str], Event]) -> None:
        """Nothing was stored, because these cids were stored long ago: remember them instead."""
        self._pending = []
        self._pending_cids = {}
        self._deleting.clear()
        self._reactions.discard()
        self._pending_reveal = None
        self._cids.update(known)

    def follow(self, events: Sequence[Event]) -> bool:
        """Take what another owner has written after our `seq`; False where it does not fit on."""
        self.followed = True
        if any(event.seq != seq for seq, event in enumerate(events, self.seq + 1)):
            return False
        self._deleting.update(one.target for one in events if one.name is EventName.DELETED)
        self._pending = list(events)
        self.settle()
        return True

    # --- reading -------------------------------------------------------------------------

    def find(self, seq: int) -> Event | None:
        """Return one event, durable or pending; None where memory does not reach."""
        if seq > self.seq:
            later = seq - self.seq - 1
            return self._pending[later] if later < len(self._pending) else None
        place = seq - (self.seq - len(self._tail) + 1)
        return self._tail[place] if place >= 0 else None

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
        return bool(self._pending) and self._pending[-1].name is _CLOSED

    def _just_said(self, alias: Alias) -> list[str]:
        """Return the last few texts of somebody, oldest first: a number may come in pieces."""
        found: list[str] = []
        for event in (*reversed(self._pending), *islice(reversed(self._tail), PIECES_MAX)):
            body = event.content.get("body")
            if event.sender == alias and isinstance(body, str):
                found.insert(0, body)
            if len(found) == PIECES_MAX:
                break
        return found

    def _sees(self, alias: Alias, target: Event) -> bool:
        """Whether this is a message that is theirs to see."""
        seen = target.name is _MESSAGE and target.seq > self.since(alias)
        return seen and not hides(self.veils.get(alias, ()), target)

    def _check_open(self) -> None:
        if self.closed or (self._pending and self._ending):
            raise RoomClosed

    def _settle_reads(self) -> None:
        for alias, seq in self._reads.items():
            if alias in self._occupants:
                self._occupants[alias] = replace(self._occupants[alias], read=seq)
        self._reads = {}

    def _erase(self, target: int) -> None:
        """Forget what a message said, wherever memory has it."""
        for place, event in enumerate(self._tail):
            if event.seq == target:
                self._tail[place] = without_body(event)
        for key, event in self._cids.items():
            if event.seq == target:
                self._cids[key] = without_body(event)
                break

    def _add(
        self, name: EventName, sender: Alias | None, cid: str | None, content: Content, *, at: int
    ) -> Event:
        # A clock that was set back must not put a message before the one it follows.
        before = self._pending or self._tail
        if before and before[-1].at > at:
            at = before[-1].at
        event = Event(self.seq + len(self._pending) + 1, at, name, sender, cid, content)
        self._pending.append(event)
        return event

    def _remember(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.sender is not None and event.cid is not None:
                self._cids[event.sender, event.cid] = event
        while len(self._cids) > ROOM_CIDS:
            self._cids.popitem(last=False)
