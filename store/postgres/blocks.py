"""Blocks in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import NotFound
from engine.ids import AccountId, BlockId, GroupId, MemberId
from engine.model.access import check_other
from engine.ports.blocks import Block, NewBlock
from store.connection import Connection, Record
from store.postgres.ending import end_between
from store.postgres.openings import mark_shared
from store.postgres.pool import Postgres
from store.postgres.veils import let_down, lift

# A like holds both accounts too, in the same order, so no match slips through (I13).
HOLD = """
SELECT FROM accounts WHERE account_id IN ($1, $2) ORDER BY account_id FOR NO KEY UPDATE
"""

KEEP = """
INSERT INTO blocks (blocker_id, blocked_id, at, block_id, nickname) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING block_id
"""

LISTED = """
SELECT block_id, nickname, at FROM blocks
WHERE blocker_id = $1 AND ($2::text IS NULL OR (at, block_id)
    < (SELECT b.at, b.block_id FROM blocks b WHERE b.block_id = $2 AND b.blocker_id = $1))
ORDER BY at DESC, block_id DESC LIMIT $3
"""

BLOCKED = "SELECT blocked_id FROM blocks WHERE block_id = $2 AND blocker_id = $1"

DROP = "DELETE FROM blocks WHERE blocker_id = $1 AND block_id = $2 RETURNING block_id"

OTHER_WAY = "SELECT EXISTS (SELECT FROM blocks WHERE blocker_id = $1 AND blocked_id = $2)"


# Who hides from one is as gone as who has left, unless one has blocked them oneself.
MEMBER_OF = """
SELECT o.account_id, o.nickname FROM memberships m JOIN groups g USING (group_id)
JOIN memberships o ON o.group_id = m.group_id AND o.member_id = $3 AND o.state = 'active'
JOIN accounts a ON a.account_id = o.account_id AND a.state = 'active'
WHERE m.group_id = $1 AND m.account_id = $2 AND m.state = 'active' AND g.ended_at IS NULL
    AND (NOT EXISTS (SELECT FROM blocks WHERE blocker_id = o.account_id AND blocked_id = $2)
        OR EXISTS (SELECT FROM blocks WHERE blocker_id = $2 AND blocked_id = o.account_id))
"""


class PgBlocks:
    """Who wants to have nothing to do with whom; engine.ports.blocks.Blocks."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres

    async def block(self, blocker: AccountId, new: NewBlock, *, now_ms: int) -> None:
        """Hide two people from each other in every group and every room they share."""
        check_other(new.blocked, blocker)
        await self._postgres.run(_block, blocker, new, now_ms)

    async def member_of(
        self, group: GroupId, viewer: AccountId, member: MemberId
    ) -> tuple[AccountId, str]:
        """Return whom a member means by another of their group; raises NotFound."""
        row = await self._postgres.once(_member_of, group, viewer, member)
        if row is None:
            raise NotFound
        return AccountId(row["account_id"]), row["nickname"]

    async def unblock(self, blocker: AccountId, block: BlockId, *, now_ms: int) -> None:
        """Take a block back; a block the other way stays."""
        await self._postgres.run(_unblock, blocker, block, now_ms)

    async def listed(
        self, blocker: AccountId, *, after: BlockId | None, limit: int
    ) -> Sequence[Block]:
        """One's own blocks, newest first."""
        rows = await self._postgres.once(_listed, blocker, after, limit)
        return [Block(row["block_id"], row["nickname"], row["at"]) for row in rows]


async def _member_of(
    db: Connection, group: GroupId, viewer: AccountId, member: MemberId
) -> Record | None:
    return await db.fetchrow(MEMBER_OF, group, viewer, member)


async def _block(db: Connection, blocker: AccountId, new: NewBlock, now_ms: int) -> None:
    await db.execute(HOLD, blocker, new.blocked)
    kept = await db.fetchval(KEEP, blocker, new.blocked, now_ms, new.block, new.nickname)
    if kept is None:
        return
    await end_between(db, blocker, new.blocked, now_ms)
    await let_down(db, blocker, new.blocked, new.block, now_ms)
    await mark_shared(db, blocker, new.blocked)


async def _unblock(db: Connection, blocker: AccountId, block: BlockId, now_ms: int) -> None:
    blocked: AccountId | None = await db.fetchval(BLOCKED, blocker, block)
    if blocked is None:
        return
    await db.execute(HOLD, blocker, blocked)
    dropped = await db.fetchval(DROP, blocker, block)
    if dropped is not None and not await db.fetchval(OTHER_WAY, blocked, blocker):
        await lift(db, blocker, blocked, block, now_ms)
        await mark_shared(db, blocker, blocked)


async def _listed(
    db: Connection, blocker: AccountId, after: BlockId | None, limit: int
) -> list[Record]:
    return await db.fetch(LISTED, blocker, after, limit)
