"""Guards of a process as a whole: what faults of PostgreSQL, of the loop and of peers run into."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_STORE = "tests/e2e/test_store_faults.py"
_COMMIT = "tests/e2e/test_commit_faults.py"
_REPEATED = "tests/e2e/test_repeated_sends.py"
_STOPS = "tests/e2e/test_stops.py"
_ASKED = f"{_STOPS}::test_asked_to_stop_it_tells_all_finishes_and_loses_nothing"
_STORMS = "tests/e2e/test_storms.py"
_MIXED = "tests/e2e/test_mixed_versions.py"
_FULL = "tests/e2e/test_full_disk.py"
_READ_ONLY = "test_a_database_that_only_reads_is_refused_cleanly_and_over_without_a_restart"

MUTANTS = (
    Mutant(
        name="an-unknown-commit-is-settled-before-a-real-postgresql",
        promises=("I1", "row 14"),
        file="actors/room.py",
        old='self._fail(Unavailable("not stored for sure; send it again with its cid"))',
        new="self._settle(), self._actor.release()  # whatever PostgreSQL may have done",
        tests=(f"{_COMMIT}::test_a_commit_of_unknown_outcome_is_retried_into_exactly_one",),
    ),
    Mutant(
        name="messages-of-one-read-are-taken-backwards",
        promises=("I2", "row 6"),
        file="api/gateway/connection.py",
        old="        for index, (opcode, payload) in enumerate(messages, start=1):",
        new="        for index, (opcode, payload) in enumerate(messages[::-1], start=1):",
        tests=(f"{_REPEATED}::test_two_sockets_of_one_client_do_not_swap_its_messages",),
    ),
    Mutant(
        name="a-lost-connection-is-a-bug",
        promises=("row 9",),
        file="store/connection.py",
        old="    if isinstance(exc, (OSError, TimeoutError)):\n",
        new="    if isinstance(exc, TimeoutError):\n",
        tests=(f"{_STORE}::test_a_restart_of_postgresql_costs_a_retry_and_nothing_else[2]",),
    ),
    Mutant(
        name="a-room-that-loads-again-lets-its-mail-wait",
        promises=("row 9",),
        file="actors/runtime.py",
        old="                await trio.sleep(RELOAD_PAUSE_S)\n",
        new="                await trio.sleep(RELOAD_PAUSE_S * 3)\n",
        tests=(f"{_STORE}::test_a_restart_of_postgresql_costs_a_retry_and_nothing_else[2]",),
    ),
    Mutant(
        name="calls-of-the-store-have-no-deadline",
        promises=("I10", "row 10"),
        file="store/asyncio_bridge.py",
        old="for call in [call for call in self._running if call.due < now]:",
        new="for call in [call for call in self._running if call.due < now - 60]:",
        tests=("tests/store/test_bridge.py::test_a_call_that_takes_too_long_is_cut_off",),
    ),
    Mutant(
        name="a-hung-store-looks-ready",
        promises=("row 10",),
        file="api/rest/system.py",
        old='    reason: str | None = "the store did not answer in time"\n',
        new="    reason: str | None = None\n",
        tests=(f"{_STORE}::test_a_postgresql_that_hangs_holds_nobody_for_long",),
    ),
    Mutant(
        name="the-room-log-shares-the-connections-of-rest",
        promises=("row 11",),
        file="store/postgres/__init__.py",
        old="PgRoomLog(log, vault)",
        new="PgRoomLog(postgres, vault)",
        tests=(f"{_STORE}::test_calls_that_are_stuck_take_no_connection_from_the_chat",),
    ),
    Mutant(
        name="clashes-are-not-counted",
        promises=("row 12",),
        file="store/postgres/pool.py",
        old='                self._meter.count("store_clashes_total")\n',
        new="",
        tests=("tests/store/test_postgres_faults.py::test_clashes_are_tried_again_and_counted",),
    ),
    Mutant(
        name="a-database-that-only-reads-is-a-bug",
        promises=("row 13",),
        file="store/connection.py",
        old="if state.startswith(_OUTAGES) or is_clash(exc):",
        new="if is_clash(exc):",
        tests=(f"{_STORE}::{_READ_ONLY}",),
    ),
    Mutant(
        name="a-full-disk-is-a-bug",
        promises=("row 13",),
        file="store/connection.py",
        old='_OUTAGES = ("08", "53", ',
        new='_OUTAGES = ("08", ',
        tests=(f"{_FULL}::test_a_full_disk_is_refused_cleanly_and_over_without_a_restart",),
    ),
    Mutant(
        name="who-is-gone-leaves-its-session",
        promises=("row 26",),
        file="api/gateway/connection.py",
        old="        self._unread = None\n        self._receiver.end()\n",
        new="        self._unread = None\n",
        tests=(f"{_STORMS}::test_thousands_come_and_go_and_leave_nothing_behind",),
    ),
    Mutant(
        name="a-newer-schema-ends-an-older-program",
        promises=("row 28",),
        file="store/migrate.py",
        old="    needs = max((row.compat for row in applied), default=0)\n",
        new="    needs = max((row.number for row in applied), default=0)\n",
        tests=(f"{_MIXED}::test_todays_program_goes_on_over_the_next_schema",),
    ),
    Mutant(
        name="what-an-op-of-tomorrow-says-is-passed-over",
        promises=("row 28",),
        file="engine/wire/frames.py",
        old='class Frame(msgspec.Struct, tag_field="op", forbid_unknown_fields=True, ',
        new='class Frame(msgspec.Struct, tag_field="op", ',
        tests=(f"{_MIXED}::test_a_client_of_tomorrow_is_told_what_today_cannot_do",),
    ),
    Mutant(
        name="nobody-looks-at-a-pass-that-lasts",
        promises=("row 24",),
        file="api/observe/watchdog.py",
        old="            watchdog.look()\n",
        new="            pass\n",
        tests=("tests/api/test_watchdog.py::test_the_thread_beside_the_loop_says_where_it_stands",),
    ),
    Mutant(
        name="the-door-stays-open",
        promises=("row 27",),
        file="api/gateway/gateway.py",
        old="        self._door.cancel()\n",
        new="",
        tests=(_ASKED,),
    ),
    Mutant(
        name="nobody-is-told-to-move",
        promises=("row 27", "row 3"),
        file="api/gateway/gateway.py",
        old="            session.show(encode(session.codec, fields))\n",
        new="            encode(session.codec, fields)\n",
        tests=(_ASKED,),
    ),
    Mutant(
        name="who-has-to-move-is-dropped",
        promises=("row 27",),
        file="api/gateway/gateway.py",
        old='            connection.close(CloseCode.DRAINING, "draining")\n        with',
        new="            connection.drop()\n        with",
        tests=(_ASKED,),
    ),
    Mutant(
        name="calls-are-cut-when-the-chat-is-over",
        promises=("row 27",),
        file="api/serve.py",
        old="rest.cancel_scope.deadline = trio.current_time() + _HTTP_GRACE_S",
        new="rest.cancel_scope.deadline = trio.current_time()",
        tests=(_ASKED,),
    ),
    Mutant(
        name="a-second-signal-waits-for-the-first",
        promises=("row 29",),
        file="api/serve.py",
        old="                scope.cancel()\n",
        new="                pass\n",
        tests=(f"{_STOPS}::test_a_second_signal_ends_what_waits_and_loses_nothing",),
    ),
)
