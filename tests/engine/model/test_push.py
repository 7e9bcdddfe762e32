"""Whether a push leaves, and when: kinds, quiet hours, waves, retries."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadRequest
from engine.limits_pushes import (
    PUSH_JITTER_SHARE,
    PUSH_RETRY_FIRST_MS,
    PUSH_RETRY_MOST_MS,
    PUSH_TOKEN_CHARS_MAX,
    PUSH_TRIES_MAX,
)
from engine.model.push import (
    DAY_MINUTES,
    MINUTE_MS,
    PUSH_TEXTS,
    Language,
    PushKind,
    PushSettings,
    PushToken,
    QuietHours,
    Verdict,
    Waiting,
    decide,
    retry_at,
)
from engine.model.push_policy import PushPolicy

POLICY = PushPolicy()
HOUR_MS = 60 * MINUTE_MS
# Noon in Seoul.
NOON_MS = 1_790_000_000_000 // (24 * HOUR_MS) * 24 * HOUR_MS + 3 * HOUR_MS
ALL = frozenset(PushKind)
NIGHT = QuietHours(23 * 60, 7 * 60)
WAITING = Waiting(ALL, NOON_MS)

minutes = st.integers(0, DAY_MINUTES - 1)


def test_all_that_waits_for_a_device_is_told_at_once() -> None:
    assert decide(WAITING, PushSettings(), POLICY, NOON_MS) == Verdict(ALL, NOON_MS)


@pytest.mark.parametrize("kind", PushKind)
def test_each_kind_can_be_switched_off(kind: PushKind) -> None:
    verdict = decide(WAITING, PushSettings(frozenset({kind})), POLICY, NOON_MS)
    assert verdict.wanted == ALL - {kind}


def test_what_was_read_meanwhile_is_not_told() -> None:
    verdict = decide(replace(WAITING, unread=False), PushSettings(), POLICY, NOON_MS)
    assert verdict.wanted == ALL - {PushKind.MESSAGE}


def test_a_suspended_account_is_told_nothing() -> None:
    assert not decide(replace(WAITING, active=False), PushSettings(), POLICY, NOON_MS).wanted


def test_what_is_too_old_is_forgotten() -> None:
    late_ms = NOON_MS + POLICY.kept_s * 1000
    assert decide(WAITING, PushSettings(), POLICY, late_ms - 1).wanted == ALL
    assert not decide(WAITING, PushSettings(), POLICY, late_ms).wanted


def test_two_pushes_to_a_device_are_apart() -> None:
    waiting = replace(WAITING, sent_ms=NOON_MS - 1_000)
    verdict = decide(waiting, PushSettings(), POLICY, NOON_MS)
    assert verdict == Verdict(ALL, NOON_MS - 1_000 + POLICY.apart_s * 1000)
    rested = replace(WAITING, sent_ms=NOON_MS - POLICY.apart_s * 1000)
    assert decide(rested, PushSettings(), POLICY, NOON_MS).until_ms == NOON_MS


@pytest.mark.parametrize(
    ("offset", "now_hour", "held_hours"),
    [
        (540, -3, 0),  # nine in Seoul
        (540, 10.99, 0),  # a minute before eleven in the evening
        (540, 11, 8),
        (540, 15, 4),  # three in the night
        (540, 19, 0),  # seven in the morning
        (-300, 0, 0),  # noon in Seoul is ten in the evening in New York
        (-300, 1, 8),
    ],
)
def test_quiet_hours_are_those_of_the_persons_clock(
    offset: int, now_hour: float, held_hours: int
) -> None:
    settings = PushSettings(quiet=NIGHT, offset_minutes=offset)
    now_ms = NOON_MS + int(now_hour * HOUR_MS)
    verdict = decide(replace(WAITING, since_ms=now_ms), settings, POLICY, now_ms)
    assert verdict == Verdict(ALL, now_ms + held_hours * HOUR_MS)


@given(minutes, minutes, minutes, st.integers(-720, 840))
def test_quiet_hours_always_end(start: int, end: int, now: int, offset: int) -> None:
    if start == end:
        with pytest.raises(BadRequest):
            QuietHours(start, end)
        return
    settings = PushSettings(quiet=QuietHours(start, end), offset_minutes=offset)
    now_ms = NOON_MS + now * MINUTE_MS + 17
    until_ms = settings.quiet_until(now_ms)
    if until_ms is not None:
        assert now_ms < until_ms <= now_ms + 24 * HOUR_MS
        assert settings.quiet_until(until_ms) is None
        assert settings.quiet_until(until_ms - 1) == until_ms


@given(st.integers(1, PUSH_TRIES_MAX + 5), st.floats(0, 1))
def test_retries_are_bounded_in_number_and_in_time(tries: int, jitter: float) -> None:
    at_ms = retry_at(tries, NOON_MS, jitter)
    if tries >= PUSH_TRIES_MAX:
        assert at_ms is None
        return
    assert at_ms is not None
    most_ms = PUSH_RETRY_MOST_MS * (1 + PUSH_JITTER_SHARE)
    assert NOON_MS + PUSH_RETRY_FIRST_MS <= at_ms <= NOON_MS + most_ms


def test_what_failed_together_does_not_come_back_together() -> None:
    assert len({retry_at(3, NOON_MS, n / 10) for n in range(10)}) == 10


@pytest.mark.parametrize("language", Language)
def test_the_words_name_no_kind_and_nobody(language: Language) -> None:
    text = PUSH_TEXTS[language]
    words = f"{text.title} {text.body}".casefold()
    assert not any(kind.value in words for kind in PushKind)
    assert not any(word in words for word in ("매칭", "메시지", "좋아요", "결제", "{", "%"))


@pytest.mark.parametrize("value", ["", "a b", "a\n", "é", "\x7f", "x" * (PUSH_TOKEN_CHARS_MAX + 1)])
def test_what_is_no_token_is_refused(value: str) -> None:
    with pytest.raises(BadRequest):
        PushToken(value)


def test_a_token_is_not_printed() -> None:
    assert "secret" not in repr(PushToken("secret:APA91b"))


@pytest.mark.parametrize("offset", [-721, 841])
def test_no_clock_is_that_far_off(offset: int) -> None:
    with pytest.raises(BadRequest):
        PushSettings(offset_minutes=offset)


@pytest.mark.parametrize("minute", [-1, DAY_MINUTES])
def test_a_day_has_so_many_minutes(minute: int) -> None:
    for hours in ((minute, 5), (5, minute)):
        with pytest.raises(BadRequest):
            QuietHours(*hours)


@pytest.mark.parametrize(
    "numbers", [{"apart_s": 0}, {"wave_s": 59}, {"kept_s": 86_399}, {"ending_s": 0}]
)
def test_a_policy_that_makes_no_sense_is_refused(numbers: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        PushPolicy(**numbers)
