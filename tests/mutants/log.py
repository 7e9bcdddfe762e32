"""Guards of the room's log: durable before acknowledged, one order, each cid once, one writer."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_SQL = "store/postgres/append.py"
_TWIN = "store/memory/rooms.py"
_ROOM = "engine/rooms/room.py"
_ACTOR = "actors/room.py"
_CONTRACT = "tests/store/test_room_log.py"
_REPEATED = "tests/e2e/test_repeated_sends.py::test_a_cid_takes_effect_once_whoever_owns_the_room"
_STORMS = "tests/e2e/test_storms.py"

MUTANTS = (
    Mutant(
        name="answers-before-the-commit",
        promises=("I1", "row 7", "row 23"),
        file=_ACTOR,
        old="        if room.dirty:\n            self._begun.append(begun)\n        else:",
        new="        if room.dirty:\n            answer(begun, room.epoch)\n        else:",
        tests=(
            "tests/actors/test_cut_off.py::test_a_node_that_is_cut_off_at_any_step_loses_nothing_acknowledged",
            "tests/actors/test_room.py::test_nothing_is_answered_or_shown_before_the_commit",
            "tests/actors/test_room.py::test_an_unknown_outcome_reloads_and_the_retry_counts_once",
        ),
    ),
    Mutant(
        name="takes-an-unknown-outcome-for-a-success",
        promises=("I1", "row 14", "row 23"),
        file=_ACTOR,
        old='self._fail(Unavailable("not stored for sure; send it again with its cid"))',
        new="self._settle(), self._actor.release()",
        tests=(
            "tests/actors/test_cut_off.py::test_a_store_that_fails_at_any_call_costs_a_retry",
            "tests/actors/test_room.py::test_an_unknown_outcome_reloads_and_the_retry_counts_once",
            "tests/actors/test_room.py::test_another_owner_makes_the_room_load_again",
        ),
    ),
    Mutant(
        name="takes-a-cid-it-has-not-seen-for-an-old-one",
        promises=("I2", "row 8"),
        file=_ACTOR,
        old="        if any(event.seq > self._room.seq for event in result.known.values()):\n",
        new="        if False:\n",
        tests=(
            "tests/actors/test_room.py::test_a_call_that_crashes_after_its_commit_leaves_nobody_behind",
        ),
    ),
    Mutant(
        name="a-room-does-not-look-at-its-memory-of-cids",
        promises=("I3", "row 4", "row 5"),
        file=_ROOM,
        old="        known = self._cids.get(key) or self._pending_cids.get(key)",
        new="        known = None",
        # The machine does not see it: its store finds the cid again, as PostgreSQL does.
        tests=(
            "tests/engine/rooms/test_room.py::test_the_same_cid_finds_the_first_before_and_after_the_commit",
        ),
    ),
    Mutant(
        name="the-same-cid-may-say-something-else",
        promises=("I3", "row 5"),
        file=_ROOM,
        old="            if not known.deleted and not same_content(known.content, content):\n",
        new="            if False:\n",
        tests=(
            "tests/engine/rooms/test_room.py::test_the_same_cid_with_another_body_is_a_conflict",
            "tests/engine/rooms/test_room_machine.py::TestRoomMachine::runTest",
            _REPEATED,
        ),
    ),
    Mutant(
        name="the-table-is-not-asked-for-old-cids",
        promises=("I3", "row 4"),
        file=_SQL,
        old="        ON e.room_id = f.room_id AND e.sender = f.sender AND e.cid = f.cid",
        new="        ON false",
        tests=(
            f"{_CONTRACT}::test_a_repeated_cid_writes_nothing_and_shows_the_first[postgres]",
            _REPEATED,
        ),
    ),
    Mutant(
        name="the-twin-is-not-asked-for-old-cids",
        promises=("I3", "row 4"),
        file=_TWIN,
        old="                if key in row.by_cid:",
        new="                if False:",
        tests=(
            f"{_CONTRACT}::test_a_repeated_cid_writes_nothing_and_shows_the_first[memory]",
            "tests/actors/test_room.py::test_cids_older_than_memory_are_found_by_the_store_and_the_rest_is_written",
        ),
    ),
    Mutant(
        name="a-stale-owner-writes-to-postgresql",
        promises=("I4", "row 18"),
        file=_SQL,
        old="r.fence = w.fence AND ",
        new="",
        tests=(f"{_CONTRACT}::test_an_old_owner_cannot_write[postgres]",),
    ),
    Mutant(
        name="a-stale-owner-writes-to-the-twin",
        promises=("I4", "row 18"),
        file=_TWIN,
        old="append.fence != row.fence or ",
        new="",
        tests=(
            f"{_CONTRACT}::test_an_old_owner_cannot_write[memory]",
            f"{_CONTRACT}::test_a_stale_and_a_fresh_owner_in_one_batch[memory]",
        ),
    ),
    Mutant(
        name="postgresql-takes-any-base",
        promises=("I2",),
        file=_SQL,
        old=" AND r.last_seq = w.base_seq",
        new="",
        tests=(
            f"{_CONTRACT}::test_a_wrong_base_is_refused[postgres]",
            f"{_CONTRACT}::test_two_writers_of_the_same_seq_one_wins[postgres]",
        ),
    ),
    Mutant(
        name="the-twin-takes-any-base",
        promises=("I2",),
        file=_TWIN,
        old=" or append.base_seq != len(row.events)",
        new="",
        tests=(f"{_CONTRACT}::test_a_wrong_base_is_refused[memory]",),
    ),
    Mutant(
        name="a-batch-gives-every-message-the-same-seq",
        promises=("I2",),
        file=_ROOM,
        old="        event = Event(self.seq + len(self._pending) + 1, at,",
        new="        event = Event(self.seq + 1, at,",
        tests=(
            "tests/engine/rooms/test_room_machine.py::TestRoomMachine::runTest",
            "tests/actors/test_room.py::test_everybody_hears_the_same_order",
        ),
    ),
    Mutant(
        name="a-closed-room-takes-messages-in-postgresql",
        promises=("I2",),
        file=_SQL,
        old="(r.closed_at IS NULL AND (w.closes OR NOT r.closing))",
        new="true",
        tests=(f"{_CONTRACT}::test_a_closing_room_takes_nothing_but_its_end[postgres]",),
    ),
    Mutant(
        name="resuming-loses-the-first-event",
        promises=("I5", "row 3", "row 8"),
        file=_ROOM,
        old="        start = len(self._tail) - missing\n",
        new="        start = len(self._tail) - missing + 1\n",
        tests=(
            "tests/engine/rooms/test_room_machine.py::TestRoomMachine::runTest",
            "tests/actors/test_room_open.py::test_resuming_page_by_page_gives_exactly_what_was_missed",
            "tests/e2e/test_commit_faults.py::test_what_was_committed_but_not_told_reaches_everybody",
            f"{_STORMS}::test_two_thousand_come_back_at_once_and_nobody_loses_anything",
        ),
    ),
    Mutant(
        name="a-hole-in-the-log-is-resumed-over",
        promises=("I5",),
        file="actors/history.py",
        old="            if [event.seq for event in events[:1]] != [seq + 1]:\n",
        new="            if False:\n",
        tests=("tests/actors/test_room_open.py::test_a_log_that_has_lost_its_middle_says_so_too",),
    ),
    Mutant(
        name="another-epoch-is-resumed",
        promises=("I5",),
        file="actors/opening.py",
        old="after[0] == room.epoch and ",
        new="",
        tests=(
            "tests/actors/test_room_open.py::test_what_cannot_be_resumed_says_so_and_starts_anew",
        ),
    ),
)
