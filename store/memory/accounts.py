"""Accounts in memory."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

import trio

from engine.errors import Forbidden, ProfileRequired, RateLimited, Unauthenticated
from engine.ids import AccountId, DeviceId
from engine.model.account import Account, Profile, SignIn
from engine.model.code_caps import HOUR_S, Cap, Conversion
from engine.model.policy import SignInPolicy
from engine.ports.accounts import DeviceDraft, PhoneKey
from engine.ports.outbox import AT_ONCE_MS, NoticeKind
from store.bundle import Chance
from store.memory.devices import revoke
from store.memory.sign_in_rows import CodeRow, DeviceRow
from store.memory.state import AccountRow, Memory

HOUR_MS = 3_600_000

SENT, USED = Cap(b"sent", HOUR_S, 0), Cap(b"used", HOUR_S, 0)  # counted, never refused


class MemoryAccounts:
    """Who people are and how they prove it; engine.ports.accounts.Accounts."""

    def __init__(self, memory: Memory, chance: Chance) -> None:
        self._memory = memory
        self._chance = chance

    async def find(self, phone: PhoneKey) -> AccountId | None:
        """Name the account of a number."""
        await trio.lowlevel.checkpoint()
        row = self._of(phone)
        return None if row is None else row.account

    def _of(self, phone: PhoneKey) -> AccountRow | None:
        rows = self._memory.accounts.values()
        return next((one for one in rows if one.phone and one.phone.digest == phone.digest), None)

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
        await trio.lowlevel.checkpoint()
        row = self._memory.codes.setdefault(phone.digest, CodeRow())
        recent = [at for at in row.asked_at if at > now_ms - HOUR_MS]
        if limited and len(recent) >= policy.codes_per_hour_max:
            raise RateLimited(retry_after_ms=min(recent) + HOUR_MS - now_ms)
        counts = self._memory.code_counts
        counts.check(caps, now_ms)
        for cap in caps:
            counts.count(cap, now_ms)
        row.asked_at = [*recent, now_ms][-policy.codes_per_hour_max :]
        row.code_digest, row.tries = code_digest, 0
        row.expires_at = now_ms + policy.code_ttl_s * 1000
        return Conversion(counts.count(SENT, now_ms), counts.read(USED, now_ms))

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
        await trio.lowlevel.checkpoint()
        code = self._check_code(phone, code_digest, policy, now_ms, tries)
        row = self._of(phone)
        if row is None:
            if profile is None:
                raise ProfileRequired
            made = AccountRow(
                draft.account,
                phone,
                profile.nickname,
                profile.birth_year,
                profile.gender,
                created_at=now_ms,
            )
            self._memory.accounts[draft.account] = made
        code.code_digest = None
        self._memory.code_counts.count(USED, now_ms)
        if row is not None:
            let_back_in(row, now_ms)
        account = draft.account if row is None else row.account
        self.add_device(account, draft, policy, now_ms)
        return SignIn(account, draft.device, new=row is None)

    async def rotate(
        self, refresh_digest: bytes, new_digest: bytes, policy: SignInPolicy, *, now_ms: int
    ) -> SignIn:
        """Exchange a refresh token; a used one ends its whole device."""
        await trio.lowlevel.checkpoint()
        for device in self._memory.devices.values():
            if device.refresh_digest != refresh_digest or device.revoked:
                continue
            active = self._memory.accounts[device.account].state == "active"
            if not active or device.expires_at <= now_ms:
                raise Unauthenticated
            self._memory.used_refresh[refresh_digest] = device.device
            device.refresh_digest = new_digest
            device.expires_at = now_ms + policy.refresh_ttl_s * 1000
            device.used_at = now_ms
            return SignIn(device.account, device.device, new=False)
        if refresh_digest in self._memory.used_refresh:
            revoke(self._memory, self._memory.used_refresh[refresh_digest])
        raise Unauthenticated

    async def sign_out(self, device: DeviceId, *, now_ms: int) -> None:
        """End a device; doing it again changes nothing."""
        await trio.lowlevel.checkpoint()
        revoke(self._memory, device)

    async def account_of(self, device: DeviceId, account: AccountId) -> Account:
        """Return the account if this device of it may act now; raises Unauthenticated."""
        await trio.lowlevel.checkpoint()
        held = self._memory.devices.get(device)
        if held is None or held.revoked or held.account != account:
            raise Unauthenticated
        return self._active(account).seen(now_ms=self._chance.now_ms())

    async def change(
        self,
        account: AccountId,
        *,
        nickname: str | None,
        show_read_marks: bool | None,
        contact: str | None = None,
    ) -> Account:
        """Change what is given and return the whole."""
        await trio.lowlevel.checkpoint()
        row = self._active(account)
        if nickname is not None:
            row.nickname = nickname
        if contact is not None:
            row.contact = contact or None
        if show_read_marks is not None and row.show_read_marks is not show_read_marks:
            row.show_read_marks = show_read_marks
            for room in self._memory.rooms.values():
                if room.member_of(account) is not None and not room.closed:
                    now_ms = self._chance.now_ms()
                    self._memory.tell(NoticeKind.ROOM_MEMBERS, {}, due_ms=now_ms, room=room.room)
        return row.seen(now_ms=self._chance.now_ms())

    async def ask_deletion(self, account: AccountId, *, now_ms: int, erases_at_ms: int) -> int:
        """Stop the account and all its devices; return the ms at which it will be erased."""
        await trio.lowlevel.checkpoint()
        row = self._memory.accounts.get(account)
        if row is None:
            raise Unauthenticated
        return self.stop(row, now_ms=now_ms, erases_at_ms=erases_at_ms)

    def stop(self, row: AccountRow, *, now_ms: int, erases_at_ms: int) -> int:
        """Stop an account and its devices; return the ms at which it will be erased."""
        account = row.account
        if row.state == "deleting" and row.erases_at is not None:
            return row.erases_at
        row.erases_at = erases_at_ms
        if row.state == "active":
            row.state = "deleting"
        self._memory.end_everywhere(account, now_ms=now_ms)
        for device in self._memory.devices.values():
            if device.account == account:
                device.revoked = True
                self._memory.pushes.drop(device.device)
        self._memory.tell(NoticeKind.SIGNED_OUT, {}, due_ms=AT_ONCE_MS, account=account)
        return erases_at_ms

    def _active(self, account: AccountId) -> AccountRow:
        row = self._memory.accounts.get(account)
        if row is None or row.state != "active":
            raise Unauthenticated
        return row

    def _check_code(
        self,
        phone: PhoneKey,
        code_digest: bytes,
        policy: SignInPolicy,
        now_ms: int,
        tries: Sequence[Cap],
    ) -> CodeRow:
        counts = self._memory.code_counts
        counts.check(tries, now_ms)
        row = self._memory.codes.get(phone.digest, CodeRow())
        good = hmac.compare_digest(row.code_digest or b"", code_digest)
        if good and row.expires_at > now_ms and row.tries < policy.code_tries_max:
            return row
        for cap in tries:
            counts.count(cap, now_ms)
        row.tries += not good
        raise Unauthenticated

    def add_device(
        self,
        account: AccountId,
        draft: DeviceDraft,
        policy: SignInPolicy,
        now_ms: int,
        *,
        clerk_session: bytes | None = None,
    ) -> None:
        """Sign a device in, and out what is then one too many."""
        expires_at = now_ms + policy.refresh_ttl_s * 1000
        row = DeviceRow(
            draft.device,
            account,
            draft.refresh_digest,
            expires_at,
            created_at=now_ms,
            used_at=now_ms,
            platform=draft.platform,
            clerk_session=clerk_session,
        )
        self._memory.devices[draft.device] = row
        signed_in = [
            one.device
            for one in self._memory.devices.values()
            if one.account == account and not one.revoked
        ]
        for device in signed_in[: -policy.devices_max]:
            revoke(self._memory, device)


def let_back_in(row: AccountRow, now_ms: int) -> None:
    """Take a deletion back if there is one; raises Forbidden."""
    if row.state == "banned":
        raise Forbidden("this account is banned")
    if row.state == "deleting":
        if row.erases_at is not None and row.erases_at <= now_ms:
            raise Forbidden("this account is being erased")
        row.state, row.erases_at = "active", None
