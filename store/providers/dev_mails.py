"""Mail of the dev environment: shown on the console and kept for a while."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from engine.limits_outside import DEV_OUTBOX_MAX


class DevMails:
    """Sends nothing; engine.ports.mails.Mails."""

    def __init__(self, console: Callable[[str], None], *, now_ms: Callable[[], int]) -> None:
        self._console = console
        self._now_ms = now_ms
        self._sent: deque[Mapping[str, object]] = deque(maxlen=DEV_OUTBOX_MAX)

    async def send(self, mail: str, subject: str, text: str, *, code: str) -> None:
        """Keep the mail, and show its code on the console."""
        at = self._now_ms()
        self._sent.appendleft(
            {"mail": mail, "subject": subject, "text": text, "code": code, "at": at}
        )
        self._console(f"code {code} for {mail}")

    def recent(self, mail: str | None) -> Sequence[Mapping[str, object]]:
        """Return what was sent to the address, or to all, newest first."""
        return [dict(one) for one in self._sent if mail in (None, one["mail"])]
