"""Nothing that points to a person holds them back when they are erased, nor stays behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from engine.ids import AccountId
from engine.ports.holdings import Section
from store.asyncio_bridge import open_bridge
from store.bundle import Chance
from store.data_map import DataClass, load_data_map
from store.postgres import open_postgres_store
from tests.postgres import Databases
from tests.store.conftest import Clock
from tests.store.hands import PostgresHands
from tests.store.life import live
from tests.store.test_data_map import dump, run_sql
from tests.store.test_erasure import leave_for_good
from tests.store.test_holdings import export
from tests.store.world import MASTER_KEY, World

# What deleting a row does to those that point to it: c takes them along, n makes them forget. What
# belongs to a membership goes with it, and that with its account; so does what hangs on a token.
ACTIONS = """
SELECT t.relname || '.' || a.attname || ' ' || c.confdeltype::text AS found FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(c.conkey)
WHERE c.contype = 'f' AND (f.relname IN ('accounts', 'devices', 'push_tokens')
    OR f.relname = 'memberships' AND a.attname = 'account_id')
"""

IDENTIFIERS = [
    (table.name, column)
    for table in load_data_map().values()
    for column, kind in table.columns.items()
    if kind is DataClass.IDENTIFIER
]

# Words that many say; what only this person has said or is called is longer, or not Latin.
COMMON_CHARS_MAX = 9


def test_everything_that_points_to_a_person_goes_or_forgets_them(databases: Databases) -> None:
    (found,) = run_sql(databases.fresh(), ACTIONS)
    tables, ways = load_data_map(), dict(one.rsplit(" ", 1) for one in found)
    identifiers = {f"{table}.{column}" for table, column in IDENTIFIERS}
    assert identifiers - {"accounts.account_id", "devices.device_id"} == ways.keys()
    for place, way in ways.items():
        erased = tables[place.split(".")[0]].erased
        assert way == ("n" if erased.startswith(("kept", "emptied")) else "c"), place


@pytest.fixture
def own_dsn(databases: Databases) -> str:
    """A database in which nobody else has lived."""
    return databases.fresh()


async def test_of_a_whole_life_nothing_stays(own_dsn: str, chance: tuple[Chance, Clock]) -> None:
    dsn, (given, clock) = own_dsn, chance
    async with (
        open_bridge() as bridge,
        open_postgres_store(bridge, dsn, master_key=MASTER_KEY, chance=given) as store,
    ):
        world = World(store, given, clock, PostgresHands(bridge, dsn))
        life = await live(world)
        held = await export(world, life.account)
        places = await places_of(world, life.account)
        before = dump(dsn)
        await leave_for_good(world, life.account)
        assert await places_of(world, life.account) == set()
    assert len(places) >= 15, "this life is in most tables"
    traces = {
        (section, name, text)
        for section, items in held.items()
        for item in items
        for name, text in own_texts(section, item)
    }
    assert len([text for *_, text in traces if text in before]) >= 5
    after = dump(dsn)
    assert {trace for trace in traces if trace[-1] in after} == set()


async def places_of(world: World, account: AccountId) -> set[str]:
    """Say in which columns somebody is named."""
    assert isinstance(world.hands, PostgresHands)
    found = set()
    for table, column in IDENTIFIERS:
        sql = f"SELECT count(*) FROM {table} WHERE {column} = $1"
        if await world.hands.value(sql, account):
            found.add(f"{table}.{column}")
    return found


def own_texts(section: Section, item: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Walk through what an item of the export says of nobody but its person."""
    table = next(one for one in load_data_map().values() if one.exported == section)
    for column, name in table.shown.items():
        # A name in one room or group says nothing of anybody once nothing leads from it to them.
        if table.columns[column] in {DataClass.PERSONAL, DataClass.SEALED}:
            for text in texts_in(item[name]):
                if len(text) > COMMON_CHARS_MAX or not text.isascii():
                    yield name, text


def texts_in(value: object) -> Iterator[str]:
    """Walk through all texts of a value."""
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from texts_in(inner)
        case list() | tuple():
            for inner in value:
                yield from texts_in(inner)
        case _:
            pass
