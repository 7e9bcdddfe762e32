"""First answers in memory."""

from __future__ import annotations

import trio

from engine.errors import Busy, IdempotencyConflict
from engine.ports.idempotency import Answer
from store.memory.outbox_rows import AnswerRow
from store.memory.state import Memory

KEPT_MS = 86_400_000
RESERVED_MS = 60_000


class MemoryAnswers:
    """Kept answers; engine.ports.idempotency.Answers."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def begin(
        self, scope: str, key: str, request_digest: bytes, *, now_ms: int
    ) -> Answer | None:
        """Return the kept answer, or None after reserving the key for this request."""
        await trio.lowlevel.checkpoint()
        row = self._memory.answers.get((scope, key))
        if row is not None and now_ms - row.reserved_at < KEPT_MS:
            if row.request_digest != request_digest:
                raise IdempotencyConflict
            if row.answer is not None:
                return row.answer
            if now_ms - row.reserved_at < RESERVED_MS:
                raise Busy("the first request is still running")
        self._memory.answers[scope, key] = AnswerRow(request_digest, now_ms)
        return None

    async def finish(self, scope: str, key: str, answer: Answer) -> None:
        """Keep the answer (24 h from the reservation)."""
        await trio.lowlevel.checkpoint()
        row = self._memory.answers.get((scope, key))
        if row is not None:
            row.answer = answer

    async def forget(self, scope: str, key: str) -> None:
        """Give the reservation back: the request failed in a way that may be repeated."""
        await trio.lowlevel.checkpoint()
        row = self._memory.answers.get((scope, key))
        if row is not None and row.answer is None:
            del self._memory.answers[scope, key]

    async def purge(self, *, now_ms: int) -> int:
        """Drop what is older than 24 h; return how many."""
        await trio.lowlevel.checkpoint()
        old = [
            place
            for place, row in self._memory.answers.items()
            if row.reserved_at < now_ms - KEPT_MS
        ]
        for place in old:
            del self._memory.answers[place]
        return len(old)
