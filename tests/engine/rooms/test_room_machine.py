"""A room against a model, under any sequence of commands, commits and losses (I2, I3, I5)."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from engine.errors import (
    BadRequest,
    CidConflict,
    Conflict,
    Forbidden,
    NotFound,
    RoomClosed,
    WindowOver,
)
from engine.ids import Alias, NodeId
from engine.model.reveal import Outcome, Revealable, RevealAct, RevealStep
from engine.rooms.events import REVEALS, Event, EventName, Lost, Repeated, Written
from engine.rooms.reveals import reveal_from
from store.memory.state import RoomMemberRow
from tests.builders import CAT, FOX, OWL, RAT, ROOM, account_of, text
from tests.engine.rooms.modelled import CIDS, EACH, TAIL, ModelledRoom, now

WITHIN_S = 300

aliases = st.sampled_from([FOX, OWL, FOX, OWL, RAT, CAT])
# The newest messages mostly, else whatever stands at the end, or nothing at all.
places = st.integers(0, 5)
SIDES = {alias: Revealable("bio", (), "20s", "010") for alias in (FOX, OWL)}


class RoomMachine(ModelledRoom):
    """Every command and every end of a commit, in any order."""

    # --- commands ------------------------------------------------------------------------

    @initialize(number=st.sampled_from([0, TAIL * 3]))
    def begin(self, number: int) -> None:
        """There is a history already."""
        for place in range(number):
            self._post((FOX, OWL)[place % 2], f"old {place}", text("old"), answered=None)
        self.commit()

    @rule(alias=aliases, cid=st.sampled_from("abcdef"), body=st.sampled_from(["hello", "world"]))
    def post(self, alias: Alias, cid: str, body: str) -> None:
        self._post(alias, cid, text(body), answered=None)

    @rule(place=places)
    def repeat_what_is_older_than_memory(self, place: int) -> None:
        """The store knows its cid, and refuses all that is pending with it."""
        old = [one for one in self.log[: -TAIL - CIDS] if one.name is EventName.MESSAGE]
        for event in old[place : place + 1]:
            assert event.sender is not None
            assert event.cid is not None
            self._post(event.sender, event.cid, dict(event.content), answered=None)
            self.commit()

    @rule(alias=aliases, cid=st.sampled_from("gh"), place=places)
    def answer(self, alias: Alias, cid: str, place: int) -> None:
        seq = self.seq_of(place)
        answered = self.durable(seq) if self.room.find(seq) is None else None
        self._post(alias, cid, text("yes", reply_to=seq), answered=answered)

    def _post(
        self, alias: Alias, cid: str, content: dict[str, object], *, answered: Event | None
    ) -> None:
        if not self.is_in(alias):
            return
        known = self.said(self.everything()).get((alias, cid))
        try:
            posted = self.room.post(alias, cid, content, at=self.at, answered=answered)
        except CidConflict:
            assert known is not None
            assert known.content != content
        except RoomClosed:
            assert self.ending()
            assert known is None or self.may_be_forgotten(known)
        except BadRequest:
            named = [one for one in self.everything() if one.seq == content["reply_to"]]
            assert not any(self.sees(alias, one) for one in named)
        else:
            if posted.dup:
                assert posted.event == known
                assert known.deleted or known.content == content
            else:
                assert known is None or self.may_be_forgotten(known)
                self.begun(posted.event)

    def may_be_forgotten(self, known: Event) -> bool:
        """A new room knows the cids of its tail; each that came again may have pushed one out."""
        return known.seq <= len(self.log) - TAIL + self.recalled

    @rule(alias=aliases, place=places, own=st.booleans())
    def delete(self, alias: Alias, place: int, *, own: bool) -> None:
        seq = self.seq_of(place)
        target = self.durable(seq)
        if target is not None and target.sender is not None and own:
            alias = target.sender
        if target is None or not self.is_in(alias):
            return
        gone = self.gone(seq)
        late = self.at - target.at > WITHIN_S * 1_000
        try:
            event = self.room.delete(alias, target, at=self.at, within_s=WITHIN_S)
        except NotFound:
            assert not self.sees(alias, target)
        except Forbidden:
            assert target.sender != alias
        except RoomClosed:
            assert self.ending()
        except WindowOver:
            assert late
        else:
            assert target.sender == alias
            assert (event is None) == gone
            assert gone or not late
            self.begun(event)

    @rule(alias=aliases, place=places, emoji=st.sampled_from("👍🎉"), on=st.booleans())
    def react(self, alias: Alias, place: int, emoji: str, *, on: bool) -> None:
        seq = self.seq_of(place)
        target = self.durable(seq)
        if target is None or not self.is_in(alias):
            return
        if not self.room.knows_reactions(seq):
            self.room.learn_reactions(seq, now(lambda: self.store.reactions(ROOM, seq)))
        held = self.reactions_of(seq, alias)
        try:
            event = self.room.react(alias, target, emoji, on=on, at=self.at)
        except NotFound:
            assert not self.sees(alias, target) or self.gone(seq)
        except RoomClosed:
            assert self.ending()
        except Conflict:
            assert on
            assert len(held) >= EACH
        else:
            assert (event is None) == ((emoji in held) == on)
            assert event is None or not on or len(held) < EACH
            self.begun(event)

    @rule(
        alias=st.sampled_from([FOX, OWL]),
        ahead=st.sampled_from([0, 0, 0, 1, -1]),
        act=st.sampled_from(RevealAct),
    )
    def reveal(self, alias: Alias, ahead: int, act: RevealAct) -> None:
        newest = next((one for one in self.everything()[::-1] if one.name in REVEALS), None)
        step = list(RevealStep)[min(2, max(0, reveal_from(newest).done + ahead))]
        expected: Outcome | None = None
        with suppress(Conflict):
            expected = reveal_from(newest).outcome(alias, step, act)
        try:
            event = self.room.reveal(alias, "match", step, act, sides=SIDES, at=self.at)
        except RoomClosed:
            assert self.ending()
        except Conflict:
            assert expected is None
        else:
            assert (event is None) == (expected is Outcome.NOTHING)
            shows = expected is Outcome.REVEALED
            assert event is None or ({"mine", "theirs"} <= set(event.content)) == shows
            self.begun(event)

    @rule(alias=st.sampled_from([RAT, CAT]), comes=st.booleans(), times=st.integers(1, 2))
    def move(self, alias: Alias, times: int, *, comes: bool) -> None:
        """Somebody comes or goes; the notice of it is told once or twice."""
        if comes and alias in self.left:
            return  # who comes back has another alias
        if comes:
            if alias not in self.row.members:
                self.since[alias] = self.reads[alias] = begins = len(self.log)
                account = account_of(alias)
                self.row.members[alias] = RoomMemberRow(alias, account, alias, begins, begins)
        else:
            self.row.members.pop(alias, None)
            self.left.add(alias)
        for _ in range(times):
            self.room.set_occupants(now(lambda: self.store.occupants(ROOM)))
            assert self.is_in(alias) == comes
            name = EventName.JOINED if comes else EventName.LEFT
            known = [one for one in self.everything() if (one.name, one.sender) == (name, alias)]
            event = self.room.moved(name, alias, {}, at=self.at)
            if event is None:
                assert known or self.ending()
            else:
                assert not known or self.may_be_forgotten(known[0])
            self.begun(event)

    @precondition(lambda self: len(self.log) > TAIL * 4)  # nothing much happens afterwards
    @rule()
    def close(self) -> None:
        ending = self.ending()
        event = self.room.close(at=self.at)
        assert (event is None) == ending
        self.begun(event)

    @rule(alias=aliases, place=places)
    def read(self, alias: Alias, place: int) -> None:
        seq = self.seq_of(place)
        if not self.is_in(alias):
            return
        mark = min(seq, len(self.log))
        further = mark > max(self.reads[alias], self.marks.get(alias, 0))
        assert self.room.read(alias, seq) == further
        if further:
            self.marks[alias] = mark

    @rule(ms=st.sampled_from([1, 1_000, 200_000, 400_000, -400_000]))
    def time_passes_or_jumps(self, ms: int) -> None:
        self.at = max(1, self.at + ms)

    # --- commit --------------------------------------------------------------------------

    def _write(self) -> Written | Repeated | Lost:
        append = self.room.append()
        assert append.base_seq == len(self.log)
        assert list(append.events) == self.pending
        (outcome,) = now(lambda: self.store.append([append]))
        doubles = self.said(self.pending).keys() & self.said(self.log).keys()
        if isinstance(outcome, Written):
            assert not doubles
            self.written()
        elif isinstance(outcome, Repeated):
            assert outcome.known == {key: self.said(self.log)[key] for key in doubles}
        return outcome

    @rule()
    def commit(self) -> None:
        begun, marks = self.pending, dict(self.marks)
        outcome = self._write()
        assert not isinstance(outcome, Lost)
        if isinstance(outcome, Repeated):
            self.room.discard(outcome.known)
            self.recalled += len(outcome.known)
            self.pending = []
            assert self.room.dirty == bool(marks)
        else:
            assert self.room.settle() == begun
        self.check_store()

    @rule(known=st.booleans())
    def commit_without_an_answer(self, *, known: bool) -> None:
        """It was written or not, and nobody can say: a new room over what is durable."""
        if known:
            self._write()
        self._reload()

    @rule()
    def another_owner(self) -> None:
        now(lambda: self.store.claim([ROOM], NodeId("other"), now_ms=self.at))
        if self.room.dirty:
            doubles = self.said(self.pending).keys() & self.said(self.log).keys()
            assert isinstance(self._write(), Repeated if doubles else Lost)
        self._reload()

    def _reload(self) -> None:
        self.pending, self.marks, self.recalled = [], {}, 0
        self.room = self.claimed()

    # --- always --------------------------------------------------------------------------

    @invariant()
    def the_log_has_no_gap_and_is_what_the_store_holds(self) -> None:
        assert self.room.seq == len(self.log)
        assert [event.seq for event in self.log] == list(range(1, len(self.log) + 1))
        assert self.row.events == self.log
        times = [event.at for event in self.log]
        assert times == sorted(times)

    @invariant()
    def resuming_from_anywhere_is_a_suffix_or_a_look_into_the_store(self) -> None:
        length = len(self.log)
        for seq in range(length + 1):
            found = self.room.after(seq, 1_000)
            assert found == (self.log[seq:] if found is not None else None)
            assert found is not None or length - seq > len(self.room._tail)
            newest = self.room.newest(seq)
            assert newest == (self.log[length - seq :] if newest is not None else None)
        assert len(self.room._tail) == min(length, TAIL)

    @invariant()
    def it_is_dirty_when_there_is_something_to_store(self) -> None:
        assert self.room.dirty == bool(self.pending or self.marks)


TestRoomMachine = RoomMachine.TestCase
# Nobody waits minutes for the words of an explanation, in which each step is varied.
_PHASES = [phase for phase in settings().phases if phase is not Phase.explain]
TestRoomMachine.settings = settings(stateful_step_count=50, phases=_PHASES)
