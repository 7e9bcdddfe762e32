"""Counts of likers: bands from three on, at fixed moments, of likes that are old enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.like_count import CountBand, count_band, next_release_ms, release_of
from engine.model.policy import LikePolicy

POLICY = LikePolicy()
HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("likers", "members", "band"),
    [
        (0, 100, None),
        (2, 100, None),
        (3, 9, None),
        (3, 10, CountBand.A_FEW),
        (4, 100, CountBand.A_FEW),
        (5, 100, CountBand.SEVERAL),
        (9, 100, CountBand.SEVERAL),
        (10, 100, CountBand.MANY),
        (999, 1_000, CountBand.MANY),
        (999, 9, None),
    ],
)
def test_bands(likers: int, members: int, band: CountBand | None) -> None:
    assert count_band(likers, members, POLICY) is band


def test_a_policy_cannot_show_less_than_three_nor_sooner_than_an_hour() -> None:
    for change in ({"count_likers_min": 2}, {"count_every_s": 3_599}, {"count_delay_s": 3_599}):
        with pytest.raises(ValueError, match="count"):
            LikePolicy(**change)


@given(st.integers(10**12, 2 * 10**12))
def test_a_release_is_at_a_fixed_moment_and_of_likes_an_hour_old(now_ms: int) -> None:
    release = release_of(now_ms, POLICY)
    assert release.at_ms % (6 * HOUR_MS) == 0
    assert release.at_ms <= now_ms < next_release_ms(now_ms, POLICY)
    assert release_of(next_release_ms(now_ms, POLICY) - 1, POLICY) == release
    assert release.at_ms - release.until_ms == HOUR_MS
    assert release.until_ms - release.from_ms == 14 * 24 * HOUR_MS
