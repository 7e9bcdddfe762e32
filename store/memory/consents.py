"""Consents in memory."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from engine.ids import AccountId
from engine.model.consent import Consent, Purpose
from engine.model.push import PUSH_CONSENTS
from store.memory.agreeing import end_romantic
from store.memory.leaving import leave_places
from store.memory.state import Memory


class MemoryConsents:
    """What people agreed to; engine.ports.consents.Consents."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def say(self, account: AccountId, consent: Consent) -> None:
        """Note what somebody says."""
        await trio.lowlevel.checkpoint()
        said = self._memory.consents.setdefault(account, [])
        held = next((one for one in reversed(said) if one.purpose is consent.purpose), None)
        if held is None or (held.version, held.granted) != (consent.version, consent.granted):
            said.append(consent)
        if consent.purpose is Purpose.LOCATION and not consent.granted:
            leave_places(self._memory, account, now_ms=consent.said_ms)
        if consent.purpose is Purpose.SENSITIVE and not consent.granted:
            end_romantic(self._memory, account)
        if consent.purpose in PUSH_CONSENTS and not consent.granted:
            self._memory.pushes.drop_all(account)

    async def latest(self, account: AccountId) -> Sequence[Consent]:
        """Return what was said last of each purpose."""
        await trio.lowlevel.checkpoint()
        last = {one.purpose: one for one in self._memory.consents.get(account, [])}
        return [last[purpose] for purpose in sorted(last)]

    async def history(self, account: AccountId) -> Sequence[Consent]:
        """Return all that was ever said."""
        await trio.lowlevel.checkpoint()
        return list(self._memory.consents.get(account, []))
