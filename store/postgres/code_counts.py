"""Counts of codes and of wrong guesses in PostgreSQL: they hold over all processes."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import RateLimited
from engine.model.code_caps import HOUR_S, Cap, Conversion
from store.connection import Connection

SENT, USED = Cap(b"sent", HOUR_S, 0), Cap(b"used", HOUR_S, 0)  # counted, never refused

# Two days: the longest window is one.
_KEPT_MS = 2 * 86_400_000
_PURGED = 20

COUNT = """
INSERT INTO code_counts (name, window_at, count) VALUES ($1, $2, 1)
ON CONFLICT (name, window_at) DO UPDATE SET count = code_counts.count + 1 RETURNING count
"""

READ = "SELECT count FROM code_counts WHERE name = $1 AND window_at = $2"

# Counts a code that is sent and reads how many were used; a few old counts go on the way.
CONVERSION = """
WITH purged AS (
    DELETE FROM code_counts WHERE (name, window_at) IN (
        SELECT name, window_at FROM code_counts WHERE window_at < $4 ORDER BY window_at LIMIT $5
        FOR UPDATE SKIP LOCKED)
)
INSERT INTO code_counts (name, window_at, count) VALUES ($1, $2, 1)
ON CONFLICT (name, window_at) DO UPDATE SET count = code_counts.count + 1
RETURNING count AS sent,
    (SELECT u.count FROM code_counts u WHERE u.name = $3 AND u.window_at = $2) AS used
"""


async def count(db: Connection, cap: Cap, now_ms: int) -> int:
    """Count one more; return how many there are in this window."""
    number: int = await db.fetchval(COUNT, cap.name, cap.window(now_ms))
    return number


async def spend(db: Connection, caps: Sequence[Cap], now_ms: int) -> None:
    """Count one against every cap; raises RateLimited, which rolls all of them back.

    Callers name them in one order (the narrow before the wide), so two never wait for each other.
    """
    for cap in caps:
        if await count(db, cap, now_ms) > cap.most:
            raise RateLimited(retry_after_ms=cap.retry_after_ms(now_ms))


async def exhausted(db: Connection, caps: Sequence[Cap], now_ms: int) -> RateLimited | None:
    """Return why nothing more may be tried, if so."""
    for cap in caps:
        if (await db.fetchval(READ, cap.name, cap.window(now_ms)) or 0) >= cap.most:
            return RateLimited(retry_after_ms=cap.retry_after_ms(now_ms))
    return None


async def conversion(db: Connection, now_ms: int) -> Conversion:
    """Count a code that is sent; return how many of this hour's were used."""
    # One row for everybody, taken last: who holds it has only the commit before them.
    row = await db.fetchrow(
        CONVERSION, SENT.name, SENT.window(now_ms), USED.name, now_ms - _KEPT_MS, _PURGED
    )
    assert row is not None, "an upsert returns its row"
    return Conversion(row["sent"], row["used"] or 0)
