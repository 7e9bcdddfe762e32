"""The circuit breaker: when a provider is left alone, and how it is tried again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.limits_outside import PROVIDER_FAILURES_MAX, PROVIDER_REST_S
from engine.model.breaker import Breaker


def failed(times: int, breaker: Breaker | None = None, *, now: float = 0.0) -> Breaker:
    found = breaker or Breaker()
    for _ in range(times):
        found = found.calling(now=now).called(well=False, now=now)
    return found


def test_a_few_failures_change_nothing() -> None:
    assert failed(PROVIDER_FAILURES_MAX - 1).rests_s(now=0.0) == 0.0


def test_many_in_a_row_are_followed_by_a_rest() -> None:
    down = failed(PROVIDER_FAILURES_MAX)
    assert down.rests_s(now=0.0) == PROVIDER_REST_S
    assert down.rests_s(now=PROVIDER_REST_S) == 0.0


def test_a_success_between_them_starts_anew() -> None:
    well = failed(PROVIDER_FAILURES_MAX - 1).called(well=True, now=0.0)
    assert failed(PROVIDER_FAILURES_MAX - 1, well).rests_s(now=0.0) == 0.0


def test_after_the_rest_one_call_is_a_trial() -> None:
    trial = failed(PROVIDER_FAILURES_MAX).calling(now=PROVIDER_REST_S)
    assert trial.rests_s(now=PROVIDER_REST_S) == PROVIDER_REST_S
    assert trial.called(well=True, now=11.0) == Breaker()
    assert trial.called(well=False, now=11.0).rests_s(now=11.0) == PROVIDER_REST_S


def test_a_trial_that_nobody_waits_for_locks_nobody_out() -> None:
    abandoned = failed(PROVIDER_FAILURES_MAX).calling(now=PROVIDER_REST_S)
    assert abandoned.rests_s(now=2 * PROVIDER_REST_S) == 0.0


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 100)), max_size=40))
def test_nobody_waits_longer_than_one_rest(calls: list[tuple[bool, float]]) -> None:
    now, breaker = 0.0, Breaker()
    for well, later in calls:
        now += later
        breaker = breaker.calling(now=now).called(well=well, now=now)
        assert 0.0 <= breaker.rests_s(now=now) <= PROVIDER_REST_S
        assert not (well and breaker.rests_s(now=now))
