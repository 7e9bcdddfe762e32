"""Rows for every table of a migrated database, so that its planner has something to weigh."""

from __future__ import annotations

from store.connection import Connection

# Enough that a scan of a table costs more than any look-up in an index of it.
ROWS = 5_000
GROUPS = 50

TABLES = """
SELECT c.relname AS text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.relname
"""

# What a row must keep to is nothing to a plan; so rows are made without knowing any rule.
RULES = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname) AS text
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f')
    AND conparentid = 0 AND coninhcount = 0
ORDER BY conrelid, conname
"""

COLUMNS = """
SELECT attname, format_type(atttypid, NULL) AS kind, attnotnull FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
    AND attidentity = '' AND attgenerated = '' ORDER BY attnum
"""

VALUES = {
    "text": "'x' || n",
    "text[]": "'{}'",
    "bigint[]": "'{}'",
    "integer[]": "'{}'",
    "bytea": "decode(lpad(to_hex(n), 8, '0'), 'hex')",
    "bigint": "n",
    "integer": "n",
    "smallint": "n % 100",
    "boolean": "n % 100 = 0",
    "jsonb": "'{}'",
    "double precision": "n",
}
# What may be NULL is so in all rows but one of these.
NULLS = 4
# Many rows share these; every other column is as good as unique.
SHARED = {
    "group_id": f"'x' || n % {GROUPS}",
    "state": "(ARRAY['active', 'open', 'left'])[n % 3 + 1]",
}
# Where a group has one row, it is not shared.
ONE_FOR_A_GROUP = frozenset({"groups", "meetings", "group_places"})


async def fill(db: Connection, small: frozenset[str]) -> None:
    """Put rows into all tables but `small` ones, and let PostgreSQL count them."""
    for rule in await _texts(db, RULES):
        await db.execute(rule)
    for table in await _texts(db, TABLES):
        if table not in small:
            await _fill_one(db, table)
    await db.execute("VACUUM (ANALYZE)")


async def _fill_one(db: Connection, table: str) -> None:
    columns = {
        str(row["attname"]): _value(table, row["attname"], row["kind"], needed=row["attnotnull"])
        for row in await db.fetch(COLUMNS, table)
    }
    names, values = ", ".join(columns), ", ".join(columns.values())
    await db.execute(
        f"INSERT INTO {table} ({names}) SELECT {values}"  # names of our own tables
        f" FROM generate_series(1, {ROWS}) n ON CONFLICT DO NOTHING"
    )


def _value(table: str, name: str, kind: str, *, needed: bool) -> str:
    if name in SHARED and not (name == "group_id" and table in ONE_FOR_A_GROUP):
        return SHARED[name]
    return VALUES[kind] if needed else f"CASE WHEN n % {NULLS} = 0 THEN {VALUES[kind]} END"


async def _texts(db: Connection, sql: str) -> list[str]:
    return [str(row["text"]) for row in await db.fetch(sql)]
