"""The outbox in memory."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from engine.ports.outbox import Notice
from engine.ports.pushes import PUSHED
from store.memory.state import Memory


class MemoryOutbox:
    """Notices; engine.ports.outbox.Outbox."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def due(self, *, now_ms: int, limit: int) -> Sequence[Notice]:
        """Notices whose time has come and that nobody has confirmed, oldest first."""
        await trio.lowlevel.checkpoint()
        rows = [row for row in self._memory.outbox.values() if row.due_at <= now_ms]
        rows.sort(key=lambda row: (row.due_at, row.notice.number))
        return [row.notice for row in rows[:limit]]

    async def confirm(self, numbers: Sequence[int], *, now_ms: int) -> None:
        """Forget notices that were told; those that are news to somebody become pushes."""
        await trio.lowlevel.checkpoint()
        for number in numbers:
            row = self._memory.outbox.pop(number, None)
            if row is not None and row.notice.kind in PUSHED and row.notice.account is not None:
                kind, who = PUSHED[row.notice.kind], row.notice.account
                self._memory.pushes.note(kind, [who], now_ms=now_ms)

    async def next_due_ms(self) -> int | None:
        """When the earliest open notice is due, or None."""
        await trio.lowlevel.checkpoint()
        return min((row.due_at for row in self._memory.outbox.values()), default=None)
