"""The bucket: exact at its edges, and equal to a naive one that counts tokens."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import RateLimited
from engine.sessions.rates import Bucket, Rate, take


def test_a_burst_passes_and_then_one_in_each_interval() -> None:
    bucket = Bucket(per_second=2, burst=3)
    assert [bucket.take(10.0) for _ in range(3)] == [0, 0, 0]
    assert bucket.take(10.0) == pytest.approx(0.5)
    assert bucket.take(10.25) == pytest.approx(0.25)
    assert bucket.take(10.5) == 0
    assert bucket.take(10.5) > 0


def test_it_is_full_from_the_start_whatever_the_clock_says() -> None:
    for now in (0.0, 1e9):
        bucket = Bucket(per_second=1, burst=2)
        assert [bucket.take(now) for _ in range(2)] == [0, 0]
        assert bucket.take(now) == pytest.approx(1)


def test_it_never_holds_more_than_the_burst() -> None:
    bucket = Bucket(per_second=1, burst=2)
    bucket.take(0.0)
    assert [bucket.take(1_000.0) for _ in range(2)] == [0, 0]
    assert bucket.take(1_000.0) > 0


def test_a_burst_of_one_is_a_metronome() -> None:
    bucket = Bucket(per_second=4, burst=1)
    assert bucket.take(0.0) == 0
    assert bucket.take(0.125) == pytest.approx(0.125)
    assert bucket.take(0.25) == 0


def test_being_refused_costs_nothing() -> None:
    bucket = Bucket(per_second=1, burst=1)
    bucket.take(0.0)
    for _ in range(1_000):
        assert bucket.take(0.5) > 0
    assert bucket.take(1.0) == 0


class Naive:
    """Counts tokens in exact numbers."""

    def __init__(self, per_second: int, burst: int) -> None:
        self.rate, self.burst = per_second, burst
        self.tokens = Fraction(burst)
        self.at = Fraction(0)

    def take(self, now: Fraction) -> Fraction:
        """Take a token, or say how long to wait."""
        self.tokens = min(Fraction(self.burst), self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            return (1 - self.tokens) / self.rate
        self.tokens -= 1
        return Fraction(0)


@given(
    st.integers(1, 64),
    st.integers(1, 20),
    st.lists(st.integers(0, 64), max_size=60),
)
def test_it_agrees_with_a_bucket_that_counts(rate: int, burst: int, steps: list[int]) -> None:
    bucket, naive = Bucket(per_second=rate, burst=burst), Naive(rate, burst)
    now = Fraction(0)
    for step in steps:
        now += Fraction(step, 64)
        assert bucket.take(float(now)) == pytest.approx(float(naive.take(now)), abs=1e-6)


@given(st.integers(1, 50), st.integers(1, 20), st.floats(0.001, 0.2))
def test_whoever_waits_as_told_passes(rate: int, burst: int, pause: float) -> None:
    bucket, now = Bucket(per_second=rate, burst=burst), 0.0
    for _ in range(50):
        wait = bucket.take(now)
        if wait:
            assert bucket.take(now + wait) == 0
            now += wait
        now += pause


@given(st.sampled_from([1, 6, 60, 600]), st.integers(1, 20), st.lists(st.integers(0, 90_000_000)))
def test_the_shared_one_agrees_with_a_bucket_that_counts(
    per_minute: int, burst: int, steps: list[int]
) -> None:
    rate, naive = Rate(per_minute, burst), Naive(1, burst)
    now_us, due_us = 0, 0
    for step in steps:
        now_us += step
        due_us, taken = take(due_us, rate, now_us=now_us)
        wait = naive.take(Fraction(now_us, rate.interval_us))
        assert taken.wait_ms == -(-wait * rate.interval_us // 1000)
        assert taken.left == naive.tokens // 1
        empty = burst - naive.tokens
        assert taken.full_ms == -(-empty * rate.interval_us // 1000)


def test_a_clock_that_was_set_back_keeps_nobody_out() -> None:
    rate = Rate(60, 2)
    due_us, _ = take(0, rate, now_us=3_600_000_000)
    _, taken = take(due_us, rate, now_us=0)
    assert taken.wait_ms == 1_000, "as at an empty bucket, not an hour"
    with pytest.raises(RateLimited) as caught:
        taken.check()
    assert caught.value.retry_after_ms == 1_000


@pytest.mark.parametrize("numbers", [(0, 1), (1, 0), (60_000_001, 1)])
def test_what_is_no_rate_is_refused(numbers: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no rate"):
        Rate(*numbers)
