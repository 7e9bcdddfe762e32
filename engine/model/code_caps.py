"""Caps of sign-in codes: they are counted in windows of time, and low use of them is noticed."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.policy import SignInPolicy

HOUR_S = 3_600


@dataclass(frozen=True, slots=True)
class Cap:
    """So many in a window of time, counted under a name that names nobody."""

    name: bytes
    window_s: int
    most: int

    def window(self, now_ms: int) -> int:
        """Return the start of the window that is now, in ms."""
        return now_ms - now_ms % (self.window_s * 1000)

    def retry_after_ms(self, now_ms: int) -> int:
        """Say when the next window begins."""
        return self.window(now_ms) + self.window_s * 1000 - now_ms


@dataclass(frozen=True, slots=True)
class Conversion:
    """How many codes were sent in this hour, and how many of them were used."""

    sent: int
    used: int

    def is_suspicious(self, policy: SignInPolicy) -> bool:
        """Say whether somebody has messages sent that nobody reads: that earns a share of them."""
        enough = self.sent >= policy.codes_alarm_min
        return enough and self.used * 100 < self.sent * policy.codes_used_percent_min
