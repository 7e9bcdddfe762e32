"""Guards of memory (I10): each bound of a queue, a buffer or a cache, taken away."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_ACTORS = "tests/actors/test_bounds.py"
_COMMITTER = "tests/actors/test_committer.py"
_DOOR = "tests/gateway/test_bounds.py"
_FLOOD = "tests/gateway/test_flood.py"
_HANDSHAKE = "tests/gateway/test_handshake.py"
_INPUT = "tests/gateway/test_input.py"
_OUTBOX = "tests/gateway/test_outbox.py"
_REST = "tests/api/rest/test_bounds.py"
_EDGE = "tests/api/rest/test_edge.py"
_SESSION = "tests/actors/test_session.py"
_WIRE = "tests/engine/wire/test_websocket.py::test_what_breaks_the_rules_ends_the_connection"
_CONNECTION = "api/gateway/connection.py"


def _unbounded(name: str, file: str, old: str, new: str, *tests: str) -> Mutant:
    return Mutant(name, ("I10",), file, old, new, tests)


MUTANTS = (
    # --- what one client sends
    _unbounded(
        "a-frame-of-any-size-is-read",
        "engine/wire/websocket.py",
        "        elif size + self._parts_bytes > self._size_max:\n",
        "        elif False:\n",
        f"{_WIRE}[too large]",
        f"{_INPUT}::test_too_large_is_closed_before_it_has_come",
    ),
    _unbounded(
        "fragments-are-measured-one-by-one",
        "engine/wire/websocket.py",
        "size + self._parts_bytes > self._size_max",
        "size > self._size_max",
        f"{_WIRE}[too large in pieces]",
    ),
    _unbounded(
        "a-message-has-any-number-of-fragments",
        "engine/wire/websocket.py",
        "        if len(self._parts) > FRAGMENTS_PER_MESSAGE_MAX:\n",
        "        if False:\n",
        f"{_WIRE}[too many pieces]",
    ),
    _unbounded(
        "control-frames-are-not-counted",
        _CONNECTION,
        "        elif self._controls > CONTROL_FRAMES_PER_MINUTE_MAX:\n",
        "        elif False:\n",
        f"{_INPUT}::test_who_breaks_the_rules_of_the_wire_is_closed",
    ),
    _unbounded(
        "a-session-sends-malformed-frames-for-ever",
        "actors/session.py",
        "        if len(self._bad_frames) >= BAD_FRAMES_PER_MINUTE_MAX:\n",
        "        if False:\n",
        f"{_SESSION}::test_ten_bad_frames_in_a_minute_are_abuse_and_nine_are_not",
        f"{_INPUT}::test_the_tenth_bad_frame_in_a_minute_is_abuse",
    ),
    _unbounded(
        "who-is-no-session-yet-sends-malformed-frames-for-ever",
        "api/gateway/greeting.py",
        "            if self._bad_frames >= BAD_FRAMES_PER_MINUTE_MAX:\n",
        "            if False:\n",
        f"{_HANDSHAKE}::test_ten_bad_frames_before_hello_are_abuse",
    ),
    _unbounded(
        "who-is-no-session-yet-may-go-on-asking",
        "api/gateway/greeting.py",
        "            if self._early >= EARLY_OPS_MAX:\n",
        "            if False:\n",
        f"{_FLOOD}::test_who_talks_before_the_hello_is_told_so_and_then_shown_out",
    ),
    _unbounded(
        "the-head-of-a-handshake-has-any-length",
        "api/gateway/handshake.py",
        " or len(self._head) > HANDSHAKE_BYTES_MAX",
        "",
        f"{_HANDSHAKE}::test_a_head_that_is_too_long_is_not_read_to_its_end",
    ),
    _unbounded(
        "a-frame-nests-without-end",
        "engine/wire/strict_json.py",
        "    if depth > FRAME_DEPTH_MAX:\n",
        "    if False:\n",
        "tests/engine/wire/test_strict_json.py::test_the_deepest_allowed_passes_and_one_more_does_not",
    ),
    # --- what one session holds
    _unbounded(
        "a-session-has-any-number-of-ops-in-flight",
        "actors/session.py",
        "max(len(self._replies), self._quiet)",
        "self._quiet",
        f"{_SESSION}::test_a_full_session_is_not_read_until_an_answer_is_out",
    ),
    _unbounded(
        "a-session-has-any-number-of-ops-without-an-answer",
        "actors/session.py",
        "max(len(self._replies), self._quiet)",
        "len(self._replies)",
        "tests/actors/test_bounds.py::test_ops_that_get_no_answer_do_not_fill_a_mailbox",
    ),
    _unbounded(
        "a-session-asks-for-any-number-of-pages-at-once",
        "actors/session.py",
        " or self._paging >= PAGE_EVENTS_MAX",
        "",
        f"{_SESSION}::test_many_pages_at_once_are_asked_for_one_after_the_other",
    ),
    _unbounded(
        "a-session-has-any-number-of-rooms-open",
        "actors/session.py",
        " and len(self._open_rooms) >= OPEN_ROOMS_PER_SESSION_MAX",
        " and False",
        f"{_SESSION}::test_rooms_of_a_session_are_bounded",
    ),
    _unbounded(
        "what-waits-behind-a-slow-op-is-not-measured",
        "actors/session.py",
        "        if self._replies.waiting_bytes > OUTBOX_BYTES_MAX:\n",
        "        if False:\n",
        "tests/actors/test_room_trouble.py::test_what_waits_behind_a_slow_op_is_bounded",
    ),
    _unbounded(
        "what-waits-behind-a-hello-is-not-measured",
        "api/gateway/greeting.py",
        "        if self._bytes > OUTBOX_EPHEMERAL_BYTES_MAX:\n",
        "        if False:\n",
        f"{_DOOR}::test_what_waits_behind_a_hello_is_bounded",
    ),
    _unbounded(
        "much-within-one-tick-is-not-measured",
        _CONNECTION,
        "        elif self._queue_bytes > OUTBOX_BYTES_MAX:\n",
        "        elif False:\n",
        f"{_OUTBOX}::test_a_client_that_does_not_read_is_cut_off_in_the_midst_of_a_tick",
    ),
    Mutant(
        "a-slow-client-is-kept",
        ("I10", "row 1"),
        _CONNECTION,
        "                self._give_up()\n            return\n",
        "                pass\n            return\n",
        (
            f"{_OUTBOX}::test_what_waits_for_who_is_cut_off_is_given_back",
            "tests/gateway/test_trouble.py::test_a_client_that_does_not_read_is_cut_off_and_hurts_nobody",
        ),
    ),
    _unbounded(
        "what-waits-for-who-is-cut-off-is-kept",
        _CONNECTION,
        "        self._queue.clear()\n        self._queue_bytes = len(self._rest)\n        self.close(",
        "        self.close(",
        f"{_OUTBOX}::test_what_waits_for_who_is_cut_off_is_given_back",
    ),
    _unbounded(
        "what-is-ephemeral-waits-too",
        _CONNECTION,
        "        if self._queue_bytes + len(frame) <= OUTBOX_EPHEMERAL_BYTES_MAX:\n",
        "        if True:\n",
        f"{_OUTBOX}::test_what_is_ephemeral_is_dropped_first",
    ),
    _unbounded(
        "who-does-not-read-answers-may-ask-for-more",
        _CONNECTION,
        " or self._queue_bytes > OUTBOX_EPHEMERAL_BYTES_MAX",
        "",
        f"{_OUTBOX}::test_who_does_not_read_answers_is_not_asked_for_more",
    ),
    # --- how many come
    _unbounded(
        "a-person-has-any-number-of-sessions",
        "actors/people.py",
        "        if len(sessions) > SESSIONS_PER_ACCOUNT_MAX:\n",
        "        if False:\n",
        f"{_SESSION}::test_the_sixth_session_replaces_the_oldest",
        "tests/gateway/test_trouble.py::test_the_sixth_session_replaces_the_oldest",
    ),
    _unbounded(
        "a-process-serves-any-number",
        "api/gateway/gateway.py",
        " or len(self.hub) >= CONNECTIONS_MAX",
        "",
        f"{_DOOR}::test_a_process_serves_so_many_at_once",
    ),
    _unbounded(
        "any-number-shakes-hands",
        "api/gateway/gateway.py",
        "self._shaking >= HANDSHAKES_MAX or ",
        "",
        f"{_DOOR}::test_so_many_shake_hands_at_once",
    ),
    _unbounded(
        "one-address-takes-all-places-at-the-door",
        "api/gateway/visitors.py",
        "        if self._here[name] >= self._per_address_max:\n",
        "        if False:\n",
        f"{_FLOOD}::test_each_address_may_have_so_many_at_the_door",
        f"{_FLOOD}::test_who_waits_at_the_door_takes_its_own_places_only",
    ),
    _unbounded(
        "whoever-says-nothing-keeps-its-place",
        "api/gateway/gateway.py",
        "trio.move_on_after(HELLO_WITHIN_S) as",
        "trio.move_on_after(3_000) as",
        f"{_HANDSHAKE}::test_whoever_says_nothing_is_closed",
        "tests/gateway/test_cut_off.py::test_who_is_slow_to_say_hello_takes_no_place_for_long",
    ),
    _unbounded(
        "whoever-trickles-keeps-its-place",
        "api/gateway/gateway.py",
        "trio.move_on_after(HANDSHAKE_WITHIN_S)",
        "trio.move_on_after(3_000)",
        f"{_HANDSHAKE}::test_who_trickles_is_dropped",
    ),
    _unbounded(
        "whoever-does-not-answer-a-close-keeps-its-socket",
        _CONNECTION,
        "            if now_s >= self._closing_s:\n                self.drop()\n",
        "            pass\n",
        "tests/gateway/test_trouble.py::test_a_client_that_does_not_read_is_cut_off_and_hurts_nobody",
    ),
    # --- actors
    _unbounded(
        "any-number-of-actors-is-awake",
        "actors/registry.py",
        "        if len(self._actors) >= ACTORS_MAX:\n",
        "        if False:\n",
        f"{_ACTORS}::test_so_many_rooms_are_awake_at_once",
    ),
    _unbounded(
        "any-number-is-remembered-as-set-aside",
        "actors/registry.py",
        "            if len(self._quarantined) < QUARANTINED_MAX:\n",
        "            if True:\n",
        f"{_ACTORS}::test_a_node_remembers_so_many_that_it_has_set_aside",
    ),
    _unbounded(
        "a-turn-takes-all-of-the-mail",
        "actors/runtime.py",
        "range(min(len(mail), MAIL_BATCH_MAX))",
        "range(len(mail))",
        "tests/actors/test_runtime.py::test_mail_is_handled_in_order_and_in_batches",
    ),
    _unbounded(
        "any-number-of-likes-waits",
        "actors/likes.py",
        "mailbox_max=LIKES_MAILBOX_MAX",
        "mailbox_max=1_000_000",
        f"{_ACTORS}::test_the_writers_of_likes_take_so_many_at_once",
    ),
    _unbounded(
        "any-number-of-reveals-waits",
        "actors/reveals.py",
        "mailbox_max=REVEAL_MAILBOX_MAX",
        "mailbox_max=1_000_000",
        f"{_ACTORS}::test_the_reveals_of_a_match_take_so_many_at_once",
    ),
    _unbounded(
        "all-notices-are-taken-at-once",
        "actors/dispatcher.py",
        "limit=OUTBOX_BATCH_MAX",
        "limit=1_000_000",
        f"{_ACTORS}::test_notices_are_taken_a_few_at_a_time_and_none_is_left",
    ),
    _unbounded(
        "the-rates-of-everybody-are-remembered",
        "actors/people.py",
        "            if len(self._rates) > RATES_REMEMBERED_MAX:\n",
        "            if False:\n",
        f"{_SESSION}::test_reconnecting_does_not_refill_a_bucket_and_memory_is_bounded",
    ),
    # --- the store
    _unbounded(
        "a-commit-has-any-number-of-events",
        "actors/committer.py",
        "            if events >= COMMIT_EVENTS_MAX:\n",
        "            if False:\n",
        f"{_COMMITTER}::test_a_commit_is_bounded_by_its_events",
    ),
    _unbounded(
        "any-number-of-rooms-waits-for-a-commit",
        "actors/committer.py",
        "        if len(self._waiting) >= COMMIT_ROOMS_MAX:\n",
        "        if False:\n",
        f"{_COMMITTER}::test_too_much_at_once_is_busy",
    ),
    _unbounded(
        "any-number-of-calls-waits-for-the-store",
        "store/asyncio_bridge.py",
        "        if self._in_flight >= BRIDGE_CALLS_MAX:\n",
        "        if False:\n",
        "tests/store/test_bridge.py::test_the_queue_is_bounded",
    ),
    Mutant(
        name="a-pool-opens-a-connection-for-everybody",
        promises=("I10", "row 3"),
        file="store/postgres/pool.py",
        old="            if self._open < self._size:\n",
        new="            if True:\n",
        tests=(
            "tests/store/test_postgres_faults.py::test_a_pool_of_one_serves_everybody_in_turn",
            "tests/e2e/test_storms.py::test_two_thousand_come_back_at_once_and_nobody_loses_anything",
        ),
    ),
    _unbounded(
        "all-keys-stay-in-memory",
        "store/vault.py",
        "            if len(self._keys) > self._keys_max:\n",
        "            if False:\n",
        "tests/store/test_vault.py::test_the_key_not_used_longest_is_put_away",
    ),
    # --- REST
    _unbounded(
        "all-who-called-stay-in-memory",
        "api/auth/guards.py",
        "        while len(self._known) > ACCOUNTS_CACHED_MAX:\n",
        "        while False:\n",
        "tests/api/auth/test_tokens.py::test_so_many_people_are_remembered",
    ),
    _unbounded(
        "the-rate-of-every-address-stays-in-memory",
        "store/memory/rates.py",
        "        if len(self._due_us) > RATE_BUCKETS_MAX:\n",
        "        if False:\n",
        f"{_REST}::test_so_many_callers_are_remembered",
    ),
    _unbounded(
        "the-console-keeps-every-code",
        "store/providers/dev_texts.py",
        "deque(maxlen=DEV_OUTBOX_MAX)",
        "deque()",
        f"{_REST}::test_the_console_keeps_so_many_codes",
    ),
    _unbounded(
        "a-page-of-history-has-any-length",
        "api/rest/rooms.py",
        "min(query.limit, PAGE_EVENTS_MAX)",
        "query.limit",
        f"{_REST}::test_a_page_is_no_longer_than_the_server_allows",
    ),
    _unbounded(
        "a-page-of-a-list-has-any-length",
        "api/rest/views.py",
        "min(self.limit, LIST_PAGE_MAX)",
        "self.limit",
        f"{_REST}::test_a_page_is_no_longer_than_the_server_allows",
    ),
    _unbounded(
        "a-body-has-any-size",
        "api/rest/asgi.py",
        '        self.config["MAX_CONTENT_LENGTH"] = REQUEST_BYTES_MAX\n',
        "",
        f"{_EDGE}::test_a_body_is_measured_before_it_is_read",
        f"{_EDGE}::test_a_chunked_body_is_measured_too",
    ),
    _unbounded(
        "a-body-may-trickle-in-for-ever",
        "api/rest/dispatch.py",
        "trio.move_on_after(within_s)",
        "trio.move_on_after(3_000)",
        f"{_EDGE}::test_a_body_that_trickles_in_is_given_up",
    ),
)
