"""Migrations: applied once, in order, by one process at a time, and refused where they must be."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import trio

from engine.errors import Unavailable
from store.asyncio_bridge import open_bridge
from store.connection import connect
from store.embedded.owner import Owner
from store.embedded.programs import find_programs
from store.errors import SqlBug, StartRefused
from store.migrate import FOLDER, migrate, read_migrations
from store.migrate import _migrate as store_migrate
from tests.postgres import Databases, databases_of

ROOT = Path(__file__).resolve().parents[2]

MIGRATE = """
import sys, trio
from store.asyncio_bridge import open_bridge
from store.migrate import migrate
async def main():
    async with open_bridge() as bridge:
        print(len(await migrate(bridge, sys.argv[1])))
trio.run(main)
"""


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Databases:
    """Databases of the one server of this run."""
    return databases_of(pytestconfig)


def apply(dsn: str, folder: Path = FOLDER) -> Sequence[str]:
    """Bring a database up to date."""

    async def main() -> Sequence[str]:
        async with open_bridge() as bridge:
            return await migrate(bridge, dsn, folder=folder)

    return trio.run(main)


def run(dsn: str, sql: str) -> object:
    """Run one statement."""

    async def work() -> object:
        connection = await connect(dsn)
        try:
            found: object = await connection.fetchval(sql)
            return found
        finally:
            await connection.close(timeout=5)

    async def main() -> object:
        async with open_bridge() as bridge:
            return await bridge.call(work)

    return trio.run(main)


def dump(dsn: str) -> str:
    """Write a schema down in the form of datamodel.sql: statements only."""
    programs = find_programs(Owner(os.geteuid(), os.getegid()))
    said = subprocess.run(
        [programs.path("pg_dump"), "--schema-only", "--no-owner", "--no-privileges", dsn],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    lines = [
        line
        for line in said.splitlines()
        if line and not re.match(r"--|SET |SELECT pg_catalog\.set_config|\\(un)?restrict", line)
    ]
    return "\n".join(lines).replace("public.", "") + "\n"


def write(folder: Path, number: int, sql: str, *, compat: int) -> None:
    """Write a migration file."""
    (folder / f"{number:04}_test.sql").write_text(f"-- compat: {compat}\n{sql}\n")


def test_all_migrations_make_the_data_model(databases: Databases) -> None:
    dsn = databases.empty()
    assert apply(dsn) == [migration.name for migration in read_migrations()]
    assert apply(dsn) == []
    assert dump(dsn) == (FOLDER / "datamodel.sql").read_text()


def test_only_plpgsql_is_needed(databases: Databases) -> None:
    dsn = databases.fresh()
    assert run(dsn, "SELECT string_agg(extname, ',') FROM pg_extension") == "plpgsql"


def test_two_processes_do_it_once(databases: Databases) -> None:
    dsn = databases.empty()
    both = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, dsn], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    done = sorted(int(process.communicate(timeout=60)[0]) for process in both)
    assert sum(done) == len(read_migrations())  # Each file by whoever came first.
    assert [process.returncode for process in both] == [0, 0]


def test_a_failed_migration_leaves_nothing_and_may_be_tried_again(
    databases: Databases, tmp_path: Path
) -> None:
    dsn = databases.empty()
    write(tmp_path, 1, "CREATE TABLE first ();", compat=1)
    write(tmp_path, 2, "CREATE TABLE second (); SELECT 1 / 0;", compat=1)
    with pytest.raises(SqlBug, match="22012"):
        apply(dsn, tmp_path)
    assert run(dsn, "SELECT to_regclass('first')::text") == "first"
    assert run(dsn, "SELECT to_regclass('second')") is None
    write(tmp_path, 2, "CREATE TABLE second ();", compat=1)
    assert apply(dsn, tmp_path) == ["0002_test"]


def test_older_programs_go_on_as_far_as_the_schema_lets_them(
    databases: Databases, tmp_path: Path
) -> None:
    dsn = databases.empty()
    older, newer = tmp_path / "older", tmp_path / "newer"
    for folder in (older, newer):
        folder.mkdir()
        write(folder, 1, "CREATE TABLE one ();", compat=1)
    write(newer, 2, "CREATE TABLE two ();", compat=1)
    apply(dsn, newer)
    assert apply(dsn, older) == []
    write(newer, 3, "DROP TABLE one;", compat=3)
    apply(dsn, newer)
    with pytest.raises(StartRefused, match="too new: it needs a program that knows migration 0003"):
        apply(dsn, older)


def test_a_changed_file_is_refused(databases: Databases, tmp_path: Path) -> None:
    dsn = databases.empty()
    write(tmp_path, 1, "CREATE TABLE one ();", compat=1)
    apply(dsn, tmp_path)
    write(tmp_path, 1, "CREATE TABLE one (more int);", compat=1)
    with pytest.raises(StartRefused, match="0001_test was applied with another content"):
        apply(dsn, tmp_path)


def test_a_database_out_of_reach_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="cannot be reached"):
        apply(f"postgresql://glimpse@/glimpse?host={tmp_path}")


def test_a_table_in_use_is_not_waited_for_for_long(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.migrate.MIGRATE_LOCK_MS_MAX", 50)
    dsn = databases.empty()
    write(tmp_path, 1, "CREATE TABLE one ();", compat=1)
    apply(dsn, tmp_path)
    write(tmp_path, 2, "ALTER TABLE one ADD more int;", compat=1)

    async def while_in_use() -> None:
        connection = await connect(dsn)
        try:
            async with connection.transaction():
                await connection.execute("LOCK TABLE one IN ACCESS SHARE MODE")
                await migrate_beside()
        finally:
            await connection.close(timeout=5)

    async def migrate_beside() -> None:
        with pytest.raises(Unavailable, match="55P03"):
            await store_migrate(dsn, read_migrations(tmp_path))

    async def main() -> None:
        async with open_bridge() as bridge:
            await bridge.call(while_in_use)

    trio.run(main)
    assert apply(dsn, tmp_path) == ["0002_test"]
