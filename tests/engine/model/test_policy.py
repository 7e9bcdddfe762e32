"""The policy: the shipped file is the defaults, and what is wrong is named."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

import engine.model.policy as module
from engine.model.policy import Policy, policy_from


def test_the_shipped_file_holds_every_default() -> None:
    data = tomllib.loads(Path(module.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    assert policy_from(data) == Policy()
    for section in ("sign_in", "groups", "likes", "meetings", "chat", "rest", "pools"):
        assert set(data[section]) == set(type(getattr(Policy(), section)).__dataclass_fields__)


def test_a_file_names_only_what_differs() -> None:
    policy = policy_from({"likes": {"free_per_day": 3, "match_tick_s": 1}})
    assert policy.likes.free_per_day == 3
    assert policy.likes.match_tick_s == 1.0
    assert policy.chat == Policy().chat


def wide(after_s: int, years: int) -> dict[str, int]:
    """Make a step of a schedule."""
    return {"after_s": after_s, "years": years, "cells": 1}


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"colour": 1}, "policy.colour"),
        ({"likes": {"colour": 1}}, "policy.likes.colour"),
        ({"likes": 3}, "policy.likes"),
        ({"likes": {"free_per_day": "1"}}, "policy.likes.free_per_day"),
        ({"likes": {"free_per_day": True}}, "policy.likes.free_per_day"),
        ({"likes": {"free_per_day": 1.5}}, "policy.likes.free_per_day"),
        ({"likes": {"match_tick_s": True}}, "policy.likes.match_tick_s"),
        ({"likes": {"match_tick_s": 0}}, "match_tick_s"),
        ({"chat": {"messages_burst_max": 0}}, "messages_burst_max"),
        ({"chat": {"typing_window_s": -1.0}}, "typing_window_s"),
        ({"sign_in": {"nickname_chars_min": 11}}, "nickname_chars_max"),
        ({"pools": {"tick_s": 0.01}}, "tick_s"),
        ({"pools": {"ages_weight": 0.5}}, "weights"),
        ({"pools": {"premium_lead_s": 61}}, "premium_lead_s"),
        ({"pools": {"explain_people_min": 2}}, "explain_people_min"),
        ({"pools": {"features": ["hat", "hat"]}}, "features"),
        ({"pools": {"features": ["hat", 3]}}, r"policy.pools.features\[1\]"),
        ({"pools": {"widening": []}}, "widening"),
        ({"pools": {"widening": [{"after_s": 0}]}}, r"widening\[0\].years is missing"),
        ({"pools": {"widening": [wide(0, 2), wide(5, 1)]}}, "takes anything back"),
        ({"pools": {"widening": [wide(0, 2), wide(0, 3)]}}, "goes on in time"),
        ({"limited": 1}, "policy.limited"),
        ({"timezone": 9}, "policy.timezone"),
    ],
)
def test_what_is_wrong_is_named(data: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        policy_from(data)
