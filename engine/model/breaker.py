"""A circuit breaker: a provider that failed often in a row is left alone for a while.

After the rest one call goes out as a trial while the others go on waiting; how it ends decides for
all (Nygard, Release It!, 2007).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.limits_outside import PROVIDER_FAILURES_MAX, PROVIDER_REST_S


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of a provider's health; times are seconds of any steady clock."""

    failures: int = 0  # in a row
    rests_until: float | None = None  # None: it is not left alone

    def rests_s(self, *, now: float) -> float:
        """Say for how long nobody may call; 0.0: now."""
        return 0.0 if self.rests_until is None else max(0.0, self.rests_until - now)

    def calling(self, *, now: float) -> Breaker:
        """Note that a call goes out; after a rest it is a trial, and others wait for its end."""
        if self.rests_until is None:
            return self
        return replace(self, rests_until=now + PROVIDER_REST_S)

    def called(self, *, well: bool, now: float) -> Breaker:
        """Note how a call has ended."""
        if well:
            return Breaker()
        failures = self.failures + 1
        rests = failures >= PROVIDER_FAILURES_MAX
        return Breaker(failures, now + PROVIDER_REST_S if rests else None)
