"""Matches in whose rooms nobody speaks, in memory."""

from __future__ import annotations

import trio

from engine.errors import Conflict, NotFound, PremiumRequired
from engine.ids import AccountId, MatchId
from engine.limits import SILENT_MATCHES_MAX
from engine.model.policy import MatchPolicy
from engine.rooms.events import EventName
from store.memory.like_rows import MatchRow
from store.memory.state import Memory


class MemorySilence:
    """Ends matches without messages; engine.ports.silence.Silence."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def end_due(self, policy: MatchPolicy, *, now_ms: int) -> bool:
        """End some matches that nobody spoke in; say if more wait."""
        await trio.lowlevel.checkpoint()
        before_ms = now_ms - policy.silent_s * 1000
        due = [
            row
            for row in self._memory.matches.values()
            if not row.ended
            and row.visible_at + row.put_off_ms <= before_ms
            and not self._spoken(row)
        ]
        for row in due[:SILENT_MATCHES_MAX]:
            self._memory.end_match(row, now_ms=now_ms)
        return len(due) > SILENT_MATCHES_MAX

    async def put_off(
        self, match: MatchId, account: AccountId, policy: MatchPolicy, *, now_ms: int
    ) -> None:
        """Let an own match wait as long again, once."""
        await trio.lowlevel.checkpoint()
        row = self._memory.matches.get(match)
        if row is None or account not in row.sides or row.visible_at > now_ms:
            raise NotFound
        if row.ended:
            raise Conflict("this match has ended")
        if row.put_off_ms > 0:
            return
        if self._memory.accounts[account].premium_until <= now_ms:
            raise PremiumRequired
        row.put_off_ms = policy.silent_s * 1000

    def _spoken(self, row: MatchRow) -> bool:
        events = self._memory.rooms[row.room].events
        return any(event.name is EventName.MESSAGE for event in events)
