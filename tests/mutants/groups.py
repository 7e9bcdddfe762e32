"""Guards of groups: who is let in, who stays out, and names that look alike."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_DOORS = "tests/store/test_admissions.py"

MUTANTS = (
    Mutant(
        name="a-ban-ends-with-the-account",
        promises=("rule",),
        file="store/postgres/leaving.py",
        old="    await db.execute(KEEP_OUT, group, account)\n",
        new="",
        tests=(f"{_DOORS}::test_a_ban_outlives_the_account[postgres]",),
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
        file="store/memory/groups.py",
        old="invite.group == group and ",
        new="",
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
