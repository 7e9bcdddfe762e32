"""Nothing that points to a person holds them back when they are erased."""

from __future__ import annotations

from store.data_map import DataClass, load_data_map
from tests.postgres import Databases
from tests.store.test_data_map import run_sql

# What deleting a row does to those that point to it: c takes them along, n makes them forget.
ACTIONS = """
SELECT t.relname || '.' || a.attname || ' ' || c.confdeltype::text AS found FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(c.conkey)
WHERE c.contype = 'f' AND f.relname IN ('accounts', 'devices')
"""


def test_everything_that_points_to_a_person_goes_or_forgets_them(databases: Databases) -> None:
    (found,) = run_sql(databases.fresh(), ACTIONS)
    tables, ways = load_data_map(), dict(one.rsplit(" ", 1) for one in found)
    identifiers = {
        f"{table.name}.{column}"
        for table in tables.values()
        for column, kind in table.columns.items()
        if kind is DataClass.IDENTIFIER
    }
    assert identifiers - {"accounts.account_id", "devices.device_id"} == ways.keys()
    for place, way in ways.items():
        erased = tables[place.split(".")[0]].erased
        assert way == ("n" if erased.startswith(("kept", "emptied")) else "c"), place
