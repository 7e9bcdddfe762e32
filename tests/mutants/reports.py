"""Guards of what an operator decides about a report."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_CONTRACT = "tests/store/test_reports.py"
_OUT = f"{_CONTRACT}::test_who_is_banned_by_an_operator_is_out_and_stays_out"
_OWNER = f"{_CONTRACT}::test_an_owner_is_not_banned_and_their_report_stays_open"

MUTANTS = (
    Mutant(
        name="a-ban-by-an-operator-is-only-written-down",
        promises=("I13",),
        file="store/postgres/reports.py",
        old="            await ban_by_operator(db, group, ",
        new="            _ = (db, group, ",
        tests=(f"{_OUT}[postgres-False]", f"{_OUT}[postgres-True]"),
    ),
    Mutant(
        name="the-twin-only-writes-a-ban-down",
        promises=("I13",),
        file="store/memory/reports.py",
        old="                self._groups.ban_by_operator(",
        new="                (lambda *_, **__: None)(",
        tests=(_OUT,),
    ),
    Mutant(
        name="a-group-may-lose-its-owner",
        promises=("rule",),
        file="engine/model/access.py",
        old="    if theirs.role is Role.OWNER and theirs.state is MemberState.ACTIVE:\n",
        new="    if False:\n",
        tests=(f"{_OWNER}[postgres]",),
    ),
)
