"""The actor: bounded mail, crashes that lose the state and never the mail, an end that finishes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import trio

from actors.registry import Registry
from actors.replies import NO_REPLY, NoReply, Waiter
from actors.runtime import Actor, Crashed
from actors.turns import Turns
from engine.errors import Busy, NotFound, Outage, Refused, Unavailable
from engine.limits import (
    CRASHES_MAX,
    HANDLER_S_MAX,
    IDLE_S,
    MAIL_BATCH_MAX,
    QUARANTINE_S,
)
from engine.ports.meter import NoMeter
from tests.actors.world import on_test_clock


@dataclass
class Ask:
    """A command of these tests."""

    word: str
    reply: Waiter[str] | NoReply = field(default_factory=Waiter)


class Echo:
    """Answers with how often it was loaded; some words are special."""

    busy = False

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._seen = 0

    async def receive(self, batch: Sequence[Ask]) -> None:
        """Act on words."""
        self._lab.batches.append([one.word for one in batch])
        for one in batch:
            self._seen += 1
            match one.word:
                case "poison":
                    raise RuntimeError("a bug")
                case "sleep":
                    await trio.sleep(3)
                case "stuck":
                    await trio.sleep_forever()
                case "hold":
                    self._lab.actor.hold()
            one.reply.done(f"{one.word} {self._lab.loads} {self._seen}")


class Mode:
    """How mail is handled: by a wake of the actor's own task, or by a turn."""

    turns = False


MODE = Mode()


@pytest.fixture(params=["task", "turns"], autouse=True)
def mode(request: pytest.FixtureRequest) -> None:
    """Run every test of this file both ways."""
    MODE.turns = request.param == "turns"


class Lab:
    """One actor, and switches for its load."""

    def __init__(self, mailbox_max: int = 8) -> None:
        self.loads = 0
        self.batches: list[list[str]] = []
        self.fail: Callable[[], BaseException | None] = lambda: None
        self.turns = Turns() if MODE.turns else None
        self.actor: Actor[Any] = Actor(
            "lab:1", self.load, mailbox_max=mailbox_max, meter=NoMeter(), turns=self.turns
        )

    async def load(self) -> Echo:
        """Load, or fail."""
        await trio.sleep(0.001)
        error = self.fail()
        if error is not None:
            raise error
        self.loads += 1
        return Echo(self)

    def ask(self, *words: str) -> list[Waiter[str]]:
        """Tell words; return who waits for them."""
        asks = [Ask(word) for word in words]
        for one in asks:
            self.actor.tell(one)
        return [one.reply for one in asks if isinstance(one.reply, Waiter)]

    async def hear(self, *words: str) -> list[str]:
        """Tell words and wait; a failure is its type's name."""
        return [await outcome(waiter) for waiter in self.ask(*words)]


async def outcome(waiter: Waiter[str]) -> str:
    """Wait for one answer."""
    try:
        return await waiter.wait(within_s=200)
    except (Unavailable, NotFound) as why:
        return type(why).__name__


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


# --- many -----------------------------------------------------------------------------------


class Zoo:
    """A registry of echoes."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.loads: dict[str, int] = {}
        self.ended: list[str] = []
        self.sick: set[str] = set()
        self.registry: Registry[str, Any] = Registry(
            "zoo",
            self.load,
            nursery=nursery,
            mailbox_max=8,
            meter=NoMeter(),
            ended=self.ended.append,
        )

    async def load(self, key: str, actor: Actor[Any]) -> Echo:
        """Load one, or crash."""
        lab = Lab()
        lab.actor = actor
        self.loads[key] = lab.loads = self.loads.get(key, 0) + 1
        if key in self.sick:
            raise RuntimeError("a bug")
        return Echo(lab)

    async def hear(self, key: str, word: str) -> str:
        """Ask one animal."""
        waiter: Waiter[str] = Waiter()
        self.registry.tell(key, Ask(word, waiter))
        return await outcome(waiter)


@on_test_clock
async def test_the_idle_are_put_away_and_come_back_when_called() -> None:
    async with trio.open_nursery() as nursery:
        zoo = Zoo(nursery)
        assert await zoo.hear("a", "x") == "x 1 1"
        await trio.sleep(IDLE_S - 1)
        zoo.registry.sweep()
        assert len(zoo.registry) == 1
        await trio.sleep(2)
        zoo.registry.sweep()
        assert len(zoo.registry) == 0
        assert await zoo.hear("a", "y") == "y 2 1"
        await zoo.registry.drain()
    assert zoo.ended == ["a"]  # the second took over from the first without an end between


@on_test_clock
async def test_no_message_is_lost_around_putting_away() -> None:
    async with trio.open_nursery() as nursery:
        zoo = Zoo(nursery)
        for n in range(300):
            await zoo.hear("a", "x")
            await trio.sleep(IDLE_S)
            waiters: list[Waiter[str]] = [Waiter() for _ in range(3)]
            for waiter, early in zip(waiters, (n % 2 == 0, False, True), strict=True):
                if early:
                    zoo.registry.tell("a", Ask("x", waiter))
                zoo.registry.sweep()
                if not early:
                    zoo.registry.tell("a", Ask("x", waiter))
                if n % 3 == 0:
                    await trio.lowlevel.checkpoint()
            assert all([(await outcome(one)).startswith("x") for one in waiters])
        await zoo.registry.drain()


@on_test_clock
async def test_the_sick_are_set_aside_for_a_while_and_their_neighbours_live() -> None:
    async with trio.open_nursery() as nursery:
        zoo = Zoo(nursery)
        zoo.sick.add("a")
        while not zoo.registry.quarantined:
            assert await zoo.hear("a", "x") == "Unavailable"
        with pytest.raises(Unavailable):
            zoo.registry.tell("a", Ask("x"))
        assert zoo.registry.quarantined == 1
        assert zoo.ended == ["a"]
        assert await zoo.hear("b", "x") == "x 1 1"
        zoo.sick.clear()
        await trio.sleep(QUARANTINE_S + 1)
        assert (await zoo.hear("a", "x")).endswith(" 1")
        await zoo.registry.drain()


@on_test_clock
async def test_a_drained_registry_starts_nobody() -> None:
    async with trio.open_nursery() as nursery:
        zoo = Zoo(nursery)
        waiter: Waiter[str] = Waiter()
        zoo.registry.tell("a", Ask("sleep", waiter))
        await zoo.registry.drain()
        assert waiter.settled
        with pytest.raises(Unavailable):
            zoo.registry.tell("b", Ask("x"))
    assert len(zoo.registry) == 0
