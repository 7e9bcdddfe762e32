"""Guards of what is shown and heard in rooms: who reads it, and how long it is there."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_FILES = "store/postgres/room_files.py"
_TESTS = "tests/store/test_room_files.py"
_READERS = f"{_TESTS}::test_who_is_in_the_room_reads_it_and_nobody_else"

MUTANTS = (
    Mutant(
        name="a-stranger-reads-what-a-room-shows",
        promises=("rule",),
        file=_FILES,
        old="    await _seat(db, room, account, now_ms)\n    row = ",
        new="    row = ",
        tests=(f"{_READERS}[postgres]",),
    ),
    Mutant(
        name="a-file-is-read-through-another-room",
        promises=("rule",),
        file="store/memory/room_files.py",
        old="        if row is None or row.room != room:\n",
        new="        if row is None:\n",
        tests=(f"{_READERS}[memory]",),
    ),
    Mutant(
        name="a-room-that-has-ended-takes-files",
        promises=("rule",),
        file=_FILES,
        old='    if seat["closed"]:\n',
        new="    if False:\n",
        tests=(
            f"{_TESTS}::test_a_room_that_has_ended_shows_what_was_said_and_takes_nothing_more[postgres]",
        ),
    ),
    Mutant(
        name="a-message-that-is-taken-back-leaves-its-file",
        promises=("rule",),
        file="store/memory/rooms.py",
        old="            self._drop_file(row.room, row.events[deletion.target - 1])\n",
        new="",
        tests=(f"{_TESTS}::test_a_message_that_is_taken_back_takes_its_file_along[memory]",),
    ),
    Mutant(
        name="what-is-never-sent-is-kept",
        promises=("rule",),
        file=_FILES,
        old="now_ms + ROOM_FILE_UNSENT_MS",
        new="None",
        tests=(f"{_TESTS}::test_what_is_never_sent_is_let_go_after_a_day[postgres]",),
    ),
    Mutant(
        name="any-sound-is-a-voice",
        promises=("rule",),
        file="engine/model/voice.py",
        old=' and b"A_OPUS" in head:',
        new=":",
        tests=("tests/engine/model/test_voice.py::test_what_is_no_voice_is_not_kept",),
    ),
)
