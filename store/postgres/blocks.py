"""Blocks in PostgreSQL."""

from __future__ import annotations

from engine.errors import BadRequest
from engine.ids import AccountId
from store.connection import Connection
from store.postgres.ending import end_between
from store.postgres.pool import Postgres


class PgBlocks:
    """Who wants to have nothing to do with whom; engine.ports.blocks.Blocks."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres

    async def block(self, blocker: AccountId, blocked: AccountId, *, now_ms: int) -> None:
        """Hide two people from each other in every group."""
        if blocker == blocked:
            raise BadRequest("this is you")
        await self._postgres.run(_block, blocker, blocked, now_ms)

    async def unblock(self, blocker: AccountId, blocked: AccountId) -> None:
        """Take a block back; a block the other way stays."""
        await self._postgres.once(_unblock, blocker, blocked)


async def _block(db: Connection, blocker: AccountId, blocked: AccountId, now_ms: int) -> None:
    # A like holds both accounts too, in the same order, so no match slips through (I13).
    await db.execute(
        """
        SELECT FROM accounts WHERE account_id IN ($1, $2) ORDER BY account_id FOR NO KEY UPDATE
        """,
        blocker,
        blocked,
    )
    await db.execute(
        """
        INSERT INTO blocks (blocker_id, blocked_id, at) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING
        """,
        blocker,
        blocked,
        now_ms,
    )
    await end_between(db, blocker, blocked, now_ms)


async def _unblock(db: Connection, blocker: AccountId, blocked: AccountId) -> None:
    await db.execute(
        "DELETE FROM blocks WHERE blocker_id = $1 AND blocked_id = $2", blocker, blocked
    )
