"""Consents in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ids import AccountId
from engine.model.consent import Consent, Purpose
from engine.model.push import PUSH_CONSENTS
from store.connection import Connection, Record
from store.postgres.agreeing import end_romantic
from store.postgres.leaving import leave_places
from store.postgres.pool import Postgres
from store.postgres.push_notes import drop_tokens
from store.vault import Vault

LATEST = """
SELECT DISTINCT ON (purpose) purpose, version, granted, said_at FROM consents
WHERE account_id = $1 ORDER BY purpose, number DESC
"""

HISTORY = """
SELECT purpose, version, granted, said_at FROM consents WHERE account_id = $1 ORDER BY number
"""

SAY = """
INSERT INTO consents (account_id, purpose, version, granted, channel, said_at)
SELECT $1, $2, $3, $4, 'app', $5 WHERE NOT EXISTS (
    SELECT FROM (
        SELECT version, granted FROM consents WHERE account_id = $1 AND purpose = $2
        ORDER BY number DESC LIMIT 1) last
    WHERE last.version = $3 AND last.granted = $4)
"""


class PgConsents:
    """What people agreed to; engine.ports.consents.Consents."""

    def __init__(self, postgres: Postgres, vault: Vault) -> None:
        self._postgres = postgres
        self._vault = vault

    async def say(self, account: AccountId, consent: Consent) -> None:
        """Note what somebody says."""
        await self._postgres.run(_say, account, consent, self._vault)

    async def latest(self, account: AccountId) -> Sequence[Consent]:
        """Return what was said last of each purpose."""
        return await self._postgres.once(consents_of, account)

    async def history(self, account: AccountId) -> Sequence[Consent]:
        """Return all that was ever said."""
        return [_consent(row) for row in await self._postgres.once(_read, HISTORY, account)]


async def consents_of(db: Connection, account: AccountId) -> list[Consent]:
    """Return what was said last of each purpose."""
    return [_consent(row) for row in await db.fetch(LATEST, account)]


async def _read(db: Connection, sql: str, account: AccountId) -> list[Record]:
    return await db.fetch(sql, account)


async def _say(db: Connection, account: AccountId, consent: Consent, vault: Vault) -> None:
    # The person's row is locked, so that two sayings at once follow each other.
    await db.execute("SELECT FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE", account)
    said = (consent.purpose.value, consent.version, consent.granted, consent.said_ms)
    await db.execute(SAY, account, *said)
    if consent.purpose is Purpose.LOCATION and not consent.granted:
        await leave_places(db, account, consent.said_ms)
    if consent.purpose is Purpose.SENSITIVE and not consent.granted:
        await end_romantic(db, account, vault)
    if consent.purpose in PUSH_CONSENTS and not consent.granted:
        await drop_tokens(db, account)


def _consent(row: Record) -> Consent:
    return Consent(Purpose(row["purpose"]), row["version"], row["granted"], row["said_at"])
