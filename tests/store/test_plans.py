"""How PostgreSQL goes about every statement of the adapters: by an index, never through a table."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from store.asyncio_bridge import Bridge, open_bridge
from store.connection import Connection, connect
from tests.store.filling import fill
from tests.store.statements import Statement, statements

WITHIN_S = 120.0
# Of five thousand rows a scan is now and then the cheaper guess; of millions it is not. What is
# asked is whether there is a way by an index: without these the planner takes it wherever it is.
TEMPTATIONS = ("seqscan", "hashjoin", "mergejoin")
# The number of these rows does not grow with people.
SMALL = frozenset({"schema_migrations", "vault", "like_releases", "push_looks"})
# The same of what these indexes hold: a walk along them is short.
SHORT = frozenset({"accounts_bots"})
# By module and table: what is meant to read all of it, and why that is bearable.
WHOLE = {
    ("like_counts", "like_counts"): "the release of counts replaces all of them, twice a day",
    ("tickets", "tickets"): "a node that starts asks once which pools have anybody waiting",
}
STATEMENTS_MIN = 250
BAD = Statement("a bad one", "SELECT FROM accounts WHERE nickname = $1")


def _scans(plan: dict[str, Any], *, limited: bool = False, heap: str = "") -> Iterator[str]:
    """Yield each table that a plan reads from one end to the other.

    A walk along an index without a condition is one too, unless a limit or a key ends it.
    """
    kind, table = str(plan["Node Type"]), str(plan.get("Relation Name", heap))
    whole = kind == "Seq Scan" or (
        "Index" in kind and "Index Cond" not in plan and not (limited and "Filter" not in plan)
    )
    if whole and table not in SMALL and plan.get("Index Name") not in SHORT:
        yield table
    for part in plan.get("Plans", ()):
        below = table if "Bitmap" in kind else ""  # its index scans do not name the table
        yield from _scans(part, limited=kind == "Limit", heap=below)


async def _plan(db: Connection, number: int, sql: str) -> dict[str, Any]:
    """Return the plan that is kept for any arguments, as the adapters' connections ask for."""
    await db.execute(f"PREPARE plan_{number} AS {sql}")
    count = max([0, *map(int, re.findall(r"\$(\d+)", sql))])
    arguments = f"({', '.join(['NULL'] * count)})" if count else ""
    text = await db.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE plan_{number}{arguments}")
    await db.execute(f"DEALLOCATE plan_{number}")
    plan: dict[str, Any] = json.loads(text)[0]["Plan"]
    return plan


async def _found(dsn: str, asked: list[Statement]) -> list[tuple[Statement, str]]:
    db = await connect(dsn)
    try:
        await fill(db, SMALL)
        for way in TEMPTATIONS:
            await db.execute(f"SET enable_{way} = off")
        return [
            (statement, table)
            for number, statement in enumerate(asked)
            for table in set(_scans(await _plan(db, number, statement.sql)))
        ]
    finally:
        await db.close(timeout=5)


@pytest.fixture
async def bridge() -> AsyncIterator[Bridge]:
    async with open_bridge() as opened:
        yield opened


async def test_no_statement_reads_a_large_table_from_end_to_end(
    bridge: Bridge, module_dsn: str
) -> None:
    asked = statements()
    assert len(asked) >= STATEMENTS_MIN
    found = await bridge.call(_found, module_dsn, [*asked, BAD], within_s=WITHIN_S)
    read = {(statement.place.partition(":")[0], table) for statement, table in found}
    assert (BAD.place, "accounts") in read, "the test would not see a scan"
    told = [
        f"{statement.place} reads all of {table}"
        for statement, table in found
        if (statement.place.partition(":")[0], table) not in WHOLE and statement != BAD
    ]
    assert not told, told
    assert WHOLE.keys() <= read, "an exception that nothing needs any more"
