"""The data map against the database: every column is in it, and an erasure does what it says."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import trio

from engine.ids import AccountId
from store.asyncio_bridge import open_bridge
from store.bundle import Chance
from store.connection import Connection, connect
from store.data_map import WITHHELD, DataClass, Table, load_data_map
from store.embedded.owner import Owner
from store.embedded.programs import find_programs
from store.postgres import open_postgres_store
from tests.postgres import Databases
from tests.store.conftest import Clock
from tests.store.hands import PostgresHands
from tests.store.test_erasure import leave_for_good
from tests.store.world import MASTER_KEY, PROFILE, World

COLUMNS = """
SELECT table_name || '.' || column_name AS found FROM information_schema.columns c
JOIN information_schema.tables t USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
    AND table_name !~ '^room_events_[0-9]+$'
"""

REFERENCES = """
SELECT DISTINCT t.relname || '.' || a.attname AS found FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(c.conkey)
WHERE c.contype = 'f' AND f.relname IN ('accounts', 'devices')
"""


def run_sql(dsn: str, *statements: str) -> list[set[str]]:
    """Return what each statement finds in its first column."""

    async def work() -> list[set[str]]:
        connection: Connection = await connect(dsn, settings={})
        try:
            return [{row["found"] for row in await connection.fetch(sql)} for sql in statements]
        finally:
            await connection.close(timeout=5)

    async def main() -> list[set[str]]:
        async with open_bridge() as bridge:
            return await bridge.call(work)

    return trio.run(main)


def test_every_column_is_in_the_map(databases: Databases) -> None:
    (found,) = run_sql(databases.fresh(), COLUMNS)
    mapped = {
        f"{table.name}.{column}" for table in load_data_map().values() for column in table.columns
    }
    assert found - mapped == set(), "a new column has to be classed in store/data_map.toml"
    assert mapped - found == set(), "a column of the map is not there"


def test_what_points_to_a_person_is_classed_so(databases: Databases) -> None:
    (references,) = run_sql(databases.fresh(), REFERENCES)
    mapped = load_data_map()
    for reference in references:
        table, column = reference.split(".")
        assert mapped[table].columns[column] is DataClass.IDENTIFIER, reference


def test_what_is_not_exported_says_why() -> None:
    for table in load_data_map().values():
        said = [table.exported, *table.named.values()]
        for one in said:
            assert one.removeprefix(WITHHELD) or not one, f"{table.name} does not say why not"
    columns = {"told": DataClass.PERSONAL, "who": DataClass.IDENTIFIER, "key": DataClass.TECHNICAL}
    made = Table("t", "p", "row", columns, "section", {"key": "name"})
    assert made.shown == {"told": "told", "key": "name"}, "what is new is exported"


def test_what_is_kept_says_why_and_names_nobody() -> None:
    for table in load_data_map().values():
        assert re.match(r"row\b|emptied\b|the row\b|kept: \w+", table.erased), table.name
        assert table.purpose, table.name


@pytest.fixture
def own_dsn(databases: Databases) -> str:
    """A database in which nobody else has lived."""
    return databases.fresh()


async def test_an_erased_person_is_nowhere_any_more(
    own_dsn: str, chance: tuple[Chance, Clock]
) -> None:
    dsn, (given, clock) = own_dsn, chance
    async with (
        open_bridge() as bridge,
        open_postgres_store(bridge, dsn, master_key=MASTER_KEY, chance=given) as store,
    ):
        world = World(store, given, clock, PostgresHands(bridge, dsn))
        traces = await live(world)
        before = dump(dsn)
        assert {name for name, trace in traces.items() if trace not in before} == set()
        await leave_for_good(world, AccountId(traces["account"]))
    after = dump(dsn)
    assert {name for name, trace in traces.items() if trace in after} == set()


def dump(dsn: str) -> str:
    """Return all rows of a database as text; bytes are there in hex."""
    programs = find_programs(Owner(os.geteuid(), os.getegid()))
    words = [str(programs.path("pg_dump")), "--data-only", "--inserts", dsn]
    said: str = subprocess.run(words, capture_output=True, check=True, text=True).stdout
    return said


async def live(world: World) -> dict[str, str]:
    """Let somebody do what leaves traces; return these as a dump shows them."""
    phone, draft = world.phone(), world.draft()
    signed = await world.enter(phone, draft)
    account, owner = signed.account, (await world.people())[0]
    joined = await world.join(owner.group, account, "발자국")
    await world.store.accounts.change(
        account, nickname="남은자취", show_read_marks=False, contact="fox@example.org"
    )
    await world.hands.give(account, credit=7, premium_until=world.now_ms + 9_000)
    await world.send_like(account, owner.group, owner.member)
    await world.block(owner.account, account)
    await world.block(account, owner.account)
    await world.store.answers.begin(f"account:{account}", "key", b"digest", now_ms=world.now_ms)
    return {
        "account": account,
        "device": signed.device,
        "member": joined.member,
        "phone": phone.digest.hex(),
        "sealed phone": phone.sealed.hex(),
        "refresh": draft.refresh_digest.hex(),
        "nickname": "남은자취",
        "nickname in the group": "발자국",
        "birth year": f", {PROFILE.birth_year},",
    }


def test_a_map_with_a_class_of_its_own_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "map.toml"
    file.write_text('[t]\npurpose = "p"\nerased = "row"\n[t.columns]\nc = "secret"\n')
    with pytest.raises(ValueError, match="secret"):
        load_data_map(file)


def test_a_map_that_does_not_say_what_is_exported_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "map.toml"
    head = '[t]\npurpose = "p"\nerased = "row"\n'
    file.write_text(head + '[t.columns]\nc = "personal"\n')
    with pytest.raises(ValueError, match="whether it is exported"):
        load_data_map(file)
    file.write_text(head + 'exported = "s"\n[t.columns]\nc = "personal"\n[t.export]\nd = "e"\n')
    with pytest.raises(ValueError, match="t has no d"):
        load_data_map(file)
