"""Taking back: undo is premium, soon, of the latest; cancel of any; neither of a told match."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Conflict, NotFound, PremiumRequired, Refused, WindowOver
from engine.model.like_undo import LikeState, TakeBack, TakeBackFacts, decide_take_back
from engine.model.policy import LikePolicy

POLICY = LikePolicy(undo_within_s=300)
NOW = 10_000_000
FACTS = TakeBackFacts(LikeState.OPEN, told=False, newest=True, at=NOW - 300_000, premium=True)
MATCHED = replace(FACTS, state=LikeState.MATCHED)


@pytest.mark.parametrize(
    ("facts", "how", "refusal"),
    [
        (replace(FACTS, state=None), TakeBack.UNDO, NotFound),
        (replace(FACTS, state=None), TakeBack.CANCEL, NotFound),
        (replace(MATCHED, told=True), TakeBack.UNDO, Conflict),
        (replace(MATCHED, told=True), TakeBack.CANCEL, Conflict),
        (replace(FACTS, state=LikeState.CANCELLED), TakeBack.UNDO, Conflict),
        (replace(FACTS, premium=False), TakeBack.UNDO, PremiumRequired),
        (replace(FACTS, newest=False), TakeBack.UNDO, Conflict),
        (replace(FACTS, at=NOW - 300_001), TakeBack.UNDO, WindowOver),
    ],
)
def test_refusals(facts: TakeBackFacts, how: TakeBack, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        decide_take_back(facts, how, POLICY, now_ms=NOW)


@pytest.mark.parametrize("facts", [FACTS, MATCHED, replace(FACTS, state=LikeState.ENDED)])
@pytest.mark.parametrize("how", TakeBack)
def test_what_is_open_or_seems_so_is_taken_back_once(facts: TakeBackFacts, how: TakeBack) -> None:
    assert decide_take_back(facts, how, POLICY, now_ms=NOW)
    done = LikeState.UNDONE if how is TakeBack.UNDO else LikeState.CANCELLED
    again = replace(facts, state=done, premium=False, newest=False, at=0)
    assert not decide_take_back(again, how, POLICY, now_ms=NOW)


def test_cancel_needs_neither_premium_nor_haste() -> None:
    old = replace(FACTS, premium=False, newest=False, at=0)
    assert decide_take_back(old, TakeBack.CANCEL, POLICY, now_ms=NOW)
    undone = replace(old, state=LikeState.UNDONE)
    assert not decide_take_back(undone, TakeBack.CANCEL, POLICY, now_ms=NOW)


@given(
    st.builds(
        TakeBackFacts,
        state=st.just(LikeState.OPEN),
        told=st.just(value=False),
        newest=st.booleans(),
        at=st.integers(NOW - 400_000, NOW),
        premium=st.booleans(),
    ),
    st.sampled_from(TakeBack),
)
def test_a_match_that_was_not_told_changes_nothing(facts: TakeBackFacts, how: TakeBack) -> None:
    def said(state: LikeState) -> object:
        try:
            return decide_take_back(replace(facts, state=state), how, POLICY, now_ms=NOW)
        except Refused as why:
            return why.code, str(why)

    assert said(LikeState.MATCHED) == said(LikeState.OPEN)
