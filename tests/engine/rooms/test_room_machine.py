"""A room against a model, under any sequence of commands and commits (I2, I3, I5)."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from engine.errors import CidConflict, RoomClosed
from engine.ids import Alias
from engine.rooms.events import Event, EventName
from engine.rooms.room import Room
from tests.builders import FOX, OWL, make_snapshot, text

aliases = st.sampled_from([FOX, OWL])
cids = st.sampled_from("abcdef")
bodies = st.sampled_from(["hello", "world"])

Key = tuple[Alias, str]


class RoomMachine(RuleBasedStateMachine):
    """The store is a list: what a settle wrote is in it, what was discarded is not."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room(make_snapshot())
        self.log: list[Event] = []
        self.pending: list[Event] = []
        self.reads: dict[Alias, int] = {FOX: 0, OWL: 0}
        self.marks: dict[Alias, int] = {}

    def said(self) -> dict[Key, Event]:
        """Everything that was said or is about to be, by its key."""
        found: dict[Key, Event] = {}
        for event in (*self.log, *self.pending):
            if event.sender is not None and event.cid is not None:
                assert (event.sender, event.cid) not in found, "said twice"
                found[event.sender, event.cid] = event
        return found

    def ending(self) -> bool:
        return any(event.name is EventName.CLOSED for event in (*self.log, *self.pending))

    @rule(alias=aliases, cid=cids, body=bodies)
    def post(self, alias: Alias, cid: str, body: str) -> None:
        known = self.said().get((alias, cid))
        try:
            posted = self.room.post(alias, cid, text(body), at=1)
        except CidConflict:
            assert known is not None
            assert known.content != text(body)
        except RoomClosed:
            assert known is None
            assert self.ending()
        else:
            assert posted.dup == (known is not None)
            assert posted.event == (known or posted.event)
            assert posted.event.content == text(body)
            if not posted.dup:
                assert not self.ending()
                self.pending.append(posted.event)

    @rule()
    def close(self) -> None:
        ending = self.ending()
        event = self.room.close(at=1)
        assert (event is None) == ending
        if event is not None:
            self.pending.append(event)

    @rule(alias=aliases, seq=st.integers(0, 30))
    def read(self, alias: Alias, seq: int) -> None:
        mark = min(seq, len(self.log))
        further = mark > max(self.reads[alias], self.marks.get(alias, 0))
        assert self.room.read(alias, seq) == further
        if further:
            self.marks[alias] = mark

    @rule()
    def settle(self) -> None:
        append = self.room.append()
        assert append.base_seq == len(self.log)
        assert list(append.events) == self.pending
        assert append.reads == self.marks
        assert self.room.settle() == self.pending
        self.log += self.pending
        self.reads |= self.marks
        self.pending, self.marks = [], {}

    @rule(data=st.data())
    def discard(self, data: st.DataObject) -> None:
        """The store refused: some of these cids it has known for long."""
        old: Mapping[Key, Event] = {}
        if self.log:
            seqs = data.draw(st.sets(st.integers(1, len(self.log))))
            some = [self.log[seq - 1] for seq in seqs]
            old = {(e.sender, e.cid): e for e in some if e.sender is not None and e.cid}
        self.room.discard(old)
        self.pending = []

    @rule()
    def reload(self) -> None:
        """The actor crashed: a new room over what is durable."""
        closed = any(event.name is EventName.CLOSED for event in self.log)
        self.room = Room(make_snapshot(seq=len(self.log), tail=self.log, closed=closed))
        self.pending, self.marks = [], {}
        for alias, seq in self.reads.items():
            if self.room.read(alias, seq):
                self.marks[alias] = seq

    @invariant()
    def the_log_has_no_gap(self) -> None:
        assert self.room.seq == len(self.log)
        assert [event.seq for event in self.log] == list(range(1, len(self.log) + 1))

    @invariant()
    def resuming_from_anywhere_is_a_suffix(self) -> None:
        for seq in range(self.room.seq + 1):
            assert self.room.after(seq, 1_000) == self.log[seq:]
            assert self.room.newest(seq) == self.log[len(self.log) - seq :]

    @invariant()
    def it_is_dirty_when_there_is_something_to_store(self) -> None:
        assert self.room.dirty == bool(self.pending or self.marks)


TestRoomMachine = RoomMachine.TestCase
TestRoomMachine.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
