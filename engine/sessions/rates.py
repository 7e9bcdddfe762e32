"""How often one person may do a thing: a token bucket, exact and without a timer."""

from __future__ import annotations

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
