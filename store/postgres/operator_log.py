"""The log of operators in PostgreSQL: a chain whose rows the database itself keeps as they are."""

from __future__ import annotations

from collections.abc import Sequence

from engine.model.look import LoggedLook, Look, link
from store.connection import Connection, Record
from store.postgres.pool import Postgres

# Any number that no other program uses for its advisory locks in our database. One link at a time
# follows the newest, and it is held until the end of the transaction.
LOCK = "SELECT pg_advisory_xact_lock(4702111234474983746)"

NEWEST = "SELECT * FROM operator_log ORDER BY number DESC LIMIT 1"

KEEP = """
INSERT INTO operator_log (number, at, operator, place, reason, subject, deed, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

PAGE = "SELECT * FROM operator_log WHERE number > $1 ORDER BY number LIMIT $2"


class PgOperatorLog:
    """Every look of an operator; engine.ports.reports.OperatorLog."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres

    async def page(self, *, after: int, limit: int) -> Sequence[LoggedLook]:
        """Links after a number, in their order."""
        return [_link_from(row) for row in await self._postgres.once(_page, after, limit)]


async def log_look(db: Connection, look: Look, subject: str, deed: str, now_ms: int) -> None:
    """Add a link in the transaction that does the deed."""
    await db.execute(LOCK)
    row = await db.fetchrow(NEWEST)
    one = link(None if row is None else _link_from(row), look, subject, deed, at=now_ms)
    await db.execute(
        KEEP,
        one.number,
        one.at,
        look.operator,
        look.place,
        look.reason,
        one.subject,
        one.deed,
        one.digest,
    )


async def _page(db: Connection, after: int, limit: int) -> list[Record]:
    return await db.fetch(PAGE, after, limit)


def _link_from(row: Record) -> LoggedLook:
    look = Look(row["operator"], row["place"], row["reason"])
    return LoggedLook(row["number"], row["at"], look, row["subject"], row["deed"], row["digest"])
