"""Calendar days: where a day began, in the time zone of the policy."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def day_start_ms(now_ms: int, timezone: str) -> int:
    """Return the ms at which the calendar day of `now_ms` began."""
    local = datetime.fromtimestamp(now_ms / 1000, _zone(timezone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return int(midnight.timestamp() * 1000)


def year_of(now_ms: int, timezone: str) -> int:
    """Return the year that people write there at `now_ms`."""
    return datetime.fromtimestamp(now_ms / 1000, _zone(timezone)).year
