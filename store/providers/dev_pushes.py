"""Pushes where there is no FCM: shown on the dev console, or to nobody."""

from __future__ import annotations

from collections.abc import Callable

import trio

from engine.model.push import PushText, PushToken
from engine.ports.pushes import Fate

# Enough of a token to tell two devices apart.
_SHOWN_CHARS = 8


class DevPushes:
    """Sends nothing; engine.ports.pushes.PushProvider."""

    def __init__(self, console: Callable[[str], None]) -> None:
        self._console = console

    async def send(self, token: PushToken, text: PushText) -> Fate:
        """Show it."""
        await trio.lowlevel.checkpoint()
        self._console(f"push to {token.value[:_SHOWN_CHARS]}…: {text.body}")
        return Fate.SENT


class NoPushes:
    """Takes no push; engine.ports.pushes.PushProvider."""

    async def send(self, token: PushToken, text: PushText) -> Fate:
        """Refuse it, so that nothing waits for a way that there is not."""
        await trio.lowlevel.checkpoint()
        return Fate.REFUSED
