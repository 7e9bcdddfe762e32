"""Meetings: their hours, their codes, and how often anything may be tried."""

from __future__ import annotations

import random

import pytest

from engine.errors import BadRequest, RateLimited, TooSpecific, WindowOver
from engine.model.appearance import Appearance, Feature
from engine.model.meeting import (
    CODE_BYTES,
    CODE_LETTERS,
    HOUR_MS,
    MeetingMode,
    OwnLook,
    add_look,
    check_descriptions,
    check_open,
    check_tries,
    look_at,
    make_meeting,
    read_code,
    refusal_of,
    write_code,
)
from engine.model.meeting_guard import FitBand, Verdict
from engine.model.meeting_policy import MeetingPolicy

POLICY = MeetingPolicy()


def test_a_meeting_has_one_to_twelve_hours() -> None:
    draft = make_meeting(MeetingMode.AUTO, 12, POLICY, now_ms=5)
    assert (draft.starts_at, draft.ends_at) == (5, 5 + 12 * HOUR_MS)
    for hours in (0, 13):
        with pytest.raises(BadRequest):
            make_meeting(MeetingMode.AUTO, hours, POLICY, now_ms=5)


def test_it_is_over_at_its_hour_and_when_it_was_ended() -> None:
    check_open(10, ended=False, now_ms=9)
    for ended, now_ms in ((False, 10), (True, 9)):
        with pytest.raises(WindowOver):
            check_open(10, ended=ended, now_ms=now_ms)


def test_a_code_is_read_however_it_is_typed(rng: random.Random) -> None:
    code = write_code(rng.randbytes(CODE_BYTES))
    assert read_code(f" {code[:4].lower()}-{code[4:]} ") == code
    assert set(code) <= set(CODE_LETTERS)
    assert read_code(code[:-1]) is None
    assert read_code("0" * 8) is None


def test_wrong_codes_run_out_for_an_hour() -> None:
    tries = list(range(POLICY.code_tries_per_hour_max))
    with pytest.raises(RateLimited) as refused:
        check_tries(tries, POLICY, now_ms=100)
    assert refused.value.retry_after_ms == HOUR_MS - 100
    assert check_tries(tries, POLICY, now_ms=HOUR_MS + 3) == tries[4:]


def test_a_look_can_be_given_a_few_times() -> None:
    looks = [OwnLook(Appearance(), str(at), at) for at in range(POLICY.looks_max)]
    assert add_look(looks[:-1], looks[-1], POLICY) == looks
    assert add_look(looks, OwnLook(Appearance(), "3", 9), POLICY) == looks  # said already
    with pytest.raises(RateLimited):
        add_look(looks, OwnLook(Appearance(), "4", 9), POLICY)
    assert look_at(looks, 1) is looks[1]
    assert look_at(looks, -1) is None


def test_descriptions_run_out_for_an_hour() -> None:
    assert check_descriptions([0] * 29, POLICY, now_ms=7) == 0
    with pytest.raises(RateLimited) as refused:
        check_descriptions([0] * 30, POLICY, now_ms=7)
    assert refused.value.retry_after_ms == HOUR_MS - 7
    assert check_descriptions([0] * 30, POLICY, now_ms=HOUR_MS) == 29


def test_a_refusal_names_what_is_rare() -> None:
    assert refusal_of(Verdict(FitBand.FEW)) is None
    refused = refusal_of(Verdict(None, Feature.HAIR))
    assert isinstance(refused, TooSpecific)
    assert refused.feature == "hair"


@pytest.mark.parametrize("wrong", [{"people_min": 2}, {"count_every_s": 59}, {"score_min": 0.0}])
def test_a_policy_that_would_tell_of_somebody_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        MeetingPolicy(**wrong)
