"""Guards of the export: what others did or may not know yet is not in it."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_CONTRACT = "tests/store/test_holdings.py"
_TABLES = "store/postgres/held_tables.py"

MUTANTS = (
    Mutant(
        name="an-export-tells-of-a-match-before-its-time",
        promises=("row 92", "I8"),
        file=_TABLES,
        old="OR t.high_id = $1) AND t.visible_at <= $4",
        new="OR t.high_id = $1) AND $4 > 0",
        tests=(f"{_CONTRACT}::test_a_match_that_was_not_told_is_not_in_it",),
    ),
    Mutant(
        name="an-export-tells-that-a-like-is-mutual",
        promises=("row 92", "I8"),
        file=_TABLES,
        old="CASE WHEN t.state = 'matched' AND t.told_at > $4 THEN 'open' ",
        new="CASE WHEN false THEN 'open' ",
        tests=(f"{_CONTRACT}::test_a_match_that_was_not_told_is_not_in_it",),
    ),
    Mutant(
        name="an-export-has-the-likes-that-somebody-was-given",
        promises=("row 92", "I8"),
        file=_TABLES,
        old='owner="t.sender_id = $1"',
        new='owner="$1 IN (t.sender_id, t.target_id)"',
        tests=(f"{_CONTRACT}::test_nothing_in_it_is_of_others",),
    ),
    Mutant(
        name="an-export-has-the-conversation-of-both",
        promises=("row 92",),
        file="store/postgres/holdings.py",
        old="WHERE room_id = $1 AND sender = ANY($2::text[]) AND (sender, cid)",
        new="WHERE room_id = $1 AND $2::text[] IS NOT NULL AND (sender, cid)",
        tests=(f"{_CONTRACT}::test_nothing_in_it_is_of_others",),
    ),
    Mutant(
        name="what-is-new-about-a-person-is-left-out-of-the-export",
        promises=("row 92",),
        file="store/data_map.py",
        old="column if kind.about_its_person else WITHHELD)",
        new="WITHHELD)",
        tests=("tests/store/test_data_map.py::test_what_is_not_exported_says_why",),
    ),
    Mutant(
        name="an-export-may-be-asked-for-again-and-again",
        promises=("row 92",),
        file="api/rest/export.py",
        old=", also=Budget.EXPORTS",
        new="",
        tests=(
            "tests/api/rest/test_export.py::test_it_is_for_who_is_signed_in_and_not_without_end",
        ),
    ),
)
