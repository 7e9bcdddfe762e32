"""Accounts in PostgreSQL: codes, sign-in, changes and deletion."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from engine.errors import Forbidden, ProfileRequired, RateLimited, Refused, Unauthenticated
from engine.ids import AccountId, DeviceId
from engine.model.account import Account, Gender, Profile, SignIn
from engine.model.code_caps import Cap, Conversion
from engine.model.policy import SignInPolicy
from engine.ports.accounts import DeviceDraft, PhoneKey
from engine.ports.outbox import NoticeKind
from store.bundle import Chance
from store.connection import Connection, Record
from store.postgres.code_counts import USED, conversion, count, exhausted, spend
from store.postgres.devices import add_device, revoke, revoke_all, rotate
from store.postgres.ending import end_everywhere
from store.postgres.pool import Postgres
from store.vault import Vault

HOUR_MS = 3_600_000

# Rows of numbers that nobody signs in with any more: each new code takes a few of them along.
PURGED_CODES = 20

ASK_CODE = """
INSERT INTO codes (phone_digest, code_digest, expires_at, tries, asked_at, idle_at)
VALUES ($1, NULL, 0, 0, '{}', $2)
ON CONFLICT (phone_digest) DO UPDATE SET idle_at = excluded.idle_at
RETURNING asked_at
"""

# What is kept is not idle, so it is none of those that go.
KEEP_CODE = """
WITH purged AS (
    DELETE FROM codes WHERE phone_digest IN (
        SELECT phone_digest FROM codes WHERE idle_at < $5 ORDER BY idle_at LIMIT $6
        FOR UPDATE SKIP LOCKED)
)
UPDATE codes SET code_digest = $2, expires_at = $3, tries = 0, asked_at = $4
WHERE phone_digest = $1
"""

ACCOUNT_OF_DEVICE = """
SELECT a.* FROM devices d JOIN accounts a USING (account_id)
WHERE d.device_id = $1 AND d.account_id = $2 AND d.revoked_at IS NULL AND a.state = 'active'
"""

# Rooms that are awake have to hear what a member lets others see from now on.
TELL_ROOMS = """
INSERT INTO outbox (due_at, kind, room_id, content)
SELECT $3, $4, m.room_id, '{}'::jsonb
FROM accounts a JOIN room_members m USING (account_id) JOIN rooms r USING (room_id)
WHERE a.account_id = $1 AND a.show_read_marks <> $2 AND a.state = 'active'
    AND m.left_at IS NULL AND r.closed_at IS NULL
"""

COUNT_OUT = """
UPDATE groups g SET
    females = g.females - (a.gender = 'female')::int * $2,
    males = g.males - (a.gender = 'male')::int * $2,
    others = g.others - (a.gender = 'other')::int * $2
FROM memberships m JOIN accounts a USING (account_id)
WHERE m.account_id = $1 AND m.state = 'active' AND g.group_id = m.group_id
"""


class PgAccounts:
    """Who people are and how they prove it; engine.ports.accounts.Accounts."""

    def __init__(self, postgres: Postgres, vault: Vault, chance: Chance) -> None:
        self._postgres = postgres
        self._vault = vault
        self._chance = chance

    async def find(self, phone: PhoneKey) -> AccountId | None:
        """Name the account of a number."""
        return await self._postgres.once(_find, phone.digest)

    async def open_code(
        self,
        phone: PhoneKey,
        code_digest: bytes,
        policy: SignInPolicy,
        *,
        now_ms: int,
        limited: bool,
        caps: Sequence[Cap] = (),
    ) -> Conversion:
        """Keep a new code for the number, in place of an older one; raises RateLimited."""
        per_hour = policy.codes_per_hour_max if limited else None
        return await self._postgres.run(
            _open_code, phone.digest, code_digest, policy, now_ms, per_hour, caps
        )

    async def sign_in(
        self,
        phone: PhoneKey,
        code_digest: bytes,
        profile: Profile | None,
        draft: DeviceDraft,
        policy: SignInPolicy,
        *,
        now_ms: int,
        tries: Sequence[Cap] = (),
    ) -> SignIn:
        """Use up the code and sign the device in; the account is made the first time."""
        answer = await self._postgres.run(
            _sign_in, phone, code_digest, profile, draft, policy, now_ms, tries
        )
        if isinstance(answer, Refused):
            raise answer
        return answer

    async def rotate(
        self, refresh_digest: bytes, new_digest: bytes, policy: SignInPolicy, *, now_ms: int
    ) -> SignIn:
        """Exchange a refresh token; a used one ends its whole device."""
        found = await self._postgres.run(rotate, refresh_digest, new_digest, policy, now_ms)
        if found is None:
            raise Unauthenticated
        return found

    async def sign_out(self, device: DeviceId, *, now_ms: int) -> None:
        """End a device; doing it again changes nothing."""
        await self._postgres.run(revoke, device, now_ms)

    async def account_of(self, device: DeviceId, account: AccountId) -> Account:
        """Return the account if this device of it may act now; raises Unauthenticated."""
        row = await self._postgres.once(_account_of, device, account)
        if row is None:
            raise Unauthenticated
        return account_from(row, self._vault, now_ms=self._chance.now_ms())

    async def change(
        self,
        account: AccountId,
        *,
        nickname: str | None,
        show_read_marks: bool | None,
        contact: str | None = None,
    ) -> Account:
        """Change what is given and return the whole."""
        now_ms = self._chance.now_ms()
        sealed = None
        if contact is not None:  # empty bytes stand for none
            sealed = self._vault.seal(contact.encode(), _seal_of(account)) if contact else b""
        row = await self._postgres.run(_change, account, nickname, show_read_marks, sealed, now_ms)
        if row is None:
            raise Unauthenticated
        return account_from(row, self._vault, now_ms=self._chance.now_ms())

    async def ask_deletion(self, account: AccountId, *, now_ms: int, erases_at_ms: int) -> int:
        """Stop the account and all its devices; return the ms at which it will be erased."""
        erases_at = await self._postgres.run(ask_deletion, account, now_ms, erases_at_ms)
        if erases_at is None:
            raise Unauthenticated
        return erases_at


def _seal_of(account: AccountId) -> str:
    return f"contact|{account}"


def open_contact(vault: Vault, account: AccountId, sealed: bytes | None) -> str | None:
    """Open how somebody is reached."""
    return None if sealed is None else vault.open(sealed, _seal_of(account)).decode()


def account_from(row: Record, vault: Vault, *, now_ms: int) -> Account:
    """Read an account from its row."""
    return Account(
        account=row["account_id"],
        nickname=row["nickname"],
        birth_year=row["birth_year"],
        gender=Gender(row["gender"]),
        show_read_marks=row["show_read_marks"],
        premium=(row["premium_until"] or 0) > now_ms,
        credits=row["credits"],
        contact=open_contact(vault, row["account_id"], row["contact_sealed"]),
    )


async def _open_code(
    db: Connection,
    digest: bytes,
    code: bytes,
    policy: SignInPolicy,
    now_ms: int,
    per_hour: int | None,
    caps: Sequence[Cap],
) -> Conversion:
    # The upsert locks the row of the number, so two at once are counted one after the other.
    asked: list[int] = await db.fetchval(ASK_CODE, digest, now_ms)
    recent = [at for at in asked if at > now_ms - HOUR_MS]
    if per_hour is not None and len(recent) >= per_hour:
        raise RateLimited(retry_after_ms=min(recent) + HOUR_MS - now_ms)
    recent = [*recent, now_ms][-policy.codes_per_hour_max :]
    expires_at = now_ms + policy.code_ttl_s * 1000
    idle_ms = now_ms - HOUR_MS
    await db.execute(KEEP_CODE, digest, code, expires_at, recent, idle_ms, PURGED_CODES)
    await spend(db, caps, now_ms)
    return await conversion(db, now_ms)


async def _sign_in(
    db: Connection,
    phone: PhoneKey,
    code_digest: bytes,
    profile: Profile | None,
    draft: DeviceDraft,
    policy: SignInPolicy,
    now_ms: int,
    tries: Sequence[Cap],
) -> SignIn | Refused:
    # A refusal is returned, not raised: the try it costs has to be committed.
    refusal = await _check_code(db, phone.digest, code_digest, policy, now_ms, tries)
    if refusal is not None:
        return refusal
    row = await db.fetchrow(
        """
        SELECT account_id, state, erases_at FROM accounts
        WHERE phone_digest = $1 FOR NO KEY UPDATE
        """,
        phone.digest,
    )
    if row is None and profile is None:
        return ProfileRequired()
    await db.execute("UPDATE codes SET code_digest = NULL WHERE phone_digest = $1", phone.digest)
    entered = await _enter(db, row, phone, profile, draft, policy, now_ms)
    # One row for everybody, taken last: in a storm the others wait for a commit and no more.
    await count(db, USED, now_ms)
    return entered


async def _enter(
    db: Connection,
    row: Record | None,
    phone: PhoneKey,
    profile: Profile | None,
    draft: DeviceDraft,
    policy: SignInPolicy,
    now_ms: int,
) -> SignIn | Refused:
    """Sign in the owner of a number whose code was right; without a row, somebody new."""
    if row is None:
        assert profile is not None
        account = draft.account
        await make_account(db, account, profile, now_ms, phone=phone)
    else:
        account = row["account_id"]
        refusal = await let_back_in(db, row, now_ms)
        if refusal is not None:
            return refusal
    await add_device(db, account, draft, policy, now_ms)
    return SignIn(account, draft.device, new=row is None)


async def _check_code(
    db: Connection,
    digest: bytes,
    code_digest: bytes,
    policy: SignInPolicy,
    now_ms: int,
    tries: Sequence[Cap],
) -> Refused | None:
    # The lock makes parallel guesses cost a try each.
    row = await db.fetchrow(
        "SELECT code_digest, expires_at, tries FROM codes WHERE phone_digest = $1 FOR UPDATE",
        digest,
    )
    refusal = await exhausted(db, tries, now_ms)
    if refusal is not None:
        return refusal
    # A number that asked for no code is compared with one too: the time says nothing of it.
    held = (row and row["code_digest"]) or b""
    good = hmac.compare_digest(held, code_digest)
    if good and row and row["expires_at"] > now_ms and row["tries"] < policy.code_tries_max:
        return None
    for cap in tries:
        await count(db, cap, now_ms)
    if not good:
        await db.execute("UPDATE codes SET tries = tries + 1 WHERE phone_digest = $1", digest)
    return Unauthenticated()


async def make_account(
    db: Connection,
    account: AccountId,
    profile: Profile,
    now_ms: int,
    *,
    phone: PhoneKey | None = None,
    clerk: bytes | None = None,
) -> None:
    """Make the account of a number, or of a user of Clerk."""
    await db.execute(
        """
        INSERT INTO accounts
            (account_id, phone_digest, phone_sealed, clerk_digest,
             nickname, birth_year, gender, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        account,
        phone and phone.digest,
        phone and phone.sealed,
        clerk,
        profile.nickname,
        profile.birth_year,
        profile.gender.value,
        now_ms,
    )


async def let_back_in(db: Connection, row: Record, now_ms: int) -> Refused | None:
    """Take a deletion back if there is one; return why its person stays out, if they do."""
    if row["state"] == "banned":
        return Forbidden("this account is banned")
    if row["state"] == "deleting":
        if row["erases_at"] <= now_ms:
            return Forbidden("this account is being erased")
        await _take_back(db, row["account_id"])
    return None


async def _take_back(db: Connection, account: AccountId) -> None:
    await db.execute(
        "UPDATE accounts SET state = 'active', erases_at = NULL WHERE account_id = $1", account
    )
    await db.execute(COUNT_OUT, account, -1)


async def _find(db: Connection, digest: bytes) -> AccountId | None:
    found: AccountId | None = await db.fetchval(
        "SELECT account_id FROM accounts WHERE phone_digest = $1", digest
    )
    return found


async def _account_of(db: Connection, device: DeviceId, account: AccountId) -> Record | None:
    return await db.fetchrow(ACCOUNT_OF_DEVICE, device, account)


async def _change(
    db: Connection,
    account: AccountId,
    nickname: str | None,
    shows: bool | None,  # noqa: FBT001
    contact: bytes | None,
    now_ms: int,
) -> Record | None:
    if shows is not None:
        await db.execute(TELL_ROOMS, account, shows, now_ms, NoticeKind.ROOM_MEMBERS.value)
    return await db.fetchrow(
        """
        UPDATE accounts SET nickname = coalesce($2, nickname),
            show_read_marks = coalesce($3, show_read_marks),
            contact_sealed = nullif(coalesce($4, contact_sealed), ''::bytea)
        WHERE account_id = $1 AND state = 'active' RETURNING *
        """,
        account,
        nickname,
        shows,
        contact,
    )


async def ask_deletion(
    db: Connection, account: AccountId, now_ms: int, erases_at_ms: int
) -> int | None:
    """Stop an account and its devices; return the ms at which it will be erased."""
    row = await db.fetchrow(
        "SELECT state, erases_at FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE", account
    )
    if row is None:
        return None
    if row["state"] == "deleting":
        held: int = row["erases_at"]
        return held
    # A ban outlives the deletion: the state stays, only the erasure is set beside it.
    await db.execute(
        """
        UPDATE accounts SET erases_at = $2,
            state = CASE WHEN state = 'banned' THEN state ELSE 'deleting' END
        WHERE account_id = $1
        """,
        account,
        erases_at_ms,
    )
    if row["state"] == "active":
        await db.execute(COUNT_OUT, account, 1)
    await end_everywhere(db, account, now_ms)
    await revoke_all(db, account, now_ms)
    return erases_at_ms
