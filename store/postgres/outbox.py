"""The outbox in PostgreSQL: rows written in the transaction of their cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from engine.ids import AccountId, RoomId
from engine.ports.outbox import Notice, NoticeKind
from engine.ports.pushes import PUSHED
from store.connection import Connection, Record
from store.postgres.pool import Postgres

DUE = """
SELECT number, kind, account_id, room_id, content FROM outbox
WHERE due_at <= $1 ORDER BY due_at, number LIMIT $2
"""


# One statement: a notice is either still to be told, or its pushes are there.
CONFIRM = """
WITH told AS (
    DELETE FROM outbox WHERE number = ANY($1::bigint[]) RETURNING kind, account_id)
INSERT INTO pushes AS held (device_id, kind, due_at, since_at)
SELECT DISTINCT t.device_id, k.push, $4::bigint, $4::bigint
FROM told JOIN unnest($2::text[], $3::text[]) AS k(kind, push) USING (kind)
JOIN push_tokens t USING (account_id) ORDER BY t.device_id
ON CONFLICT (device_id, kind) DO UPDATE SET causes = held.causes + 1
"""

TELL_EACH = """
INSERT INTO outbox (due_at, kind, account_id, content)
SELECT $1, $2, w.account_id, w.content
FROM unnest($3::text[], $4::jsonb[]) AS w (account_id, content)
"""


async def tell(
    db: Connection,
    kind: NoticeKind,
    content: dict[str, object],
    *,
    due_ms: int,
    account: AccountId | None = None,
    room: RoomId | None = None,
) -> None:
    """Write a notice, in the transaction that is open."""
    await db.execute(
        "INSERT INTO outbox (due_at, kind, account_id, room_id, content) VALUES ($1,$2,$3,$4,$5)",
        due_ms,
        kind.value,
        account,
        room,
        msgspec.json.encode(content).decode(),
    )


async def tell_each(
    db: Connection,
    kind: NoticeKind,
    contents: Mapping[AccountId, dict[str, object]],
    *,
    due_ms: int,
) -> None:
    """Write a notice to each of many accounts, in the transaction that is open."""
    written = [msgspec.json.encode(content).decode() for content in contents.values()]
    await db.execute(TELL_EACH, due_ms, kind.value, list(contents), written)


class PgOutbox:
    """Notices; engine.ports.outbox.Outbox."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres

    async def due(self, *, now_ms: int, limit: int) -> Sequence[Notice]:
        """Notices whose time has come and that nobody has confirmed, oldest first."""
        rows = await self._postgres.once(_due, now_ms, limit)
        return [
            Notice(
                number=row["number"],
                kind=NoticeKind(row["kind"]),
                account=row["account_id"],
                room=row["room_id"],
                content=msgspec.json.decode(row["content"], type=dict[str, object]),
            )
            for row in rows
        ]

    async def confirm(self, numbers: Sequence[int], *, now_ms: int) -> None:
        """Forget notices that were told; those that are news to somebody become pushes."""
        await self._postgres.once(_confirm, list(numbers), now_ms)

    async def next_due_ms(self) -> int | None:
        """When the earliest open notice is due, or None."""
        return await self._postgres.once(_next_due)


async def _due(db: Connection, now_ms: int, limit: int) -> list[Record]:
    return await db.fetch(DUE, now_ms, limit)


async def _confirm(db: Connection, numbers: list[int], now_ms: int) -> None:
    kinds, pushes = [kind.value for kind in PUSHED], [kind.value for kind in PUSHED.values()]
    await db.execute(CONFIRM, numbers, kinds, pushes, now_ms)


async def _next_due(db: Connection) -> int | None:
    due: int | None = await db.fetchval("SELECT due_at FROM outbox ORDER BY due_at LIMIT 1")
    return due
