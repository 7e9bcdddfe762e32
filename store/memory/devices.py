"""Devices in memory."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from engine.errors import NotFound
from engine.ids import AccountId, DeviceId
from engine.model.device import SignedIn
from engine.ports.outbox import AT_ONCE_MS, NoticeKind
from store.memory.sign_in_rows import DeviceRow
from store.memory.state import Memory


class MemoryDevices:
    """Devices that are signed in; engine.ports.devices.Devices."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def signed_in(self, account: AccountId) -> Sequence[SignedIn]:
        """List the devices of an account, the newest first."""
        await trio.lowlevel.checkpoint()
        return [
            SignedIn(row.device, row.platform, row.created_at, row.used_at)
            for row in reversed(self._of(account))
        ]

    async def sign_out(self, account: AccountId, device: DeviceId, *, now_ms: int) -> None:
        """End one device of this account."""
        await trio.lowlevel.checkpoint()
        if device not in {row.device for row in self._of(account)}:
            raise NotFound
        revoke(self._memory, device)

    async def sign_out_all(self, account: AccountId, *, now_ms: int) -> None:
        """End every device of the account."""
        await trio.lowlevel.checkpoint()
        for row in self._of(account):
            row.revoked = True
            self._memory.pushes.drop(row.device)
        self._memory.tell(NoticeKind.SIGNED_OUT, {}, due_ms=AT_ONCE_MS, account=account)

    async def ended(self, devices: Sequence[DeviceId]) -> frozenset[DeviceId]:
        """Say which of these may not act any more."""
        await trio.lowlevel.checkpoint()
        return frozenset(device for device in devices if not self._acts(device))

    def _acts(self, device: DeviceId) -> bool:
        row = self._memory.devices.get(device)
        if row is None or row.revoked:
            return False
        account = self._memory.accounts.get(row.account)
        return account is not None and account.state == "active"

    def _of(self, account: AccountId) -> list[DeviceRow]:
        rows = self._memory.devices.values()
        return [row for row in rows if row.account == account and not row.revoked]


def revoke(memory: Memory, device: DeviceId) -> None:
    """End a device and tell its sessions; doing it again changes nothing."""
    row = memory.devices.get(device)
    if row is None or row.revoked:
        return
    row.revoked = True
    memory.pushes.drop(device)
    content: dict[str, object] = {"device": device}
    memory.tell(NoticeKind.SIGNED_OUT, content, due_ms=AT_ONCE_MS, account=row.account)
