"""Tokens and settings of pushes in PostgreSQL."""

from __future__ import annotations

from hashlib import sha256

from engine.errors import NotFound
from engine.ids import AccountId, DeviceId
from engine.model.consent import require
from engine.model.push import (
    PUSH_CONSENTS,
    Language,
    PushKind,
    PushSettings,
    PushToken,
    QuietHours,
)
from engine.ports.pushes import PushStanding
from store.connection import Connection, Record
from store.postgres.consents import consents_of
from store.postgres.pool import Postgres
from store.vault import Vault

# The person first, as whoever takes a consent back does; then the device, which ends or does not.
HOLD = "SELECT FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE"
SIGNED_IN = """
SELECT true FROM devices WHERE device_id = $1 AND account_id = $2 AND revoked_at IS NULL
FOR NO KEY UPDATE
"""

# A token is random and long, so its bare hash tells nothing. Of two that bring the same token at
# once the second waits here for the first, and then takes it.
TAKE = "SELECT pg_advisory_xact_lock(hashtextextended(encode($1::bytea, 'hex'), 0))"
LEAVE = "DELETE FROM push_tokens WHERE digest = $1 AND device_id <> $2"
KEEP = """
INSERT INTO push_tokens AS held (device_id, account_id, digest, sealed, registered_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (device_id) DO UPDATE SET
    digest = excluded.digest, sealed = excluded.sealed, registered_at = excluded.registered_at
WHERE held.digest <> excluded.digest
"""

STANDING = """
SELECT s.muted, s.quiet_from, s.quiet_to, s.offset_minutes, s.language,
    EXISTS (SELECT FROM push_tokens t WHERE t.device_id = $2) AS registered
FROM (SELECT) one LEFT JOIN push_settings s ON s.account_id = $1
"""

CHANGE = """
INSERT INTO push_settings (account_id, muted, quiet_from, quiet_to, offset_minutes, language)
SELECT account_id, $2, $3, $4, $5, $6 FROM accounts WHERE account_id = $1
ON CONFLICT (account_id) DO UPDATE SET muted = excluded.muted, quiet_from = excluded.quiet_from,
    quiet_to = excluded.quiet_to, offset_minutes = excluded.offset_minutes,
    language = excluded.language
"""

FORGET = "DELETE FROM push_tokens WHERE device_id = $1"


class PgPushes:
    """Tokens and settings; engine.ports.pushes.Pushes."""

    def __init__(self, postgres: Postgres, vault: Vault) -> None:
        self._postgres = postgres
        self._vault = vault

    async def register(
        self, account: AccountId, device: DeviceId, token: PushToken, *, now_ms: int
    ) -> None:
        """Keep the token of a device, and take it from any other."""
        sealed = self._vault.seal(token.value.encode(), _belongs_to(device))
        await self._postgres.run(_register, account, device, digest_of(token), sealed, now_ms)

    async def forget(self, device: DeviceId) -> None:
        """Keep no token of a device any more."""
        await self._postgres.execute(FORGET, device)

    async def standing(self, account: AccountId, device: DeviceId) -> PushStanding:
        """Return the settings of a person, and whether their device has a token."""
        row = await self._postgres.once(_standing, account, device)
        return PushStanding(settings_from(row), row["registered"])

    async def change(self, account: AccountId, settings: PushSettings) -> None:
        """Keep the settings of a person."""
        quiet = settings.quiet
        await self._postgres.execute(
            CHANGE,
            account,
            sorted(kind.value for kind in settings.muted),
            None if quiet is None else quiet.start,
            None if quiet is None else quiet.end,
            settings.offset_minutes,
            settings.language.value,
        )


def digest_of(token: PushToken) -> bytes:
    """Return what a token is found by."""
    return sha256(token.value.encode()).digest()


def open_token(vault: Vault, device: DeviceId, sealed: bytes) -> PushToken:
    """Return the token of a device."""
    return PushToken(vault.open(sealed, _belongs_to(device)).decode())


def settings_from(row: Record) -> PushSettings:
    """Return the settings of a row; whoever has said nothing has no row."""
    if row["muted"] is None:
        return PushSettings()
    start, end = row["quiet_from"], row["quiet_to"]
    return PushSettings(
        frozenset(PushKind(kind) for kind in row["muted"]),
        None if start is None else QuietHours(start, end),
        row["offset_minutes"],
        Language(row["language"]),
    )


def _belongs_to(device: DeviceId) -> str:
    return f"push|{device}"


async def _standing(db: Connection, account: AccountId, device: DeviceId) -> Record:
    row = await db.fetchrow(STANDING, account, device)
    assert row is not None, "one row, whatever there is"
    return row


async def _register(
    db: Connection,
    account: AccountId,
    device: DeviceId,
    digest: bytes,
    sealed: bytes,
    now_ms: int,
) -> None:
    await db.execute(HOLD, account)
    said = await consents_of(db, account)
    for purpose in PUSH_CONSENTS:
        require(said, purpose)
    if not await db.fetchval(SIGNED_IN, device, account):
        raise NotFound
    await db.execute(TAKE, digest)
    await db.execute(LEAVE, digest, device)
    await db.execute(KEEP, device, account, digest, sealed, now_ms)
