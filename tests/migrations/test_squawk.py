"""What squawk says of the migrations: nothing that a running service would feel."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from store.migrate import FOLDER

SQUAWK = Path(sys.executable).with_name("squawk")

# Why a rule is not ours.
NOT_OURS = (
    "prefer-bigint-over-int",  # what is counted in an int has a bound in engine/limits.py
    "prefer-bigint-over-smallint",
    "require-lock-timeout",  # store/migrate.py sets it for all of them
    "require-statement-timeout",  # store/connection.py
)
# From before the first release, when no table held anything. A migration is never changed, and
# nothing may come to this list: a table that is in use is changed without being locked for long.
FROM_THE_BEGINNING = {
    ("0002_chat", "require-concurrent-index-creation"),
    ("0006_credits", "constraint-missing-not-valid"),
    ("0007_likes", "ban-drop-constraint"),
    ("0007_likes", "constraint-missing-not-valid"),
    ("0007_likes", "require-concurrent-index-creation"),
    ("0008_apart", "adding-field-with-default"),
    ("0008_apart", "require-concurrent-index-creation"),
    ("0012_clerk", "disallowed-unique-constraint"),
    ("0012_clerk", "require-concurrent-index-creation"),
    ("0015_nickname_looks", "require-concurrent-index-creation"),
    ("0015_nickname_looks", "require-concurrent-index-deletion"),
    ("0017_erasure", "require-concurrent-index-creation"),
}


def found(*files: Path) -> set[tuple[str, str]]:
    """Return what it finds: of which file, and by which rule."""
    said = subprocess.run(
        [
            SQUAWK,
            "--assume-in-transaction",
            *("--pg-version", "15"),
            *("--reporter", "json"),
            *("--exclude", ",".join(NOT_OURS)),
            *files,
        ],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    return {(Path(one["file"]).stem, one["rule_name"]) for one in json.loads(said.stdout)}


def test_no_migration_locks_or_rewrites_a_table_in_use() -> None:
    assert found(*sorted(FOLDER.glob("[0-9]*.sql"))) == FROM_THE_BEGINNING


def test_it_sees_what_would_hurt(tmp_path: Path) -> None:
    bad = tmp_path / "0001_bad.sql"
    bad.write_text(
        "ALTER TABLE accounts ALTER COLUMN credits TYPE numeric;\n"
        "ALTER TABLE accounts RENAME COLUMN credits TO money;\n"
        "ALTER TABLE accounts ALTER COLUMN nickname SET NOT NULL;\n"
        "CREATE INDEX slow ON accounts (credits);\n"
    )
    assert {rule for _, rule in found(bad)} >= {
        "changing-column-type",
        "renaming-column",
        "adding-not-nullable-field",
        "require-concurrent-index-creation",
    }
