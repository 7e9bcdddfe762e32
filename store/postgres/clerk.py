"""Accounts of users of Clerk in PostgreSQL."""

from __future__ import annotations

from engine.errors import ProfileRequired, Refused, Unauthenticated
from engine.ids import AccountId, DeviceId
from engine.limits_outside import (
    CLERK_ENDED_KEPT_S,
    WEBHOOKS_KEPT_S,
)
from engine.model.account import Profile, SignIn
from engine.model.clerk import ClerkChange
from engine.model.policy import SignInPolicy
from engine.ports.accounts import DeviceDraft
from engine.ports.clerk import ClerkKey
from store.connection import Connection
from store.postgres.accounts import ask_deletion, let_back_in, make_account
from store.postgres.devices import add_device, revoke
from store.postgres.pool import Postgres

SOURCE = "clerk"

NOTE = """
INSERT INTO webhook_inbox (source, event_id, received_at) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING RETURNING true
"""

END = "INSERT INTO clerk_ended (digest, ended_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"

# A device that was signed out here stays out, whatever its session at Clerk says.
HAS_ENDED = """
SELECT EXISTS (SELECT FROM clerk_ended WHERE digest IN ($1, $2))
    OR EXISTS (SELECT FROM devices WHERE clerk_session = $2 AND revoked_at IS NOT NULL)
"""

AGAIN = """
UPDATE devices SET used_at = $3, refresh_expires_at = $4
WHERE clerk_session = $1 AND account_id = $2 AND revoked_at IS NULL RETURNING device_id
"""

DEVICES_OF_SESSION = "SELECT device_id FROM devices WHERE clerk_session = $1"

DEVICES_OF_USER = """
SELECT d.device_id FROM devices d JOIN accounts a USING (account_id)
WHERE a.clerk_digest = $1 AND d.clerk_session IS NOT NULL
"""


class PgClerkAccounts:
    """Accounts of users of Clerk; engine.ports.clerk.ClerkAccounts."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres

    async def sign_in(
        self,
        key: ClerkKey,
        profile: Profile | None,
        draft: DeviceDraft,
        policy: SignInPolicy,
        *,
        now_ms: int,
    ) -> SignIn:
        """Sign the session in as a device, again as the same one."""
        answer = await self._postgres.run(_sign_in, key, profile, draft, policy, now_ms)
        if isinstance(answer, Refused):
            raise answer
        return answer

    async def apply(
        self, event_id: str, change: ClerkChange, key: ClerkKey, *, now_ms: int, erases_at_ms: int
    ) -> bool:
        """Do what an event says and note its id, in one transaction."""
        return await self._postgres.run(_apply, event_id, change, key, now_ms, erases_at_ms)

    async def purge(self, *, now_ms: int) -> int:
        """Forget what can come no more."""
        return await self._postgres.run(_purge, now_ms)


async def _lock(db: Connection, key: ClerkKey) -> None:
    """Let signing in and events of one user follow each other: neither may miss the other."""
    number = int.from_bytes(key.user[:8], signed=True)
    await db.execute("SELECT pg_advisory_xact_lock($1)", number)


async def _sign_in(
    db: Connection,
    key: ClerkKey,
    profile: Profile | None,
    draft: DeviceDraft,
    policy: SignInPolicy,
    now_ms: int,
) -> SignIn | Refused:
    await _lock(db, key)
    if await db.fetchval(HAS_ENDED, key.user, key.session):
        return Unauthenticated("this session has ended")
    row = await db.fetchrow(
        """
        SELECT account_id, state, erases_at FROM accounts
        WHERE clerk_digest = $1 FOR NO KEY UPDATE
        """,
        key.user,
    )
    if row is None:
        if profile is None:
            return ProfileRequired()
        account = draft.account
        await make_account(db, account, profile, now_ms, clerk=key.user)
    else:
        account = row["account_id"]
        refusal = await let_back_in(db, row, now_ms)
        if refusal is not None:
            return refusal
    device = await _device(db, account, key, draft, policy, now_ms)
    return SignIn(account, device, new=row is None)


async def _device(
    db: Connection,
    account: AccountId,
    key: ClerkKey,
    draft: DeviceDraft,
    policy: SignInPolicy,
    now_ms: int,
) -> DeviceId:
    until_ms = now_ms + policy.refresh_ttl_s * 1000
    held: DeviceId | None = await db.fetchval(AGAIN, key.session, account, now_ms, until_ms)
    if held is not None:
        return held
    await add_device(db, account, draft, policy, now_ms, clerk_session=key.session)
    return draft.device


async def _apply(
    db: Connection,
    event_id: str,
    change: ClerkChange,
    key: ClerkKey,
    now_ms: int,
    erases_at_ms: int,
) -> bool:
    if not await db.fetchval(NOTE, SOURCE, event_id, now_ms):
        return False
    match change:
        case ClerkChange.NOTHING:
            return True
        case ClerkChange.SESSION_ENDED:
            await _lock(db, key)
            await db.execute(END, key.session, now_ms)
            await _revoke_all(db, DEVICES_OF_SESSION, key.session, now_ms)
        case ClerkChange.USER_SHUT_OUT:
            await _lock(db, key)
            await _revoke_all(db, DEVICES_OF_USER, key.user, now_ms)
        case ClerkChange.USER_DELETED:
            await _lock(db, key)
            await db.execute(END, key.user, now_ms)
            account = await db.fetchval(
                "SELECT account_id FROM accounts WHERE clerk_digest = $1", key.user
            )
            if account is not None:
                await ask_deletion(db, account, now_ms, erases_at_ms)
    return True


async def _revoke_all(db: Connection, which: str, digest: bytes, now_ms: int) -> None:
    for row in await db.fetch(which, digest):
        await revoke(db, row["device_id"], now_ms)


async def _purge(db: Connection, now_ms: int) -> int:
    gone = [
        await db.execute(
            "DELETE FROM webhook_inbox WHERE received_at < $1", now_ms - WEBHOOKS_KEPT_S * 1000
        ),
        await db.execute(
            "DELETE FROM clerk_ended WHERE ended_at < $1", now_ms - CLERK_ENDED_KEPT_S * 1000
        ),
    ]
    return sum(int(done.rpartition(" ")[2]) for done in gone)
