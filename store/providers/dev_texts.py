"""Text messages of the dev environment: shown on the console and kept for a while."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from engine.limits_outside import (
    DEV_OUTBOX_MAX,
)


class DevTexts:
    """Sends nothing; engine.ports.codes.TextMessages."""

    def __init__(self, console: Callable[[str], None], *, now_ms: Callable[[], int]) -> None:
        self._console = console
        self._now_ms = now_ms
        self._sent: deque[Mapping[str, object]] = deque(maxlen=DEV_OUTBOX_MAX)

    async def send(self, phone: str, text: str, *, code: str) -> None:
        """Keep the message, and show its code on the console."""
        self._sent.appendleft({"phone": phone, "code": code, "text": text, "at": self._now_ms()})
        self._console(f"code {code} for {phone}")

    def recent(self, phone: str | None) -> Sequence[Mapping[str, object]]:
        """Return what was sent to the number, or to all, newest first."""
        return [dict(one) for one in self._sent if phone in (None, one["phone"])]
