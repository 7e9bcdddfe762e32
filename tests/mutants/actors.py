"""Guards of actors: bounded mail, crashes that cost one room and one sender, rest, presence."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_RUNTIME = "actors/runtime.py"
_RUN = "tests/actors/test_runtime.py"
_REGISTRY = "tests/actors/test_registry.py"
_FAULTS = "tests/actors/test_faults.py"
_CUT = "tests/gateway/test_cut_off.py"

MUTANTS = (
    Mutant(
        name="a-mailbox-takes-everything",
        promises=("I10", "row 20"),
        file=_RUNTIME,
        old="        if len(self._mail) >= places:\n",
        new="        if False:\n",
        tests=(
            f"{_RUN}::test_a_full_mailbox_refuses_and_an_ended_one_too",
            f"{_FAULTS}::test_a_flooded_room_is_bounded_and_who_floods_is_told_to_come_again",
        ),
    ),
    Mutant(
        name="a-flood-keeps-the-engine-out",
        promises=("row 20",),
        file=_RUNTIME,
        old=" + (CONTROL_COMMANDS_MAX if control else 0)",
        new=" + (0 if control else 0)",
        tests=(f"{_FAULTS}::test_the_engine_itself_passes_a_flood_and_is_bounded_too",),
    ),
    Mutant(
        name="the-engine-itself-may-flood",
        promises=("I10", "row 20"),
        file=_RUNTIME,
        old=" + (CONTROL_COMMANDS_MAX if control else 0)",
        new=" + (1_000_000 if control else 0)",
        tests=(f"{_FAULTS}::test_the_engine_itself_passes_a_flood_and_is_bounded_too",),
    ),
    Mutant(
        name="a-crash-loses-the-mail",
        promises=("I11", "row 21"),
        file=_RUNTIME,
        old="            self._suspects.extend(waiting)\n",
        new='            for one in waiting:\n                one.reply.fail(Unavailable("lost"))\n',
        tests=(
            f"{_RUN}::test_a_crash_loses_the_state_but_not_the_mail_and_the_poison_is_found",
            f"{_FAULTS}::test_poison_is_tried_a_few_times_and_the_others_go_on_within_a_second",
        ),
    ),
    Mutant(
        name="suspects-are-tried-together-again",
        promises=("I11", "row 21"),
        file=_RUNTIME,
        old="                    return [self._suspects.popleft()], None",
        new="                    return [self._suspects.popleft() for _ in [*self._suspects]], None",
        tests=(
            f"{_RUN}::test_a_crash_loses_the_state_but_not_the_mail_and_the_poison_is_found",
            f"{_FAULTS}::test_poison_is_tried_a_few_times_and_the_others_go_on_within_a_second",
        ),
    ),
    Mutant(
        name="a-crash-keeps-the-state",
        promises=("I11",),
        file=_RUNTIME,
        old="        self._behaviour = None\n        self._held = False\n        self._meter",
        new="        self._held = False\n        self._meter",
        tests=(f"{_RUN}::test_a_crash_loses_the_state_but_not_the_mail_and_the_poison_is_found",),
    ),
    Mutant(
        name="one-sender-uses-up-the-crashes",
        promises=("row 21",),
        file=_RUNTIME,
        old="            self._killers.note(sender, now)\n",
        new="",
        tests=(
            f"{_FAULTS}::test_one_sender_cannot_use_up_the_crashes_of_a_room",
            f"{_FAULTS}::test_poison_that_lies_in_the_mailbox_goes_with_its_sender",
            "tests/gateway/test_attackers.py::test_one_senders_poison_does_not_set_a_room_aside_for_the_others",
        ),
    ),
    Mutant(
        name="poison-in-the-mailbox-stays-there",
        promises=("row 21",),
        file=_RUNTIME,
        old="            self._shut_out_mail()\n",
        new="",
        tests=(f"{_FAULTS}::test_poison_that_lies_in_the_mailbox_goes_with_its_sender",),
    ),
    Mutant(
        name="a-sender-is-shut-out-for-ever",
        promises=("row 21",),
        file="actors/killers.py",
        old="        self._kills = [kill for kill in self._kills if now_s - kill[0] <= CRASH_WINDOW_S]",
        new="        pass",
        tests=(f"{_FAULTS}::test_one_sender_cannot_use_up_the_crashes_of_a_room",),
    ),
    Mutant(
        name="a-few-senders-use-up-the-crashes",
        promises=("row 21",),
        file=_RUNTIME,
        old="        elif not loaded or len(batch) <= 1:  # else",
        new="        if not loaded or len(batch) <= 1:  # else",
        tests=(f"{_FAULTS}::test_a_few_senders_together_cannot_either",),
    ),
    Mutant(
        name="any-number-of-senders-kills-a-room-for-ever",
        promises=("I10", "row 22"),
        file=_RUNTIME,
        old=" or killed > KILLS_MAX:\n",
        new=":\n",
        tests=(f"{_FAULTS}::test_a_few_senders_together_cannot_either",),
    ),
    Mutant(
        name="what-is-told-while-it-ends-is-lost",
        promises=("I11",),
        file=_RUNTIME,
        old="            self._closing = True  # before that: who hears an answer may have more to tell\n",
        new="",
        tests=(f"{_RUN}::test_what_is_told_while_it_ends_is_refused_and_not_lost",),
    ),
    Mutant(
        name="the-sick-are-never-set-aside",
        promises=("row 22",),
        file=_RUNTIME,
        old="        if recent > CRASHES_MAX or ",
        new="        if ",
        tests=(f"{_FAULTS}::test_a_room_that_cannot_start_is_set_aside_and_does_not_spin",),
    ),
    Mutant(
        name="a-crash-is-followed-by-no-pause",
        promises=("row 22",),
        file=_RUNTIME,
        old="        await trio.sleep(min(CRASH_BACKOFF_S * 2 ** (recent + killed), CRASH_BACKOFF_S_MAX))\n",
        new="        await trio.lowlevel.checkpoint()\n",
        tests=(f"{_FAULTS}::test_between_two_crashes_there_is_a_pause_that_grows",),
    ),
    Mutant(
        name="who-is-set-aside-is-woken-at-once",
        promises=("row 22",),
        file="actors/registry.py",
        old="        if self._quarantined.get(key, 0) > trio.current_time():\n",
        new="        if False:\n",
        tests=(
            f"{_REGISTRY}::test_the_sick_are_set_aside_for_a_while_and_their_neighbours_live",
            f"{_FAULTS}::test_a_room_that_cannot_start_is_set_aside_and_does_not_spin",
        ),
    ),
    Mutant(
        name="a-sick-actor-ends-its-neighbours",
        promises=("I11", "row 22"),
        file="actors/registry.py",
        old="        except Crashed:\n",
        new="        except ZeroDivisionError:\n",
        tests=(
            f"{_REGISTRY}::test_the_sick_are_set_aside_for_a_while_and_their_neighbours_live",
            f"{_FAULTS}::test_a_room_that_cannot_start_is_set_aside_and_does_not_spin",
        ),
    ),
    Mutant(
        name="a-handler-may-be-stuck-for-ever",
        promises=("I10",),
        file=_RUNTIME,
        old="                with trio.fail_after(HANDLER_S_MAX):\n                    await rest",
        new="                with trio.fail_after(HANDLER_S_MAX * 9):\n                    await rest",
        tests=(f"{_RUN}::test_a_stuck_handler_is_cut_off",),
    ),
    Mutant(
        name="rooms-at-rest-stay-awake",
        promises=("row 25",),
        file="actors/registry.py",
        old="            if actor.quiet and now - actor.idle_since >= IDLE_S:\n",
        new="            if False:\n",
        tests=(
            f"{_REGISTRY}::test_the_idle_are_put_away_and_come_back_when_called",
            f"{_FAULTS}::test_rooms_at_rest_hold_nothing",
        ),
    ),
    Mutant(
        name="who-has-mail-is-put-away",
        promises=("I11", "row 25"),
        file=_RUNTIME,
        old="        idle = not (self._mail or self._suspects or self._held or",
        new="        idle = not (self._suspects or",
        tests=(f"{_RUN}::test_what_is_held_waits_and_is_not_idle",),
    ),
    Mutant(
        name="rooms-at-rest-keep-their-audience",
        promises=("row 25", "row 26"),
        file="actors/rooms.py",
        old="        audience = self._audiences.pop(room, None)\n        if audience is not None and not",
        new="        audience = self._audiences.get(room)\n        if audience is not None and not",
        tests=(f"{_FAULTS}::test_rooms_at_rest_hold_nothing",),
    ),
    Mutant(
        name="presence-flickers",
        promises=("row 32",),
        file="actors/signals.py",
        old="        if now_s < again_s:\n",
        new="        if False:\n",
        tests=(
            "tests/actors/test_signals.py::test_who_flickers_is_told_once_in_a_while_and_rightly_in_the_end",
        ),
    ),
    Mutant(
        name="the-end-of-a-session-leaves-a-ghost",
        promises=("row 26", "row 32"),
        file="actors/audience.py",
        old="            self.signals.went(listener, alias)",
        new="            del alias",
        tests=(
            "tests/actors/test_signals.py::test_presence_ends_with_the_last_session",
            f"{_CUT}::test_who_dies_without_a_word_is_a_ghost_for_a_minute_at_most",
        ),
    ),
    Mutant(
        name="a-silent-peer-is-kept",
        promises=("row 2", "row 32"),
        file="api/gateway/connection.py",
        old="        elif now_s - self._heard_s >= SILENCE_S_MAX - _SWEEP_SLACK_S:\n",
        new="        elif False:\n",
        tests=(
            f"{_CUT}::test_who_dies_without_a_word_is_a_ghost_for_a_minute_at_most",
            "tests/gateway/test_input.py::test_a_silent_peer_is_pinged_and_then_dropped",
            "tests/e2e/test_dead_links.py::test_who_is_behind_a_dead_link_is_gone_within_a_minute",
        ),
    ),
    Mutant(
        name="a-cancelled-handshake-keeps-its-socket",
        promises=("row 23",),
        file="api/gateway/gateway.py",
        old="        except BaseException:\n            if connection is None:\n                sock.close()",
        new="        except BaseException:\n            if connection is None:\n                pass",
        tests=(f"{_CUT}::test_a_handshake_that_is_cancelled_at_any_step_leaves_nothing_behind",),
    ),
    Mutant(
        name="a-cancelled-hello-keeps-its-session",
        promises=("row 23",),
        file="api/gateway/gateway.py",
        old="        except BaseException:\n            session.end()\n            raise",
        new="        except BaseException:\n            raise",
        tests=(f"{_CUT}::test_a_handshake_that_is_cancelled_at_any_step_leaves_nothing_behind",),
    ),
    Mutant(
        name="the-end-of-a-session-stays-in-its-rooms",
        promises=("row 26",),
        file="actors/session.py",
        old="        for room in self._open_rooms:\n            self._desk.rooms.forget(room, self)\n",
        new="",
        tests=("tests/actors/test_session.py::test_an_end_leaves_nothing_behind",),
    ),
    Mutant(
        name="a-session-that-fails-costs-the-room",
        promises=("I11", "row 1"),
        file="actors/audience.py",
        old="            except Exception:  # noqa: BLE001  # a bug in one session must not cost the room\n"
        "                self._lose(listener)\n        self.shown_seq",
        new="            except ZeroDivisionError:\n"
        "                self._lose(listener)\n        self.shown_seq",
        tests=(
            "tests/actors/test_room_trouble.py::test_a_client_that_blows_up_costs_the_others_no_reply",
        ),
    ),
    Mutant(
        name="one-append-that-cannot-be-written-fails-all",
        promises=("I11",),
        file="actors/committer.py",
        old="            if len(batch) > 1:\n",
        new="            if False:\n",
        tests=(
            "tests/actors/test_committer.py::test_one_append_that_cannot_be_written_is_found_and_only_it_fails",
        ),
    ),
    Mutant(
        name="a-leaving-node-takes-a-room-back",
        promises=("I4", "row 18", "row 27"),
        file="actors/rooms.py",
        old="        if self._draining:\n            # The next process",
        new="        if False:\n            # The next process",
        tests=(
            "tests/actors/test_room_trouble.py::test_a_leaving_node_does_not_take_back_a_room_that_the_next_one_has",
        ),
    ),
    Mutant(
        name="a-drain-forgets-the-mail",
        promises=("I1", "row 27"),
        file=_RUNTIME,
        old="            if not self._held:\n                if self._suspects:",
        new="            if self._closing:\n                return None, None\n"
        "            if not self._held:\n                if self._suspects:",
        tests=(
            f"{_RUN}::test_draining_finishes_the_mail",
            "tests/gateway/test_trouble.py::test_a_drain_tells_all_finishes_their_mail_and_closes_the_door",
        ),
    ),
)
