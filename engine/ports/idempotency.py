"""Port: the first answer to a repeated POST."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer as it was given the first time."""

    status: int
    body: bytes


class Answers(Protocol):
    """Answers kept by `scope` (an account or an address) and `Idempotency-Key`."""

    async def begin(
        self, scope: str, key: str, request_digest: bytes, *, now_ms: int
    ) -> Answer | None:
        """Return the kept answer, or None after reserving the key for this request.

        Raises IdempotencyConflict for another request under the same key, Busy while the first
        one is still running (a reservation without an answer lapses after a minute).
        """

    async def finish(self, scope: str, key: str, answer: Answer) -> None:
        """Keep the answer (24 h from the reservation)."""

    async def forget(self, scope: str, key: str) -> None:
        """Give the reservation back: the request failed in a way that may be repeated."""

    async def purge(self, *, now_ms: int) -> int:
        """Drop what is older than 24 h; return how many."""
