"""Who sends what kills an actor: one sender may not use up the crashes that it is granted."""

from __future__ import annotations

from typing import final

from engine.limits import CRASH_WINDOW_S, KILLS_PER_SENDER_MAX


@final
class Killers:
    """Senders whose commands crashed an actor lately; who did so too often is not heard."""

    def __init__(self) -> None:
        # Bounded: an actor with more than KILLS_MAX is set aside.
        self._kills: list[tuple[float, object]] = []

    def __bool__(self) -> bool:
        return bool(self._kills)

    def note(self, sender: object, now_s: float) -> None:
        """Remember a kill."""
        self._forget(now_s)
        self._kills.append((now_s, sender))

    def recent(self, now_s: float) -> int:
        """Count the kills that are not forgotten."""
        self._forget(now_s)
        return len(self._kills)

    def shut_out(self, sender: object, now_s: float) -> bool:
        """Whether a sender is not heard for a while."""
        self._forget(now_s)
        return sum(killer == sender for _, killer in self._kills) >= KILLS_PER_SENDER_MAX

    def _forget(self, now_s: float) -> None:
        self._kills = [kill for kill in self._kills if now_s - kill[0] <= CRASH_WINDOW_S]
