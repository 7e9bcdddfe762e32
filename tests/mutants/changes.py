"""Guards of what changes a room beside messages: deletions, reactions, reveals, members, time."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_ROOM = "engine/rooms/room.py"
_REACTIONS = "engine/rooms/reactions.py"
_MACHINE = "tests/engine/rooms/test_room_machine.py::TestRoomMachine::runTest"
_CHANGES = "tests/engine/rooms/test_changes.py"
_LOG = "tests/store/test_room_log.py"
_RULES = "tests/engine/rooms/test_room.py"

MUTANTS = (
    Mutant(
        name="memory-keeps-a-deleted-body",
        promises=("rule",),
        file=_ROOM,
        old="                self._tail[place] = without_body(event)",
        new="                pass",
        tests=(_MACHINE, f"{_CHANGES}::test_a_deletion_takes_the_words_and_leaves_the_place"),
    ),
    Mutant(
        name="the-store-keeps-a-deleted-body",
        promises=("rule",),
        file="store/memory/rooms.py",
        old="    row.events[target - 1] = left\n",
        new="",
        tests=(
            _MACHINE,
            "tests/store/test_changes.py::test_a_deleted_body_is_gone_from_everywhere_and_its_place_stays[memory]",
        ),
    ),
    Mutant(
        name="anybody-takes-a-message-back",
        promises=("rule",),
        file=_ROOM,
        old="        if target.sender != alias:\n",
        new="        if False:\n",
        tests=(_MACHINE, f"{_CHANGES}::test_only_own_messages_are_taken_back"),
    ),
    Mutant(
        name="a-message-is-taken-back-after-years",
        promises=("rule",),
        file=_ROOM,
        old="        if at - target.at > within_s * 1000:\n",
        new="        if False:\n",
        tests=(_MACHINE, f"{_CHANGES}::test_a_message_is_taken_back_within_minutes"),
    ),
    Mutant(
        name="a-deletion-that-was-discarded-still-counts",
        promises=("I2",),
        file=_ROOM,
        old="        self._deleting.clear()\n        self._reactions.discard()\n",
        new="        self._reactions.discard()\n",
        tests=(_MACHINE, f"{_CHANGES}::test_a_deletion_that_was_discarded_did_not_happen"),
    ),
    Mutant(
        name="a-reaction-that-was-discarded-still-counts",
        promises=("I2",),
        file=_ROOM,
        old="        self._reactions.discard()\n",
        new="",
        tests=(_MACHINE,),
    ),
    Mutant(
        name="a-reveal-that-was-discarded-still-counts",
        promises=("I2",),
        file=_ROOM,
        old="        self._pending_reveal = None\n        self._cids.update(known)\n",
        new="        self._cids.update(known)\n",
        tests=(_MACHINE,),
    ),
    Mutant(
        name="a-new-owner-forgets-what-was-offered",
        promises=("I2",),
        file=_ROOM,
        old="        self._reveal = reveal_from(snapshot.reveal)",
        new="        self._reveal = reveal_from(None)",
        tests=(
            _MACHINE,
            "tests/actors/test_reveals.py::test_the_state_outlives_a_reload_however_old_the_offer_is",
        ),
    ),
    Mutant(
        name="what-the-store-knew-is-not-remembered",
        promises=("I3", "row 4"),
        file=_ROOM,
        old="        self._cids.update(known)\n",
        new="",
        tests=(f"{_RULES}::test_discarding_remembers_what_the_store_knew",),
    ),
    Mutant(
        name="who-comes-twice-is-told-twice",
        promises=("I3",),
        file=_ROOM,
        old="        if known or self.closed or self._ending:\n",
        new="        if self.closed or self._ending:\n",
        tests=(_MACHINE, f"{_RULES}::test_who_comes_twice_is_told_once"),
    ),
    Mutant(
        name="who-has-left-is-still-in-the-room",
        promises=("rule",),
        file=_ROOM,
        old="        self._aliases = {one.account: one.alias for one in self._occupants.values()}",
        new="        self._aliases |= {one.account: one.alias for one in self._occupants.values()}",
        tests=(_MACHINE, f"{_RULES}::test_who_has_left_is_not_in_the_room"),
    ),
    Mutant(
        name="messages-follow-an-end-that-is-pending",
        promises=("I2",),
        file=_ROOM,
        old="        if self.closed or (self._pending and self._ending):\n",
        new="        if self.closed:\n",
        tests=(_MACHINE, f"{_RULES}::test_nothing_follows_a_close_that_is_pending"),
    ),
    Mutant(
        name="one-reads-what-is-not-said-yet",
        promises=("rule",),
        file=_ROOM,
        old="        mark = min(seq, self.seq)\n",
        new="        mark = seq\n",
        tests=(
            _MACHINE,
            f"{_RULES}::test_a_read_mark_only_moves_forward_and_not_beyond_the_log",
        ),
    ),
    Mutant(
        name="own-and-deleted-messages-are-unread",
        promises=("rule",),
        file="store/memory/rooms.py",
        old="event.name is EventName.MESSAGE and event.sender != me.alias and not event.deleted",
        new="event.name is EventName.MESSAGE and event.sender != me.alias",
        tests=(
            _MACHINE,
            "tests/store/test_changes.py::test_a_deleted_message_is_not_unread[memory]",
        ),
    ),
    Mutant(
        name="time-runs-backwards-within-a-room",
        promises=("row 19",),
        file=_ROOM,
        old="        if before and before[-1].at > at:\n",
        new="        if False:\n",
        tests=(_MACHINE, f"{_RULES}::test_time_never_runs_backwards_within_a_room"),
    ),
    Mutant(
        name="memory-of-cids-is-not-bounded",
        promises=("I10",),
        file=_ROOM,
        old="        while len(self._cids) > ROOM_CIDS:\n",
        new="        while False:\n",
        tests=(f"{_RULES}::test_memory_of_cids_is_bounded_and_keeps_the_newest",),
    ),
    Mutant(
        name="memory-of-events-is-not-bounded",
        promises=("I10", "row 25"),
        file=_ROOM,
        old="deque(snapshot.tail, maxlen=ROOM_TAIL_EVENTS)",
        new="deque(snapshot.tail)",
        tests=(_MACHINE, f"{_RULES}::test_the_tail_is_bounded"),
    ),
    Mutant(
        name="one-person-reacts-without-end",
        promises=("I10",),
        file=_REACTIONS,
        old="        if on and len(held) >= REACTIONS_PER_PERSON_MAX:\n",
        new="        if False:\n",
        tests=(
            _MACHINE,
            f"{_CHANGES}::test_reactions_of_one_person_to_one_message_are_bounded",
        ),
    ),
    Mutant(
        name="memory-of-reactions-is-not-bounded",
        promises=("I10",),
        file=_REACTIONS,
        old="        if len(self._known) > REACTED_MESSAGES_CACHED_MAX:\n",
        new="        if False:\n",
        tests=(
            f"{_CHANGES}::test_memory_of_reactions_is_bounded_and_what_is_pending_is_not_forgotten",
        ),
    ),
    Mutant(
        name="what-is-pending-hides-what-stands-elsewhere",
        promises=("I2", "row 18"),
        file="actors/targets.py",
        old="        return seq > self._room.seq\n",
        new="        return False\n",
        tests=(
            "tests/actors/test_take_over.py::test_what_is_pending_does_not_hide_a_message_from_elsewhere",
        ),
    ),
    Mutant(
        name="the-room-of-an-ended-match-is-not-found-by-a-late-clock",
        promises=("row 19",),
        file="store/memory/rooms.py",
        old=" or row.closing)\n",
        new=")\n",
        tests=(f"{_LOG}::test_a_room_that_is_ending_is_there_by_any_clock[memory]",),
    ),
    Mutant(
        name="postgresql-does-not-find-the-room-of-an-ended-match-by-a-late-clock",
        promises=("row 19",),
        file="store/postgres/rooms.py",
        old=" AND (visible_at <= $3 OR closing)\n",
        new=" AND visible_at <= $3\n",
        tests=(f"{_LOG}::test_a_room_that_is_ending_is_there_by_any_clock[postgres]",),
    ),
    Mutant(
        name="a-reveal-where-the-room-has-vanished-crashes",
        promises=("row 21",),
        file="actors/room.py",
        old="                if not sides:\n",
        new="                if False:\n",
        tests=(
            "tests/actors/test_reveals.py::test_the_room_of_a_match_that_has_vanished_is_no_room_and_does_not_crash",
        ),
    ),
)
