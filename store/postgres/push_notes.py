"""Pushes as other adapters note and drop them, in the transaction of their cause."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ids import AccountId
from engine.model.push import PushKind
from store.connection import Connection

# One push of a kind waits for a device; what comes meanwhile is told with it.
NOTE = """
INSERT INTO pushes AS held (device_id, kind, due_at, since_at)
SELECT t.device_id, $2, $3, $3 FROM push_tokens t WHERE t.account_id = ANY($1::text[])
ORDER BY t.device_id
ON CONFLICT (device_id, kind) DO UPDATE SET causes = held.causes + 1
"""

DROP = "DELETE FROM push_tokens WHERE account_id = $1"


async def note_push(
    db: Connection, kind: PushKind, accounts: Sequence[AccountId], now_ms: int
) -> None:
    """Have something told to all devices of these people, once it is committed."""
    await db.execute(NOTE, list(accounts), kind.value, now_ms)


async def drop_tokens(db: Connection, account: AccountId) -> None:
    """Drop all tokens of a person, and what waits for them."""
    await db.execute(DROP, account)
