"""Guards of what people show of themselves: names that stay, and files that say nothing beside."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_PICTURE = "tests/engine/model/test_picture.py"
_PHOTOS = "tests/store/test_photos.py"
_REVIEWS = "tests/store/test_reviews.py"
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
    Mutant(
        name="a-paper-outlives-the-decision",
        promises=("rule",),
        file="store/postgres/reviews.py",
        old='    await db.execute(DROP_PAPER, row["review_id"])\n    content',
        new="    content",
        tests=(f"{_REVIEWS}::test_a_paper_that_is_good_lets_its_owner_in[postgres]",),
    ),
    Mutant(
        name="a-paper-is-read-and-nobody-knows",
        promises=("rule",),
        file="store/postgres/reviews.py",
        old="    await log_look(db, look, f\"{review} {row['account_id']}\", deed, now_ms)\n",
        new="",
        tests=(f"{_REVIEWS}::test_every_look_is_a_link_of_the_chain[postgres]",),
    ),
    Mutant(
        name="a-moderators-word-is-a-proof",
        promises=("rule",),
        file="engine/model/access.py",
        old="        return role in (Role.OWNER, Role.ADMIN)\n",
        new="        return may_decide(role)\n",
        tests=(f"{_REVIEWS}::test_a_moderator_of_an_official_group_admits_nobody",),
    ),
    Mutant(
        name="a-paper-opens-a-hidden-group",
        promises=("rule",),
        file="store/postgres/reviews.py",
        old='(row["visibility"] != "public" and row["mine"] != "pending")',
        new="False",
        tests=(
            f"{_REVIEWS}::test_only_official_groups_take_papers_and_only_where_they_are_seen[postgres]",
        ),
    ),
)
