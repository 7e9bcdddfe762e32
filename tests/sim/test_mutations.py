"""What the simulation sees: each guard taken out breaks a promise within a few small worlds."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.sim.mutation import Edit, Mutation
from tests.sim.mutations import MUTATIONS
from tests.sim.world import SMALL, World, run_world


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)
def test_the_simulation_sees(mutation: Mutation) -> None:
    assert mutation.missed() is None


def test_no_two_mutations_have_one_name() -> None:
    assert [
        name for name, times in Counter(one.name for one in MUTATIONS).items() if times > 1
    ] == []


def test_what_nobody_sees_is_told_and_the_guard_is_put_back() -> None:
    before = World.now_ms
    edit = Edit(World, "now_ms", "self._wall_off_ms", "self._wall_off_ms + 0")
    nothing = Mutation("nothing", "I1", (edit,), worlds=1)
    assert nothing.missed() == "1 worlds broke no 'I1'; else []"
    assert World.now_ms is before
    run_world(SMALL)


def test_a_guard_that_has_moved_is_told() -> None:
    gone = Mutation("gone", "I1", (Edit(World, "now_ms", "no such words", ""),))
    with pytest.raises(LookupError, match="'no such words' stands 0 times in now_ms"):
        gone.missed()
