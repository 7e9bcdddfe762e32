"""The text messages of a machine without a provider: shown on the console and in the dev outbox."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from engine.limits import DEV_OUTBOX_MAX


class DevTexts:
    """Sends nothing; `show` gets one line for the console, `recent` the newest messages."""

    def __init__(self, show: Callable[[str], None], *, now_ms: Callable[[], int]) -> None:
        self._show = show
        self._now_ms = now_ms
        self._sent: deque[dict[str, object]] = deque(maxlen=DEV_OUTBOX_MAX)

    async def send(self, phone: str, text: str, *, code: str) -> None:
        """Show the code and keep the message."""
        self._show(f"code {code} for {phone}")
        self._sent.appendleft({"phone": phone, "code": code, "text": text, "at": self._now_ms()})

    def recent(self, phone: str | None) -> Sequence[dict[str, object]]:
        """Return what was sent to the number, or to all, newest first."""
        return [one for one in self._sent if phone in (None, one["phone"])]
