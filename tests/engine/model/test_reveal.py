"""The reveal: one table, and whatever two people do with it shows both or neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Conflict
from engine.ids import Alias
from engine.model.reveal import (
    OUTCOMES,
    Outcome,
    Reveal,
    Revealable,
    RevealAct,
    RevealStep,
    Standing,
    after,
)
from engine.rooms.events import Event
from engine.rooms.reveals import NAMES, reveal_content, reveal_from
from tests.builders import FOX, OWL

SIDES = {
    FOX: Revealable("fox bio", ("tea",), "20-24", "fox@example"),
    OWL: Revealable("owl bio", (), "30-34", "owl@example"),
}

deeds = st.lists(
    st.tuples(st.sampled_from([FOX, OWL]), st.sampled_from(RevealStep), st.sampled_from(RevealAct)),
    max_size=40,
)


def test_the_table_knows_every_case() -> None:
    assert set(OUTCOMES) == set(Standing)
    assert all(set(row) == set(RevealAct) for row in OUTCOMES.values())


@given(deeds)
def test_a_step_is_revealed_only_after_both_wanted_it_and_in_order(
    deeds: list[tuple[Alias, RevealStep, RevealAct]],
) -> None:
    state, wants, done = Reveal(), set[Alias](), list[RevealStep]()
    for me, step, act in deeds:
        try:
            outcome = state.outcome(me, step, act)
        except Conflict:
            continue
        if outcome is Outcome.NOTHING:
            continue
        if outcome is Outcome.OFFERED:
            wants = {me}
        elif outcome is Outcome.WITHDRAWN:
            assert wants == {me}  # nobody withdraws for another
            wants = set()
        else:
            assert outcome is Outcome.REVEALED
            assert wants | {me} == {FOX, OWL}
            done.append(step)
            wants = set()
        state = after(step, outcome, me)
        assert wants == (set() if state.offered_by is None else {state.offered_by})
    assert done == list(RevealStep)[: len(done)]
    assert state.done == len(done)


@given(deeds)
def test_the_newest_event_says_all_of_the_state(
    deeds: list[tuple[Alias, RevealStep, RevealAct]],
) -> None:
    state, newest = Reveal(), None
    for me, step, act in deeds:
        try:
            outcome = state.outcome(me, step, act)
        except Conflict:
            continue
        if outcome is not Outcome.NOTHING:
            state = after(step, outcome, me)
            content = reveal_content(me, "m", step, act, outcome, SIDES)
            newest = Event(1, 1, NAMES[outcome], me, None, content)
            told = outcome is Outcome.REVEALED
            assert ("mine" in content) is ("theirs" in content) is told
            assert told or not any(word in str(content) for word in ("bio", "example", "20-24"))
        assert reveal_from(newest) == state


@pytest.mark.parametrize("act", [RevealAct.OFFER, RevealAct.ACCEPT])
def test_who_has_no_contact_cannot_agree_to_show_it(act: RevealAct) -> None:
    bare = {**SIDES, FOX: Revealable("", (), "20-24", None)}
    outcome = Outcome.OFFERED if act is RevealAct.OFFER else Outcome.REVEALED
    with pytest.raises(Conflict):
        reveal_content(FOX, "m", RevealStep.CONTACT, act, outcome, bare)
    if outcome is Outcome.REVEALED:
        with pytest.raises(Conflict):
            reveal_content(OWL, "m", RevealStep.CONTACT, act, outcome, bare)


def test_each_step_shows_its_own_and_no_more() -> None:
    fox = SIDES[FOX]
    assert fox.shown(RevealStep.PROFILE) == {
        "bio": "fox bio",
        "interests": ["tea"],
        "age_band": "20-24",
    }
    assert fox.shown(RevealStep.PHOTO) == {"photo": None}
    assert fox.shown(RevealStep.CONTACT) == {"contact": "fox@example"}
