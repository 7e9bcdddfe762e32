"""Guards of erasure: nothing about the person stays, nothing of others goes, bans hold."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_SQL = "store/postgres/erasure.py"
_CONTRACT = "tests/store/test_erasure.py"
_MAP = "tests/store/test_data_map.py"

MUTANTS = (
    Mutant(
        name="a-ticket-holds-its-person-back",
        promises=("row 91",),
        file="store/migrations/0010_tickets.sql",
        old="REFERENCES accounts ON DELETE CASCADE",
        new="REFERENCES accounts",
        tests=(
            "tests/store/test_erasure_holds.py::test_everything_that_points_to_a_person_goes_or_forgets_them",
        ),
    ),
    Mutant(
        name="news-on-its-way-keeps-the-name",
        promises=("row 91",),
        file=_SQL,
        old="        await self._postgres.once(_untell, room)\n",
        new="",
        tests=(f"{_MAP}::test_an_erased_person_is_nowhere_any_more",),
    ),
    Mutant(
        name="an-erased-person-stays-in-the-rows-of-others",
        promises=("row 91",),
        file=_SQL,
        old='    await db.execute("DELETE FROM accounts WHERE account_id = $1", account)\n',
        new="    sql = \"UPDATE accounts SET phone_digest = NULL, phone_sealed = NULL, nickname = ''\"\n"
        '    await db.execute(sql + " WHERE account_id = $1", account)\n',
        tests=("tests/store/test_erasure_holds.py::test_of_a_whole_life_nothing_stays",),
    ),
    Mutant(
        name="kept-answers-outlive-the-person",
        promises=("row 91",),
        file=_SQL,
        old='    await db.execute("DELETE FROM answers WHERE scope = $1", f"account:{account}")\n',
        new="",
        tests=(f"{_MAP}::test_an_erased_person_is_nowhere_any_more",),
    ),
    Mutant(
        name="an-erasure-lifts-a-ban",
        promises=("row 91", "rule"),
        file=_SQL,
        old='    if row["state"] == "banned":\n',
        new="    if False:\n",
        tests=(f"{_CONTRACT}::test_a_ban_of_the_account_outlives_the_person",),
    ),
    Mutant(
        name="a-conversation-goes-before-the-other-was-told",
        promises=("rule",),
        file=_SQL,
        old='            elif room["closed_at"] is None and patient:\n',
        new="            elif False:\n",
        tests=(f"{_CONTRACT}::test_the_other_of_a_match_is_told_and_the_conversation_goes",),
    ),
    Mutant(
        name="the-owner-of-an-emptied-room-goes-on-as-before",
        promises=("I4", "row 91"),
        file=_SQL,
        old='            await self._postgres.once(_renew, room["room_id"])\n',
        new="            pass\n",
        tests=(f"{_CONTRACT}::test_what_they_said_in_a_group_is_emptied_and_the_room_stays",),
    ),
)
