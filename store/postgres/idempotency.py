"""First answers in PostgreSQL: a repeated POST gets what the first one got."""

from __future__ import annotations

from engine.errors import Busy, IdempotencyConflict
from engine.ports.idempotency import Answer
from store.connection import Connection, Record
from store.postgres.pool import Postgres
from store.vault import Vault

KEPT_MS = 86_400_000
RESERVED_MS = 60_000
PURGED_AT_ONCE = 10_000

RESERVE = """
INSERT INTO answers (scope, key, request_digest, reserved_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING true
"""

RESERVE_AGAIN = """
UPDATE answers SET request_digest = $3, reserved_at = $4, status = NULL, sealed = NULL
WHERE scope = $1 AND key = $2
"""

PURGE = """
DELETE FROM answers WHERE (scope, key) IN (
    SELECT scope, key FROM answers WHERE reserved_at < $1 ORDER BY reserved_at LIMIT $2)
"""


class PgAnswers:
    """Answers, sealed since they may hold tokens; engine.ports.idempotency.Answers."""

    def __init__(self, postgres: Postgres, vault: Vault) -> None:
        self._postgres = postgres
        self._vault = vault

    async def begin(
        self, scope: str, key: str, request_digest: bytes, *, now_ms: int
    ) -> Answer | None:
        """Return the kept answer, or None after reserving the key for this request."""
        row = await self._postgres.run(_begin, scope, key, request_digest, now_ms)
        if row is None:
            return None
        return Answer(row["status"], self._vault.open(row["sealed"], _place(scope, key)))

    async def finish(self, scope: str, key: str, answer: Answer) -> None:
        """Keep the answer (24 h from the reservation)."""
        sealed = self._vault.seal(answer.body, _place(scope, key))
        await self._postgres.once(_finish, scope, key, answer.status, sealed)

    async def forget(self, scope: str, key: str) -> None:
        """Give the reservation back: the request failed in a way that may be repeated."""
        await self._postgres.once(_forget, scope, key)

    async def purge(self, *, now_ms: int) -> int:
        """Drop what is older than 24 h; return how many."""
        return await self._postgres.once(_purge, now_ms - KEPT_MS)


def _place(scope: str, key: str) -> str:
    return f"answer|{scope}|{key}"


async def _begin(
    db: Connection, scope: str, key: str, request_digest: bytes, now_ms: int
) -> Record | None:
    if await db.fetchval(RESERVE, scope, key, request_digest, now_ms):
        return None
    row = await db.fetchrow(
        """
        SELECT request_digest, reserved_at, status, sealed FROM answers
        WHERE scope = $1 AND key = $2 FOR UPDATE
        """,
        scope,
        key,
    )
    if row is None:
        raise Busy("this request has just ended")
    age_ms = now_ms - row["reserved_at"]
    if age_ms < KEPT_MS and row["request_digest"] != request_digest:
        raise IdempotencyConflict
    if row["status"] is not None and age_ms < KEPT_MS:
        return row
    if row["status"] is None and age_ms < RESERVED_MS:
        raise Busy("the first request is still running")
    await db.execute(RESERVE_AGAIN, scope, key, request_digest, now_ms)
    return None


async def _finish(db: Connection, scope: str, key: str, status: int, sealed: bytes) -> None:
    await db.execute(
        "UPDATE answers SET status = $3, sealed = $4 WHERE scope = $1 AND key = $2",
        scope,
        key,
        status,
        sealed,
    )


async def _forget(db: Connection, scope: str, key: str) -> None:
    await db.execute(
        "DELETE FROM answers WHERE scope = $1 AND key = $2 AND status IS NULL", scope, key
    )


async def _purge(db: Connection, before_ms: int) -> int:
    done = await db.execute(PURGE, before_ms, PURGED_AT_ONCE)
    return int(done.rpartition(" ")[2])
