"""Devices in PostgreSQL: signed in, their refresh tokens exchanged once each, signed out."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import NotFound
from engine.ids import AccountId, DeviceId
from engine.limits_outside import (
    CLERK_ENDED_KEPT_S,
)
from engine.model.account import SignIn
from engine.model.device import Platform, SignedIn
from engine.model.policy import SignInPolicy
from engine.ports.accounts import DeviceDraft
from engine.ports.outbox import AT_ONCE_MS, NoticeKind
from store.connection import Connection, Record
from store.postgres.outbox import tell
from store.postgres.pool import Postgres

# Signs out what is then above the limit, the oldest first, and forgets what can be forgotten. A
# session at Clerk that was signed out here stays known for as long as it may last there. None of
# the parts sees what another changes.
ADD_DEVICE = """
WITH forgotten AS (
    DELETE FROM devices WHERE account_id = $2 AND revoked_at IS NOT NULL
        AND refresh_expires_at < $5 AND (clerk_session IS NULL OR revoked_at < $9)
), added AS (
    INSERT INTO devices (device_id, account_id, refresh_digest, refresh_expires_at, created_at,
        used_at, platform, clerk_session)
    VALUES ($1, $2, $3, $4, $5, $5, $6, $7)
)
UPDATE devices SET revoked_at = $5 WHERE device_id IN (
    SELECT device_id FROM devices WHERE account_id = $2 AND revoked_at IS NULL
    ORDER BY created_at DESC, device_id OFFSET $8)
RETURNING device_id
"""

SIGNED_IN = """
SELECT device_id, platform, created_at, used_at FROM devices
WHERE account_id = $1 AND revoked_at IS NULL ORDER BY created_at DESC, device_id
"""

ENDED = """
SELECT asked.device_id FROM unnest($1::text[]) AS asked (device_id)
WHERE NOT EXISTS (
    SELECT FROM devices d JOIN accounts a USING (account_id)
    WHERE d.device_id = asked.device_id AND d.revoked_at IS NULL AND a.state = 'active')
"""

REVOKE_ALL = "UPDATE devices SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL"


class PgDevices:
    """Devices that are signed in; engine.ports.devices.Devices."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres

    async def signed_in(self, account: AccountId) -> Sequence[SignedIn]:
        """List the devices of an account, the newest first."""
        return [
            SignedIn(row["device_id"], Platform(row["platform"]), row["created_at"], row["used_at"])
            for row in await self._postgres.once(_signed_in, account)
        ]

    async def sign_out(self, account: AccountId, device: DeviceId, *, now_ms: int) -> None:
        """End one device of this account."""
        if not await self._postgres.run(revoke, device, now_ms, account):
            raise NotFound

    async def sign_out_all(self, account: AccountId, *, now_ms: int) -> None:
        """End every device of the account."""
        await self._postgres.run(revoke_all, account, now_ms)

    async def ended(self, devices: Sequence[DeviceId]) -> frozenset[DeviceId]:
        """Say which of these may not act any more."""
        rows = await self._postgres.once(_ended, list(devices))
        return frozenset(row["device_id"] for row in rows)


async def _signed_in(db: Connection, account: AccountId) -> list[Record]:
    return await db.fetch(SIGNED_IN, account)


async def _ended(db: Connection, devices: list[DeviceId]) -> list[Record]:
    return await db.fetch(ENDED, devices)


async def add_device(
    db: Connection,
    account: AccountId,
    draft: DeviceDraft,
    policy: SignInPolicy,
    now_ms: int,
    *,
    clerk_session: bytes | None = None,
) -> None:
    """Sign a device in, and out what is then one too many."""
    signed_out = await db.fetch(
        ADD_DEVICE,
        draft.device,
        account,
        draft.refresh_digest,
        now_ms + policy.refresh_ttl_s * 1000,
        now_ms,
        draft.platform.value,
        clerk_session,
        policy.devices_max - 1,
        now_ms - CLERK_ENDED_KEPT_S * 1000,
    )
    for row in signed_out:
        await tell_signed_out(db, account, device=row["device_id"])


async def rotate(
    db: Connection, digest: bytes, new_digest: bytes, policy: SignInPolicy, now_ms: int
) -> SignIn | None:
    """Exchange a refresh token; None where it may not be."""
    # Of two exchanges at once the second waits here, then finds the token already used.
    row = await db.fetchrow(
        """
        SELECT d.device_id, d.account_id, d.refresh_expires_at FROM devices d
        JOIN accounts a USING (account_id)
        WHERE d.refresh_digest = $1 AND d.revoked_at IS NULL AND a.state = 'active'
        FOR UPDATE OF d
        """,
        digest,
    )
    if row is None:
        device = await db.fetchval(
            "SELECT device_id FROM used_refresh WHERE refresh_digest = $1", digest
        )
        if device is not None:
            await revoke(db, device, now_ms)
        return None
    if row["refresh_expires_at"] <= now_ms:
        return None
    device = row["device_id"]
    await db.execute(
        "DELETE FROM used_refresh WHERE device_id = $1 AND expires_at <= $2", device, now_ms
    )
    await db.execute(
        "INSERT INTO used_refresh (refresh_digest, device_id, expires_at) VALUES ($1, $2, $3)",
        digest,
        device,
        row["refresh_expires_at"],
    )
    await db.execute(
        """
        UPDATE devices SET refresh_digest = $2, refresh_expires_at = $3, used_at = $4
        WHERE device_id = $1
        """,
        device,
        new_digest,
        now_ms + policy.refresh_ttl_s * 1000,
        now_ms,
    )
    return SignIn(row["account_id"], device, new=False)


async def revoke(
    db: Connection, device: DeviceId, now_ms: int, owner: AccountId | None = None
) -> bool:
    """End a device, of whomever or only if it is the owner's; say whether it was signed in."""
    account = await db.fetchval(
        """
        UPDATE devices SET revoked_at = $2
        WHERE device_id = $1 AND revoked_at IS NULL AND account_id = coalesce($3, account_id)
        RETURNING account_id
        """,
        device,
        now_ms,
        owner,
    )
    if account is not None:
        await tell_signed_out(db, account, device=device)
    return account is not None


async def revoke_all(db: Connection, account: AccountId, now_ms: int) -> None:
    """End every device of an account."""
    await db.execute(REVOKE_ALL, account, now_ms)
    await tell_signed_out(db, account, device=None)


async def tell_signed_out(db: Connection, account: AccountId, *, device: DeviceId | None) -> None:
    """Tell an account's sessions that a device, or all, are signed out."""
    content: dict[str, object] = {} if device is None else {"device": device}
    await tell(db, NoticeKind.SIGNED_OUT, content, due_ms=AT_ONCE_MS, account=account)
