"""Guards of what people show of themselves: names that stay, and files that say nothing beside."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_PICTURE = "tests/engine/model/test_picture.py"
_PHOTOS = "tests/store/test_photos.py"
_PROFILES = "tests/store/test_profiles.py"

MUTANTS = (
    Mutant(
        name="a-photo-says-where-it-was-taken",
        promises=("row 54",),
        file="engine/model/picture.py",
        old="        elif marker not in _TABLES:\n            continue\n",
        new="",
        tests=(f"{_PICTURE}::test_what_stands_beside_the_picture_is_gone",),
    ),
    Mutant(
        name="a-photo-is-seen-before-it-is-revealed",
        promises=("rule",),
        file="store/postgres/photos.py",
        old="        if RevealStep.PHOTO not in revealed.steps:\n            raise NotFound\n",
        new="",
        tests=(
            f"{_PHOTOS}::test_the_other_of_a_match_sees_it_once_both_have_revealed_theirs[postgres]",
        ),
    ),
    Mutant(
        name="a-photo-outlives-its-membership",
        promises=("row 91",),
        file="store/postgres/leaving.py",
        old="    await drop_photo(db, group, account)\n",
        new="",
        tests=(f"{_PHOTOS}::test_a_photo_goes_with_its_membership[postgres-leave]",),
    ),
    Mutant(
        name="a-nickname-changes-every-day",
        promises=("rule",),
        file="engine/model/profile_change.py",
        old="now_ms < free_at",
        new="now_ms < 0",
        tests=(f"{_PROFILES}::test_leaving_and_coming_back_does_not_make_the_name_free_earlier",),
    ),
    Mutant(
        name="a-changed-name-looks-like-anothers",
        promises=("rule",),
        file="store/postgres/profiles.py",
        old="renamed and await db.fetchval(TAKEN, group, account, key)",
        new="False",
        tests=(
            f"{_PROFILES}::test_a_name_that_looks_like_anothers_is_refused_and_ones_own_is_not[postgres]",
        ),
    ),
)
