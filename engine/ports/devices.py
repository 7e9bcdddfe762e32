"""Port: the devices of an account: which there are, and how they end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.ids import AccountId, DeviceId
from engine.model.device import SignedIn


class Devices(Protocol):
    """Devices that are signed in."""

    async def signed_in(self, account: AccountId) -> Sequence[SignedIn]:
        """List the devices of an account, the newest first; `devices_max` at most."""

    async def sign_out(self, account: AccountId, device: DeviceId, *, now_ms: int) -> None:
        """End one device of this account; raises NotFound for any other. Its sessions are told."""

    async def sign_out_all(self, account: AccountId, *, now_ms: int) -> None:
        """End every device of the account; its sessions are told."""

    async def ended(self, devices: Sequence[DeviceId]) -> frozenset[DeviceId]:
        """Say which of these may not act any more: signed out, banned, deleted, never there."""
