"""Calendar days: where a day began, in the time zone of the policy."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def day_start_ms(now_ms: int, timezone: str) -> int:
    """Return the ms at which the calendar day of `now_ms` began."""
    return int(_midnight(now_ms, timezone).timestamp() * 1000)


def day_end_ms(now_ms: int, timezone: str) -> int:
    """Return the ms at which the calendar day after that of `now_ms` begins."""
    # Noon of the next day, whatever an hour more or less a change of clocks makes.
    noon = _midnight(now_ms, timezone) + timedelta(hours=36)
    return day_start_ms(int(noon.timestamp() * 1000), timezone)


def _midnight(now_ms: int, timezone: str) -> datetime:
    local = datetime.fromtimestamp(now_ms / 1000, _zone(timezone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def year_of(now_ms: int, timezone: str) -> int:
    """Return the year that people write there at `now_ms`."""
    return datetime.fromtimestamp(now_ms / 1000, _zone(timezone)).year
