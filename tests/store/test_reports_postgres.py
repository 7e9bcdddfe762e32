"""Reports in PostgreSQL: nothing readable is at rest, and the log of operators only grows."""

from __future__ import annotations

import pytest
from asyncpg.exceptions import RaiseError

from engine.ids import ReportId
from engine.model.look import Look
from engine.rooms.report import Category, ReportRequest
from tests.store.hands import PostgresHands
from tests.store.world import POLICY, World


@pytest.fixture
def place(module_dsn: str) -> str:
    """Only in a database."""
    return module_dsn


async def filed(world: World) -> ReportId:
    """Report somebody who has said something."""
    room = await world.room(2)
    await world.append(world.write(room))
    speaker, reporter = room.occupants
    request = ReportRequest(
        reporter.account, room.room, speaker.alias, 1, Category.OTHER, "a canary sings"
    )
    report = ReportId(world.chance.fresh_id())
    return await world.store.reports.file(request, report, POLICY.reports, now_ms=world.now_ms)


async def test_evidence_is_sealed(world: World) -> None:
    report = await filed(world)
    assert isinstance(world.hands, PostgresHands)
    row = await world.hands.value(
        "SELECT to_jsonb(r)::text || encode(r.sealed, 'escape') FROM reports r "
        "WHERE report_id = $1",
        report,
    )
    assert isinstance(row, str)
    assert report in row
    assert "canary" not in row


@pytest.mark.parametrize(
    "sql",
    ["UPDATE operator_log SET reason = ''", "DELETE FROM operator_log", "TRUNCATE operator_log"],
)
async def test_the_log_of_operators_is_not_rewritten(world: World, sql: str) -> None:
    report = await filed(world)
    look = Look("ops-kim", "desk-1", "a report")
    await world.store.reports.read(report, look, now_ms=world.now_ms)
    assert isinstance(world.hands, PostgresHands)
    with pytest.raises(RaiseError, match="only added to"):
        await world.hands.value(sql)
    assert (await world.store.operator_log.page(after=0, limit=1))[0].look == look
