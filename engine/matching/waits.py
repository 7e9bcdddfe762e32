"""How long people wait here: an estimate that does not forget those who were never matched."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from enum import StrEnum

# What is remembered of one side: enough for a median, little enough to follow the day.
WAITS_REMEMBERED_MAX = 200

# Of fewer matches nobody can say how long the next one takes, nor should a reader learn of them.
MATCHES_MIN = 10

_MEDIAN = 0.5
_MINUTE_MS = 60_000


class WaitBand(StrEnum):
    """How long somebody who joins now may have to wait: half of the people waited no longer."""

    UNKNOWN = "unknown"
    UNDER_ONE = "under_1_min"
    UNDER_FIVE = "1_to_5_min"
    OVER_FIVE = "over_5_min"


class Waits:
    """Waits that have ended, with a match or without one, newest last."""

    def __init__(self) -> None:
        self._ended: deque[tuple[int, bool]] = deque(maxlen=WAITS_REMEMBERED_MAX)

    def add(self, waited_ms: int, *, matched: bool) -> None:
        """A wait has ended."""
        self._ended.append((waited_ms, matched))

    def band(self) -> WaitBand:
        """Say how long one waits."""
        if sum(matched for _, matched in self._ended) < MATCHES_MIN:
            return WaitBand.UNKNOWN
        median_ms = median_wait_ms(self._ended)
        if median_ms is None or median_ms >= 5 * _MINUTE_MS:
            return WaitBand.OVER_FIVE
        return WaitBand.UNDER_ONE if median_ms < _MINUTE_MS else WaitBand.UNDER_FIVE


def median_wait_ms(ended: Iterable[tuple[int, bool]]) -> int | None:
    """Return the wait by which half are matched, None if fewer than half ever are.

    Who left or expired has waited at least so long: Kaplan and Meier, "Nonparametric estimation
    from incomplete observations" (JASA 1958). A median of the matched alone would flatter.
    """
    waits = sorted(ended, key=lambda wait: (wait[0], not wait[1]))
    unmatched = 1.0
    for place, (waited_ms, matched) in enumerate(waits):
        if matched:
            unmatched *= 1 - 1 / (len(waits) - place)
            if unmatched <= _MEDIAN:
                return waited_ms
    return None
