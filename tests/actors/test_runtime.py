"""The actor: bounded mail, crashes that lose the state and never the mail, an end that finishes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import trio

from actors.replies import NO_REPLY, Waiter
from actors.runtime import Crashed
from engine.errors import Busy, NotFound, Outage, Refused, Unavailable
from engine.limits import (
    CRASHES_MAX,
    HANDLER_S_MAX,
    MAIL_BATCH_MAX,
)
from tests.actors.lab import MODE, Ask, Lab, outcome
from tests.actors.world import on_test_clock


@pytest.fixture(params=["task", "turns"], autouse=True)
def mode(request: pytest.FixtureRequest) -> None:
    """Run every test of this file both ways."""
    MODE.turns = request.param == "turns"


@asynccontextmanager
async def running(lab: Lab) -> AsyncIterator[Lab]:
    """Run the lab's actor, and drain it."""
    async with trio.open_nursery() as turning:
        if lab.turns is not None:
            turning.start_soon(lab.turns.run)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lab.actor.run)
            yield lab
            lab.actor.drain()
        turning.cancel_scope.cancel()


@on_test_clock
async def test_mail_is_handled_in_order_and_in_batches() -> None:
    async with running(Lab()) as lab:
        assert await lab.hear("a", "b", "c") == ["a 1 1", "b 1 2", "c 1 3"]
        assert lab.batches == [["a", "b", "c"]]
        assert await lab.hear("d") == ["d 1 4"]
    many = Lab(mailbox_max=1_000)
    waiters = many.ask(*(str(n) for n in range(MAIL_BATCH_MAX + 1)))
    async with running(many):
        await outcome(waiters[-1])
        assert [len(batch) for batch in many.batches] == [MAIL_BATCH_MAX, 1]


@on_test_clock
async def test_a_full_mailbox_refuses_and_an_ended_one_too() -> None:
    lab = Lab(mailbox_max=2)
    waiters = lab.ask("a", "b")
    with pytest.raises(Busy) as caught:
        lab.ask("c")
    assert caught.value.retry_after_ms
    async with running(lab):
        assert [await outcome(one) for one in waiters] == ["a 1 1", "b 1 2"]
        lab.ask("c", "d")
    with pytest.raises(Unavailable):
        lab.ask("e")


@on_test_clock
async def test_a_crash_loses_the_state_but_not_the_mail_and_the_poison_is_found() -> None:
    async with running(Lab()) as lab:
        said = await lab.hear("a", "poison", "b", "c")
        assert said == ["a 1 1", "Unavailable", "b 3 1", "c 3 2"]
        assert await lab.hear("d") == ["d 3 3"]
        assert lab.batches[0] == ["a", "poison", "b", "c"]
        assert [len(batch) for batch in lab.batches[1:]] == [1] * 4


@on_test_clock
async def test_mail_that_nobody_waits_for_is_dropped_by_a_crash() -> None:
    async with running(Lab()) as lab:
        lab.actor.tell(Ask("poison", NO_REPLY))
        lab.actor.tell(Ask("x", NO_REPLY))
        assert await lab.hear("a") == ["a 2 1"]
        assert sum(batch.count("poison") for batch in lab.batches) == 1


@on_test_clock
async def test_who_crashes_too_often_ends_and_all_its_mail_fails() -> None:
    lab = Lab(mailbox_max=20)
    waiters = lab.ask(*["poison"] * (CRASHES_MAX + 5))
    with pytest.raises(Crashed):
        await lab.actor.run()
    assert {await outcome(one) for one in waiters} == {"Unavailable"}
    with pytest.raises(Unavailable):
        lab.ask("a")


@on_test_clock
async def test_crashes_far_apart_are_forgiven() -> None:
    async with running(Lab()) as lab:
        for _ in range(CRASHES_MAX * 2):
            assert await lab.hear("poison") == ["Unavailable"]
            await trio.sleep(10)
        assert (await lab.hear("a"))[0].startswith("a")


@on_test_clock
async def test_an_outage_while_loading_fails_who_waits_and_is_over_when_it_is_over() -> None:
    async with running(Lab()) as lab:
        lab.fail = Unavailable
        assert await lab.hear("a", "b") == ["Unavailable", "Unavailable"]
        lab.fail = lambda: None
        assert await lab.hear("c") == ["c 1 1"]


@on_test_clock
async def test_where_there_is_nothing_all_hear_it_and_it_ends() -> None:
    lab = Lab()
    lab.fail = NotFound
    waiters = lab.ask("a", "b")
    await lab.actor.run()
    assert [await outcome(one) for one in waiters] == ["NotFound"] * 2


class Eager(Waiter[str]):
    """Tells more as soon as it is refused, as a session that reads on."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self.more: list[Waiter[str]] = []

    def fail(self, why: Refused | Outage) -> None:
        """Hear, and tell more."""
        super().fail(why)
        with suppress(Unavailable):
            self.more += self._lab.ask("more")


@on_test_clock
async def test_what_is_told_while_it_ends_is_refused_and_not_lost() -> None:
    lab = Lab()
    lab.fail = NotFound
    eager = Eager(lab)
    lab.actor.tell(Ask("a", eager))
    with trio.fail_after(60):
        await lab.actor.run()
    assert eager.settled
    assert all(one.settled for one in eager.more)


@on_test_clock
async def test_a_stuck_handler_is_cut_off() -> None:
    async with running(Lab()) as lab:
        began = trio.current_time()
        assert await lab.hear("stuck") == ["Unavailable"]
        assert trio.current_time() - began == pytest.approx(HANDLER_S_MAX, abs=0.01)
        assert await lab.hear("a") == ["a 2 1"]


@on_test_clock
async def test_what_is_held_waits_and_is_not_idle() -> None:
    async with running(Lab()) as lab:
        await lab.hear("hold")
        (waiter,) = lab.ask("a")
        await trio.sleep(100)
        assert not waiter.settled
        assert not lab.actor.quiet
        lab.actor.release()
        assert await outcome(waiter) == "a 1 2"


@on_test_clock
async def test_a_reset_loads_again_without_any_mail() -> None:
    async with running(Lab()) as lab:
        await lab.hear("hold")
        (waiter,) = lab.ask("a")
        lab.actor.reset()
        assert await outcome(waiter) == "a 2 1"
        lab.actor.reset()
        await trio.sleep(1)
        assert lab.loads == 3


@pytest.mark.parametrize("error", [Unavailable, RuntimeError])
@on_test_clock
async def test_a_reset_is_not_forgotten_when_the_load_fails(error: type[Exception]) -> None:
    async with running(Lab()) as lab:
        await lab.hear("a")
        lab.fail = error
        lab.actor.reset()
        await trio.sleep(0.1)
        assert not lab.actor.quiet
        lab.fail = lambda: None
        await trio.sleep(5)
        assert lab.loads == 2


@on_test_clock
async def test_draining_finishes_the_mail() -> None:
    lab = Lab()
    async with running(lab):
        await lab.hear("hold")
        waiters = lab.ask("sleep", "b")
        lab.actor.drain()
        await trio.sleep(1)
        assert not any(one.settled for one in waiters)
        lab.actor.release()
    assert [await outcome(one) for one in waiters] == ["sleep 1 2", "b 1 3"]


@on_test_clock
async def test_cancelling_answers_what_was_not_begun() -> None:
    lab = Lab()
    lab.ask("sleep")
    with trio.move_on_after(1):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lab.actor.run)
            await trio.sleep(0.5)
            (second,) = lab.ask("b")
    assert second.settled  # at once: who waits for nobody's answer would wait to the end
    assert await outcome(second) == "Unavailable"
    assert lab.actor.statistics().mail == 0
