"""What the memory twin holds of those who wait in pools."""

from __future__ import annotations

from dataclasses import dataclass

from engine.ports.tickets import TicketDraft


@dataclass(slots=True)
class TicketRow:
    """Somebody who waits in a pool, or has waited."""

    draft: TicketDraft
    joined_at: int
    expires_at: int
    state: str = "waiting"  # waiting, left, matched

    def waits(self, *, now_ms: int) -> bool:
        """Say whether it may still be introduced."""
        return self.state == "waiting" and self.expires_at > now_ms
