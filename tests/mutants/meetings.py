"""Guards of meetings: no answer about fewer than k, no answer that moves, nobody matched who went."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_GUARD = "engine/model/meeting_guard.py"
_PG = "store/postgres/meeting_keeping.py"
_PROBER = "tests/attacks/test_meeting_prober.py::test_the_prober_cannot_tell_the_worlds_apart"
_ENGINE = "tests/engine/model/test_meeting_guard.py"
_KEEPING = "tests/store/test_meeting_keeping.py"
_MACHINE = (
    "tests/store/test_meeting_machine.py::test_who_should_meet_meets_once_and_nothing_said_stays"
)
_CONTRACT = "tests/store/test_meetings.py"

MUTANTS = (
    Mutant(
        name="forgets-what-it-told-of-a-description",
        promises=("I8", "row 49"),
        file=_GUARD,
        old="        if known is not None:\n",
        new="        if False:\n",
        tests=(f"{_ENGINE}::test_a_description_keeps_its_answer_beside_another_one",),
    ),
    Mutant(
        name="tells-of-three-though-two-are-puppets",
        promises=("I8", "row 51"),
        file=_GUARD,
        old="        if len(fitting) < policy.step:\n            band = None\n",
        new="",
        tests=(
            f"{_ENGINE}::test_what_was_answered_first_is_at_least_a_step_apart",
            _PROBER,
        ),
    ),
    Mutant(
        name="tells-of-fewer-than-k",
        promises=("I8", "row 51"),
        file=_GUARD,
        old="        if len(fitting) < policy.people_min:\n",
        new="        if not fitting:\n",
        tests=(f"{_ENGINE}::test_no_answer_is_about_fewer_than_k",),
    ),
    Mutant(
        name="counts-who-has-just-come",
        promises=("I8", "row 49"),
        file="engine/model/meeting_ask.py",
        old="    moment_ms = counted_at_ms(now_ms, policy)\n",
        new="    moment_ms = now_ms + 0 * counted_at_ms(now_ms, policy)\n",
        tests=(f"{_CONTRACT}::test_people_count_from_the_next_count_on",),
    ),
    Mutant(
        name="lets-codes-be-guessed",
        promises=("row 81",),
        file="engine/model/meeting.py",
        old="    if len(recent) >= policy.code_tries_per_hour_max:\n",
        new="    if False:\n",
        tests=(
            f"{_CONTRACT}::test_wrong_codes_run_out",
            "tests/engine/model/test_meeting.py::test_wrong_codes_run_out_for_an_hour",
        ),
    ),
    Mutant(
        name="runs-a-round-that-was-run",
        promises=("I6",),
        file=_PG,
        old="JOIN matches m ON m.low_id = p.account_id AND m.group_id = p.group_id",
        new="JOIN matches m ON m.low_id = p.account_id AND m.group_id = p.group_id || 'x'",
        tests=(f"{_KEEPING}::test_two_who_described_each_other_meet_once",),
    ),
    Mutant(
        name="a-round-brings-those-together-who-blocked-each-other",
        promises=("I6", "I13"),
        file=_PG,
        old="                frozenset(met[account] | hidden[account]),\n",
        new="                frozenset(met[account]),\n",
        tests=(f"{_MACHINE}[postgres]",),
    ),
    Mutant(
        name="the-twins-round-goes-by-what-was-taken-back",
        promises=("I13",),
        file="store/memory/meeting_keeping.py",
        old="                if (one.group, one.account) == (group, me) and one.open\n",
        new="                if (one.group, one.account) == (group, me)\n",
        tests=(f"{_MACHINE}[memory]",),
    ),
    Mutant(
        name="tells-of-a-match-whose-description-was-taken-back",
        promises=("I13",),
        file="store/postgres/meetings.py",
        old="    await forget_untold(db, group, account, now_ms)\n",
        new="",
        tests=(f"{_KEEPING}::test_what_was_made_but_not_told_does_not_come",),
    ),
    Mutant(
        name="keeps-the-key-of-a-meeting",
        promises=("row 62",),
        file=_PG,
        old="UPDATE meetings SET key_wrapped = '', answered_sealed = NULL,",
        new="UPDATE meetings SET answered_sealed = NULL,",
        tests=(f"{_KEEPING}::test_a_day_after_its_end_nothing_is_left_that_was_said",),
    ),
)
