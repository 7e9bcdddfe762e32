"""Guards of groups: who is let in, who stays out, and names that look alike."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_OFFICIAL = "tests/store/test_official.py"
_PLACES = "tests/store/test_places.py"
_PLACES_REST = "tests/api/rest/test_places.py"
_STATISTICS = "tests/engine/model/test_group_statistics.py"
_REPORTS = "tests/store/test_reports.py"
_DOORS = "tests/store/test_admissions.py"

MUTANTS = (
    Mutant(
        name="a-ban-ends-with-the-account",
        promises=("rule",),
        file="store/postgres/leaving.py",
        old="    await _keep_out(db, group, account, by_operator=by_operator)\n",
        new="",
        tests=(f"{_DOORS}::test_a_ban_outlives_the_account[postgres]",),
    ),
    Mutant(
        name="a-wrong-mail-code-costs-nothing",
        promises=("row 81",),
        file="store/postgres/mail_codes.py",
        old="SET tries = tries + 1",
        new="SET tries = tries",
        tests=(f"{_OFFICIAL}::test_three_wrong_codes_end_a_code[postgres]",),
    ),
    Mutant(
        name="a-mail-code-is-good-for-ever",
        promises=("row 81",),
        file="store/postgres/mail_codes.py",
        old="    await db.execute(USE, account, group)\n",
        new="",
        tests=(f"{_OFFICIAL}::test_a_code_is_good_once_and_for_its_time[postgres]",),
    ),
    Mutant(
        name="one-address-lets-in-many",
        promises=("row 87",),
        file="store/postgres/mail_codes.py",
        old="WHERE held.account_id = excluded.account_id OR NOT EXISTS",
        new="WHERE true OR NOT EXISTS",
        tests=(f"{_OFFICIAL}::test_an_address_lets_in_one_account_until_it_leaves[postgres]",),
    ),
    Mutant(
        name="a-ban-does-not-reach-the-address",
        promises=("rule",),
        file="store/postgres/leaving.py",
        old="    UNION SELECT mail_digest FROM group_mails WHERE group_id = $1 AND account_id = $2\n",
        new="",
        tests=(f"{_OFFICIAL}::test_a_ban_reaches_the_address[postgres]",),
    ),
    Mutant(
        name="tags-make-new-boxes",
        promises=("row 87",),
        file="engine/model/mail.py",
        old='f"{name}@{domain}"',
        new='f"{local}@{domain}"',
        tests=("tests/engine/model/test_mail.py::test_tags_and_case_name_the_same_box",),
    ),
    Mutant(
        name="a-code-of-a-place-is-good-for-ever",
        promises=("row 80",),
        file="api/auth/place_codes.py",
        old="if 0 <= age_ms <= within_s * 1000 else None",
        new="if age_ms >= 0 else None",
        tests=(f"{_PLACES_REST}::test_the_code_of_the_place_lets_in_once_within_a_minute",),
    ),
    Mutant(
        name="a-code-of-one-place-opens-all",
        promises=("row 80",),
        file="api/auth/place_codes.py",
        old="group.encode() + body, sha256",
        new="body, sha256",
        tests=(f"{_PLACES_REST}::test_a_code_opens_its_own_group_only_and_not_tomorrow",),
    ),
    Mutant(
        name="a-code-of-a-place-is-used-again",
        promises=("row 80",),
        file="store/postgres/place_proofs.py",
        old="    return None if fresh else VerificationRequired",
        new="    return None if True else VerificationRequired",
        tests=(f"{_PLACES}::test_a_code_of_the_place_is_good_once_for_each_person[postgres]",),
    ),
    Mutant(
        name="people-fly",
        promises=("row 80",),
        file="engine/model/place.py",
        old="    return apart_m <= policy.speed_kmh_max * 1000 * hours\n",
        new="    return True\n",
        tests=(f"{_PLACES}::test_nobody_is_in_two_towns_at_once[memory-False]",),
    ),
    Mutant(
        name="a-phone-that-makes-it-up-is-believed",
        promises=("row 80",),
        file="engine/model/place.py",
        old=" and not position.mocked",
        new="",
        tests=(f"{_PLACES}::test_who_is_there_is_let_in_and_nobody_else[memory]",),
    ),
    Mutant(
        name="location-needs-no-consent",
        promises=("rule",),
        file="store/postgres/place_proofs.py",
        old="    await require_consent(db, account, Purpose.LOCATION)\n",
        new="",
        tests=(f"{_PLACES}::test_nobody_is_looked_for_without_consent[postgres]",),
    ),
    Mutant(
        name="a-consent-taken-back-changes-nothing",
        promises=("rule",),
        file="store/postgres/consents.py",
        old="        await leave_places(db, account, consent.said_ms)\n",
        new="        pass\n",
        tests=(f"{_PLACES}::test_taking_the_consent_back_ends_it_at_once[postgres]",),
    ),
    Mutant(
        name="a-part-is-told-by-subtracting",
        promises=("rule",),
        file="engine/model/group_statistics.py",
        old="    while 0 < missing < k and told:\n        missing += told.pop(0)[0]\n",
        new="",
        tests=(f"{_STATISTICS}::test_one_person_alone_hides_the_next_smallest_too",),
    ),
    Mutant(
        name="moderators-lift-bans-of-operators",
        promises=("rule",),
        file="engine/model/access.py",
        old='        raise Forbidden("an operator banned them")\n',
        new="        pass\n",
        tests=(f"{_REPORTS}::test_nobody_of_the_group_lifts_a_ban_of_an_operator[postgres-False]",),
    ),
    Mutant(
        name="an-invite-is-never-used-up",
        promises=("rule",),
        file="store/postgres/joining.py",
        old="SET uses_left = uses_left - 1",
        new="SET uses_left = uses_left",
        tests=(
            f"{_DOORS}::test_an_invite_lets_in_as_often_as_it_says[postgres]",
            f"{_DOORS}::test_one_use_is_used_by_one_of_many_at_once[postgres]",
        ),
    ),
    Mutant(
        name="an-invite-is-good-everywhere",
        promises=("rule",),
        file="store/memory/doors.py",
        old="if invite is None or invite.group != row.group:",
        new="if invite is None:",
        tests=(f"{_DOORS}::test_an_invite_ends_and_is_good_in_its_group_only[memory]",),
    ),
    Mutant(
        name="whoever-asks-is-in",
        promises=("rule",),
        file="engine/model/entry.py",
        old="    return MemberState.PENDING if rule is EntryRule.APPROVAL else MemberState.ACTIVE\n",
        new="    return MemberState.ACTIVE\n",
        tests=(f"{_DOORS}::test_who_asks_is_nobody_yet_until_let_in[memory]",),
    ),
    Mutant(
        name="nicknames-differ-by-letters-alone",
        promises=("row 85",),
        file="engine/model/account.py",
        old="    return nickname.casefold().translate(_LOOKS)\n",
        new="    return nickname.casefold()\n",
        tests=("tests/store/test_groups.py::test_nicknames_of_a_group_do_not_look_alike",),
    ),
)
