"""Migrations: numbered SQL files, applied forward only, once, by one process at a time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Unavailable
from store.asyncio_bridge import Bridge
from store.connection import Connection, connect, translated
from store.errors import StartRefused

FOLDER = Path(__file__).parent / "migrations"

# Any number that no other program uses for its advisory locks in our database.
LOCK = 4_702_111_234_474_983_745

# A migration of a large table may take long; starting waits for it.
MIGRATE_S_MAX = 3_600.0
# A change of a table waits for those who use it, and everybody else behind it: not for long, then
# the start is refused and may be tried again.
MIGRATE_LOCK_MS_MAX = 5_000

_FILE = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_COMPAT = re.compile(r"-- compat: (\d+)\n")

TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    compat integer NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file; `compat` is the newest migration a program must know to work with the result."""

    number: int
    name: str
    sha256: str
    compat: int
    sql: str


@dataclass(frozen=True, slots=True)
class Applied:
    """One row of what a database went through."""

    number: int
    name: str
    sha256: str
    compat: int


def read_migrations(folder: Path = FOLDER) -> Sequence[Migration]:
    """Read all files in order; numbers have no gaps."""
    found = []
    for path in sorted(folder.glob("[0-9]*.sql")):
        named, sql = _FILE.fullmatch(path.name), path.read_text(encoding="utf-8")
        compat = _COMPAT.match(sql)
        assert named, f"{path.name} is not NNNN_name.sql"
        assert compat, f"{path.name} does not open with `-- compat: N`"
        digest = hashlib.sha256(sql.encode()).hexdigest()
        found.append(Migration(int(named[1]), path.stem, digest, int(compat[1]), sql))
    assert [migration.number for migration in found] == list(range(1, len(found) + 1))
    return found


def check(applied: Sequence[Applied], known: Sequence[Migration]) -> Sequence[Migration]:
    """Return what is still to be applied; raises StartRefused where this program must not go on."""
    newest = len(known)
    needs = max((row.compat for row in applied), default=0)
    if needs > newest:
        raise StartRefused(
            f"the database is too new: it needs a program that knows migration {needs:04}, "
            f"this one knows {newest:04}"
        )
    for row in applied:
        if row.number <= newest and row.sha256 != known[row.number - 1].sha256:
            raise StartRefused(f"migration {row.name} was applied with another content")
    done = {row.number for row in applied}
    return [migration for migration in known if migration.number not in done]


async def migrate(bridge: Bridge, dsn: str, *, folder: Path = FOLDER) -> Sequence[str]:
    """Bring the database up to date; return the names of what was applied."""
    known = read_migrations(folder)
    try:
        return await bridge.call(_migrate, dsn, known, within_s=MIGRATE_S_MAX)
    except Unavailable as exc:
        raise StartRefused(f"the database cannot be reached: {exc}") from None


async def check_schema(connection: Connection) -> None:
    """Raise StartRefused unless the database is what this program works with."""
    missing = check(await _applied(connection), read_migrations())
    if missing:
        raise StartRefused(f"the database lacks migration {missing[0].name}: run `glimpse migrate`")


async def _migrate(dsn: str, known: Sequence[Migration]) -> Sequence[str]:
    try:
        connection = await connect(dsn, settings={"application_name": "glimpse migrate"})
        try:
            done = []
            while (name := await _apply_next(connection, known)) is not None:
                done.append(name)
            return done
        finally:
            connection.terminate()
    except Exception as exc:  # noqa: BLE001  # whatever it is, without its rows
        raise translated(exc) from None


async def _apply_next(connection: Connection, known: Sequence[Migration]) -> str | None:
    async with connection.transaction():
        # Taken before looking and given back by the commit: of two starting processes one waits
        # here, and then finds the work done.
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        await connection.execute(TABLE)
        missing = check(await _applied(connection), known)
        if not missing:
            return None
        migration = missing[0]
        await connection.execute(f"SET LOCAL lock_timeout = {MIGRATE_LOCK_MS_MAX:d}")
        await connection.execute(migration.sql)
        await connection.execute(
            "INSERT INTO schema_migrations (number, name, sha256, compat) VALUES ($1, $2, $3, $4)",
            migration.number,
            migration.name,
            migration.sha256,
            migration.compat,
        )
        return migration.name


async def _applied(connection: Connection) -> Sequence[Applied]:
    if await connection.fetchval("SELECT to_regclass('schema_migrations')") is None:
        return []
    rows = await connection.fetch(
        "SELECT number, name, sha256, compat FROM schema_migrations ORDER BY number"
    )
    return [Applied(row["number"], row["name"], row["sha256"], row["compat"]) for row in rows]
