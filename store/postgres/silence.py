"""Matches in whose rooms nobody speaks, in PostgreSQL."""

from __future__ import annotations

from engine.errors import Conflict, NotFound, PremiumRequired
from engine.ids import AccountId, MatchId
from engine.limits import SILENT_MATCHES_MAX
from engine.model.policy import MatchPolicy
from engine.rooms.events import EventName
from store.connection import Connection
from store.postgres.ending import end_match
from store.postgres.pool import Postgres

# Another process has the ones that are locked; or they are being ended otherwise.
DUE = """
SELECT match_id, room_id FROM matches
WHERE ended_at IS NULL AND NOT spoken AND visible_at + put_off_ms <= $1
ORDER BY visible_at + put_off_ms LIMIT $2 FOR UPDATE SKIP LOCKED
"""

# A message that is being written holds the row of its room: it is before this look, or too late.
HOLD_ROOM = "SELECT FROM rooms WHERE room_id = $1 FOR UPDATE"

SAID = "SELECT EXISTS (SELECT FROM room_events WHERE room_id = $1 AND name = $2)"

SPOKEN = "UPDATE matches SET spoken = true WHERE match_id = $1"

OWN = """
SELECT m.ended_at, m.put_off_ms, coalesce(a.premium_until, 0) > $3 AS premium
FROM matches m JOIN accounts a ON a.account_id = $2
WHERE m.match_id = $1 AND (m.low_id = $2 OR m.high_id = $2) AND m.visible_at <= $3
FOR UPDATE OF m
"""

PUT_OFF = "UPDATE matches SET put_off_ms = $2 WHERE match_id = $1"


class PgSilence:
    """Ends matches without messages; engine.ports.silence.Silence."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres

    async def end_due(self, policy: MatchPolicy, *, now_ms: int) -> bool:
        """End some matches that nobody spoke in; say if more wait."""
        return await self._postgres.run(_end_due, policy, now_ms)

    async def put_off(
        self, match: MatchId, account: AccountId, policy: MatchPolicy, *, now_ms: int
    ) -> None:
        """Let an own match wait as long again, once."""
        await self._postgres.run(_put_off, match, account, policy, now_ms)


async def _end_due(db: Connection, policy: MatchPolicy, now_ms: int) -> bool:
    found = await db.fetch(DUE, now_ms - policy.silent_s * 1000, SILENT_MATCHES_MAX)
    # In the order of their ids, as by appends: two who hold rooms never wait for each other.
    for row in sorted(found, key=lambda one: str(one["room_id"])):
        await db.execute(HOLD_ROOM, row["room_id"])
        if await db.fetchval(SAID, row["room_id"], EventName.MESSAGE.value):
            await db.execute(SPOKEN, row["match_id"])
        else:
            await end_match(db, row["match_id"], row["room_id"], now_ms)
    return len(found) == SILENT_MATCHES_MAX


async def _put_off(
    db: Connection, match: MatchId, account: AccountId, policy: MatchPolicy, now_ms: int
) -> None:
    row = await db.fetchrow(OWN, match, account, now_ms)
    if row is None:
        raise NotFound
    if row["ended_at"] is not None:
        raise Conflict("this match has ended")
    if row["put_off_ms"] > 0:
        return
    if not row["premium"]:
        raise PremiumRequired
    await db.execute(PUT_OFF, match, policy.silent_s * 1000)
