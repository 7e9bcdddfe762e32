"""Accounts of users of Clerk in memory."""

from __future__ import annotations

import trio

from engine.errors import ProfileRequired, Unauthenticated
from engine.ids import DeviceId
from engine.limits_outside import (
    CLERK_ENDED_KEPT_S,
    WEBHOOKS_KEPT_S,
)
from engine.model.account import Profile, SignIn
from engine.model.clerk import ClerkChange
from engine.model.policy import SignInPolicy
from engine.ports.accounts import DeviceDraft
from engine.ports.clerk import ClerkKey
from store.memory.accounts import MemoryAccounts, let_back_in
from store.memory.devices import revoke
from store.memory.state import AccountRow, Memory


class MemoryClerkAccounts:
    """Accounts of users of Clerk; engine.ports.clerk.ClerkAccounts."""

    def __init__(self, memory: Memory, accounts: MemoryAccounts) -> None:
        self._memory = memory
        self._accounts = accounts

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
        await trio.lowlevel.checkpoint()
        self._check_open(key)
        row, new = self._of(key.user), False
        if row is None:
            if profile is None:
                raise ProfileRequired
            row, new = self._make(draft, profile, key, now_ms), True
        let_back_in(row, now_ms)
        return SignIn(row.account, self._device(row, key, draft, policy, now_ms), new)

    async def apply(
        self, event_id: str, change: ClerkChange, key: ClerkKey, *, now_ms: int, erases_at_ms: int
    ) -> bool:
        """Do what an event says and note its id, at once."""
        await trio.lowlevel.checkpoint()
        clerk = self._memory.clerk
        if event_id in clerk.events:
            return False
        clerk.events[event_id] = now_ms
        row = self._of(key.user)
        match change:
            case ClerkChange.SESSION_ENDED:
                clerk.ended.setdefault(key.session, now_ms)
                self._revoke({key.session})
            case ClerkChange.USER_SHUT_OUT if row is not None:
                devices = self._memory.devices.values()
                mine = {one.clerk_session for one in devices if one.account == row.account}
                self._revoke({session for session in mine if session is not None})
            case ClerkChange.USER_DELETED:
                clerk.ended.setdefault(key.user, now_ms)
                if row is not None:
                    self._accounts.stop(row, now_ms=now_ms, erases_at_ms=erases_at_ms)
            case _:
                pass
        return True

    async def purge(self, *, now_ms: int) -> int:
        """Forget what can come no more."""
        await trio.lowlevel.checkpoint()
        clerk = self._memory.clerk
        before = len(clerk.events) + len(clerk.ended)
        _forget(clerk.events, now_ms - WEBHOOKS_KEPT_S * 1000)
        _forget(clerk.ended, now_ms - CLERK_ENDED_KEPT_S * 1000)
        return before - len(clerk.events) - len(clerk.ended)

    def _check_open(self, key: ClerkKey) -> None:
        out = {one.clerk_session for one in self._memory.devices.values() if one.revoked}
        if key.session in out or {key.user, key.session} & self._memory.clerk.ended.keys():
            raise Unauthenticated("this session has ended")

    def _device(
        self,
        row: AccountRow,
        key: ClerkKey,
        draft: DeviceDraft,
        policy: SignInPolicy,
        now_ms: int,
    ) -> DeviceId:
        for held in self._memory.devices.values():
            if (held.clerk_session, held.account) == (key.session, row.account):
                held.used_at = now_ms
                held.expires_at = now_ms + policy.refresh_ttl_s * 1000
                return held.device
        self._accounts.add_device(row.account, draft, policy, now_ms, clerk_session=key.session)
        return draft.device

    def _make(self, draft: DeviceDraft, profile: Profile, key: ClerkKey, now_ms: int) -> AccountRow:
        account, name = draft.account, profile.nickname
        made = AccountRow(account, None, name, profile.birth_year, profile.gender, clerk=key.user)
        made.created_at = now_ms
        self._memory.accounts[account] = made
        return made

    def _of(self, user: bytes) -> AccountRow | None:
        rows = self._memory.accounts.values()
        return next((row for row in rows if user and row.clerk == user), None)

    def _revoke(self, sessions: set[bytes]) -> None:
        for device in list(self._memory.devices.values()):
            if device.clerk_session in sessions:
                revoke(self._memory, device.device)


def _forget(times: dict[bytes, int] | dict[str, int], before_ms: int) -> None:
    for key in [key for key, at in times.items() if at < before_ms]:
        del times[key]  # type: ignore[arg-type]  # a key of this very dictionary
