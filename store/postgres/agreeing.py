"""What people agree to now, in PostgreSQL, and what ends when they do not any more."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ids import AccountId
from engine.model.consent import VERSIONS, Consent, Purpose, require
from engine.model.like import Intent
from store.connection import Connection
from store.postgres.meeting_box import MeetingBox
from store.vault import Vault

SAID = """
SELECT version, granted, said_at FROM consents
WHERE account_id = $1 AND purpose = $2 ORDER BY number DESC LIMIT 1
"""

AGREE = """
SELECT a.account_id FROM unnest($1::text[]) AS a(account_id)
CROSS JOIN LATERAL (SELECT c.version, c.granted FROM consents c
    WHERE c.account_id = a.account_id AND c.purpose = $2 ORDER BY c.number DESC LIMIT 1) said
WHERE said.granted AND said.version = $3
"""

END_LIKES = """
UPDATE likes SET state = 'ended' WHERE sender_id = $1 AND state = 'open' AND intent = 'romantic'
"""

END_TICKETS = """
UPDATE tickets SET state = 'left'
WHERE account_id = $1 AND state = 'waiting' AND want->>'intent' = 'romantic'
"""

DESCRIBED = """
SELECT d.description_id, d.sealed, m.group_id, m.key_wrapped
FROM meeting_descriptions d JOIN meetings m USING (group_id) WHERE d.account_id = $1 AND d.open
"""

END_DESCRIPTIONS = """
UPDATE meeting_descriptions SET open = false WHERE description_id = ANY($1::text[])
"""


async def require_consent(db: Connection, account: AccountId, purpose: Purpose) -> None:
    """Raise ConsentRequired unless the person agrees now; their row is locked already."""
    row = await db.fetchrow(SAID, account, purpose.value)
    said = (
        () if row is None else (Consent(purpose, row["version"], row["granted"], row["said_at"]),)
    )
    require(said, purpose)


async def who_agrees(
    db: Connection, accounts: Sequence[AccountId], purpose: Purpose
) -> frozenset[AccountId]:
    """Return those of some people who agree now; their rows are locked already."""
    rows = await db.fetch(AGREE, list(accounts), purpose.value, VERSIONS[purpose])
    return frozenset(row["account_id"] for row in rows)


async def end_romantic(db: Connection, account: AccountId, vault: Vault) -> None:
    """End the open romantic wishes of somebody whose row is locked; no match comes of them."""
    await db.execute(END_LIKES, account)
    await db.execute(END_TICKETS, account)
    gone = [
        row["description_id"]
        for row in await db.fetch(DESCRIBED, account)
        if MeetingBox(vault, row).said(row["description_id"], row["sealed"]).description.intent
        is Intent.ROMANTIC
    ]
    await db.execute(END_DESCRIPTIONS, gone)
