"""How often one person may do a thing: a token bucket, exact and without a timer.

Source: the generic cell rate algorithm, ITU-T I.371, kept as one theoretical arrival time.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import RateLimited

# Sums of intervals differ from their product in the last bits; a token is not lost to that.
_ROUNDING_S = 1e-9
_MINUTE_US = 60_000_000


class Bucket:
    """Holds `burst` tokens, refilled at `per_second`; time is an argument."""

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


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket that processes share: its numbers are whole, so that all of them agree."""

    per_minute: int
    burst: int

    def __post_init__(self) -> None:
        if not (0 < self.per_minute <= _MINUTE_US and self.burst > 0):
            raise ValueError(f"no rate: {self.per_minute} a minute, {self.burst} at once")

    @property
    def interval_us(self) -> int:
        """How long one token takes to come back."""
        return _MINUTE_US // self.per_minute


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one call at a bucket."""

    limit: int  # tokens of a full bucket
    left: int  # tokens that could be taken at once now
    wait_ms: int  # 0 when the token was taken; else when to come back, and nothing was taken
    full_ms: int  # until the bucket is full again, if nobody comes

    def check(self) -> None:
        """Raise RateLimited unless the token was taken."""
        if self.wait_ms:
            raise RateLimited(retry_after_ms=self.wait_ms)


def take(known_us: int, rate: Rate, *, now_us: int) -> tuple[int, Taken]:
    """Take one token; return the next theoretical arrival time (0: never seen) and what came."""
    # A clock that was set back must not leave anybody outside for longer than an empty bucket does.
    due_us = min(max(known_us, now_us), now_us + rate.burst * rate.interval_us)
    early_us = due_us - now_us - (rate.burst - 1) * rate.interval_us
    if early_us > 0:
        return known_us, Taken(rate.burst, 0, _up_to_ms(early_us), _up_to_ms(due_us - now_us))
    due_us += rate.interval_us
    left = rate.burst - -(-(due_us - now_us) // rate.interval_us)
    return due_us, Taken(rate.burst, left, 0, _up_to_ms(due_us - now_us))


def _up_to_ms(us: int) -> int:
    return -(-us // 1000)
