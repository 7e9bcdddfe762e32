"""How often one person may do a thing: a token bucket, exact and without a timer."""

from __future__ import annotations

from engine.errors import RateLimited

# Sums of intervals differ from their product in the last bits; a token is not lost to that.
_ROUNDING_S = 1e-9


class Bucket:
    """Holds `burst` tokens, refilled at `per_second`; time is an argument.

    Source: the generic cell rate algorithm, ITU-T I.371, kept as one theoretical arrival time.
    """

    __slots__ = ("_interval_s", "_next_s", "_slack_s")

    def __init__(self, *, per_second: float, burst: int) -> None:
        self._interval_s = 1 / per_second
        self._slack_s = (burst - 1) / per_second
        self._next_s = float("-inf")

    def take(self, now_s: float) -> float:
        """Take one token; return 0, or the seconds to wait (then nothing was taken)."""
        due = max(self._next_s, now_s)
        early = due - now_s - self._slack_s
        if early > _ROUNDING_S:
            return early
        self._next_s = due + self._interval_s
        return 0.0

    def spend(self, now_s: float) -> None:
        """Take one token, or raise RateLimited that says when to come back."""
        wait_s = self.take(now_s)
        if wait_s > 0:
            raise RateLimited(retry_after_ms=int(wait_s * 1000) + 1)
