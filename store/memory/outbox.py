"""The outbox in memory."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from engine.ports.outbox import Notice
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

    async def confirm(self, numbers: Sequence[int]) -> None:
        """Forget notices that were told."""
        await trio.lowlevel.checkpoint()
        for number in numbers:
            self._memory.outbox.pop(number, None)

    async def next_due_ms(self) -> int | None:
        """When the earliest open notice is due, or None."""
        await trio.lowlevel.checkpoint()
        return min((row.due_at for row in self._memory.outbox.values()), default=None)
