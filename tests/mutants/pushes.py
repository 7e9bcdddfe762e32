"""Guards of pushes: whom they reach, what they say, and how often."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_TOKENS = "tests/store/test_pushes.py"
_OUTBOX = "tests/store/test_push_outbox.py"
_CAUSES = "tests/store/test_push_causes.py"
_PUSHER = "tests/actors/test_pusher.py"
_UNHEARD = "tests/actors/test_unheard.py"
_FCM = "tests/store/test_fcm_pushes.py"

MUTANTS = (
    Mutant(
        name="tokens-are-kept-without-a-consent",
        promises=("rule",),
        file="store/postgres/pushes.py",
        old="        require(said, purpose)\n",
        new="        del purpose, said\n        said = []\n",
        tests=(f"{_TOKENS}::test_without_both_consents_no_token_is_kept",),
    ),
    Mutant(
        name="tokens-outlive-the-consent",
        promises=("rule",),
        file="store/postgres/consents.py",
        old="        await drop_tokens(db, account)\n",
        new="        pass\n",
        tests=(f"{_TOKENS}::test_without_both_consents_no_token_is_kept",),
    ),
    Mutant(
        name="a-token-stays-with-the-device-it-left",
        promises=("rule", "row 52"),
        file="store/memory/pushes.py",
        old="                self._rows.drop(other.device)\n",
        new="                pass\n",
        tests=(
            f"{_TOKENS}::test_a_token_moves_with_the_device_and_nothing_of_the_first_is_told_there",
        ),
    ),
    Mutant(
        name="a-push-for-who-has-the-room-open",
        promises=("rule",),
        file="store/postgres/push_outbox.py",
        old="        AND (m.room_id, m.alias) NOT IN (SELECT * FROM unnest($2::text[], $3::text[]))\n",
        new="        AND $2::text[] IS NOT NULL AND $3::text[] IS NOT NULL\n",
        tests=(f"{_OUTBOX}::test_a_message_waits_for_whoever_is_not_there",),
    ),
    Mutant(
        name="a-node-says-of-nobody-that-they-are-there",
        promises=("rule",),
        file="actors/audience.py",
        old="        return frozenset(self.listeners.values())\n",
        new="        return frozenset()\n",
        tests=(f"{_UNHEARD}::test_who_is_not_there_gets_a_push_and_who_has_the_room_open_none",),
    ),
    Mutant(
        name="every-message-is-a-push",
        promises=("rule",),
        file="store/postgres/push_outbox.py",
        old="        AND (w.seq IS NULL OR w.seq <= m.read_seq OR w.at <= $4 - $5)\n",
        new="        AND $5::bigint IS NOT NULL\n",
        tests=(f"{_OUTBOX}::test_a_wave_of_messages_is_one_push",),
    ),
    Mutant(
        name="a-push-tells-of-who-is-hidden",
        promises=("row 52",),
        file="store/memory/push_outbox.py",
        old="        if not hides(veils, event)\n",
        new="        if veils is not None\n",
        tests=(f"{_OUTBOX}::test_who_is_hidden_is_not_heard_of",),
    ),
    Mutant(
        name="what-comes-while-a-push-is-under-way-is-lost",
        promises=("rule",),
        file="store/postgres/push_outbox.py",
        old="WHERE p.device_id = $1 AND p.kind = x.kind AND p.causes = x.causes\n",
        new="WHERE p.device_id = $1 AND p.kind = x.kind AND x.causes > 0\n",
        tests=(f"{_OUTBOX}::test_what_comes_while_a_push_is_under_way_gets_its_own",),
    ),
    Mutant(
        name="suspended-people-get-pushes",
        promises=("rule",),
        file="engine/model/push.py",
        old="    if not waiting.active or now_ms >=",
        new="    if now_ms >=",
        tests=(f"{_PUSHER}::test_what_is_switched_off_or_of_a_suspended_account_is_dropped",),
    ),
    Mutant(
        name="nobody-can-switch-a-kind-off",
        promises=("rule",),
        file="engine/model/push.py",
        old="    wanted = waiting.kinds - settings.muted\n",
        new="    wanted = waiting.kinds\n",
        tests=(f"{_PUSHER}::test_what_is_switched_off_or_of_a_suspended_account_is_dropped",),
    ),
    Mutant(
        name="quiet-hours-are-not-quiet",
        promises=("rule",),
        file="engine/model/push.py",
        old="    until_ms = settings.quiet_until(now_ms) or now_ms\n",
        new="    until_ms = now_ms\n",
        tests=(f"{_PUSHER}::test_quiet_hours_hold_it_until_they_end",),
    ),
    Mutant(
        name="pushes-to-a-device-come-as-often-as-they-like",
        promises=("rule",),
        file="engine/model/push.py",
        old="        until_ms = max(until_ms, waiting.sent_ms + policy.apart_s * 1000)\n",
        new="        pass\n",
        tests=(f"{_PUSHER}::test_pushes_to_a_device_are_apart",),
    ),
    Mutant(
        name="an-fcm-that-is-down-is-asked-all-the-time",
        promises=("row 35",),
        file="actors/pusher.py",
        old="            self._breaker = self._breaker.called(well=False, now=trio.current_time())\n",
        new="",
        tests=(f"{_PUSHER}::test_a_provider_that_is_down_is_left_alone_and_the_rest_waits",),
    ),
    Mutant(
        name="a-push-that-failed-is-forgotten",
        promises=("row 35",),
        file="actors/pusher.py",
        old='        return Settled(push.waiting.kinds, due_ms, tries), "failed"\n',
        new='        return Settled(), "failed"\n',
        tests=(f"{_PUSHER}::test_one_that_comes_back_gets_what_waited",),
    ),
    Mutant(
        name="a-match-that-was-told-is-no-push",
        promises=("row 48",),
        file="store/postgres/outbox.py",
        old="    await db.execute(CONFIRM, numbers, kinds, pushes, now_ms)\n",
        new="    await db.execute(CONFIRM, numbers, [], [], now_ms)\n",
        tests=(f"{_CAUSES}::test_a_match_is_a_push_to_both_once_it_was_told_and_not_before",),
    ),
    Mutant(
        name="what-nobody-looked-at-is-forgotten-with-its-process",
        promises=("rule",),
        file="actors/unheard.py",
        old="                    await self.catch_up(since_ms)\n",
        new="",
        tests=(f"{_UNHEARD}::test_the_next_process_looks_at_what_one_that_died_had_not",),
    ),
    Mutant(
        name="fcm-answers-as-long-as-it-likes",
        promises=("row 90",),
        file="store/providers/fcm_pushes.py",
        old="        if len(body) > PUSH_ANSWER_BYTES_MAX or answer.is_redirect:\n",
        new="        if answer.is_redirect:\n",
        tests=(f"{_FCM}::test_any_other_answer_is_an_outage_and_asked_for_once",),
    ),
    Mutant(
        name="an-answer-that-the-library-trips-over-ends-the-process",
        promises=("row 90",),
        file="store/providers/fcm_pushes.py",
        old="        except Exception:  # noqa",
        new="        except exceptions.FirebaseError:  # noqa",
        tests=(f"{_FCM}::test_any_other_answer_is_an_outage_and_asked_for_once",),
    ),
    Mutant(
        name="a-dead-token-is-tried-for-ever",
        promises=("rule",),
        file="store/providers/fcm_pushes.py",
        old="            return Fate.DEAD\n",
        new='            raise Unavailable("FCM does not take a push") from None\n',
        tests=(f"{_FCM}::test_it_is_known_which_tokens_are_dead",),
    ),
)
