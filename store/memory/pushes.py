"""Tokens and settings of pushes in memory."""

from __future__ import annotations

import trio

from engine.errors import NotFound
from engine.ids import AccountId, DeviceId
from engine.model.consent import require
from engine.model.push import PUSH_CONSENTS, PushSettings, PushToken
from engine.ports.pushes import PushStanding
from store.memory.push_rows import TokenRow
from store.memory.state import Memory


class MemoryPushes:
    """Tokens and settings; engine.ports.pushes.Pushes."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._rows = memory.pushes

    async def register(
        self, account: AccountId, device: DeviceId, token: PushToken, *, now_ms: int
    ) -> None:
        """Keep the token of a device, and take it from any other."""
        await trio.lowlevel.checkpoint()
        last = {one.purpose: one for one in self._memory.consents.get(account, [])}
        for purpose in PUSH_CONSENTS:
            require(last.values(), purpose)
        signed_in = self._memory.devices.get(device)
        if signed_in is None or signed_in.revoked or signed_in.account != account:
            raise NotFound
        for other in [row for row in self._rows.tokens.values() if row.token == token]:
            if other.device != device:
                self._rows.drop(other.device)
        row = self._rows.tokens.get(device)
        if row is None:
            self._rows.tokens[device] = TokenRow(device, account, token, now_ms)
        elif row.token != token:
            row.token, row.registered_at = token, now_ms

    async def forget(self, device: DeviceId) -> None:
        """Keep no token of a device any more."""
        await trio.lowlevel.checkpoint()
        self._rows.drop(device)

    async def standing(self, account: AccountId, device: DeviceId) -> PushStanding:
        """Return the settings of a person, and whether their device has a token."""
        await trio.lowlevel.checkpoint()
        settings = self._rows.settings.get(account, PushSettings())
        return PushStanding(settings, device in self._rows.tokens)

    async def change(self, account: AccountId, settings: PushSettings) -> None:
        """Keep the settings of a person."""
        await trio.lowlevel.checkpoint()
        self._rows.settings[account] = settings
