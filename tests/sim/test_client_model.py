"""A client that follows the protocol against the server, under any sequence of what may happen.

A rule writes down a step. When the story is told a world lives it, and must come to rest: every
client holds the whole log without a gap or a double, each message stands once, and nobody loops.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import pytest
import trio
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

import actors.room
from api.gateway.connection import Connection
from tests.sim.clients import Client
from tests.sim.faults import CALM, Steps
from tests.sim.mutation import Edit, Mutation
from tests.sim.mutations import MUTATIONS
from tests.sim.people import Said
from tests.sim.rest import unmatch
from tests.sim.story import heal
from tests.sim.world import Plan, Violation, World, run_world

Step = Callable[[World], Awaitable[None]]

PLAN = Plan(0, people=2, rooms=2, faults=CALM, seconds=0.0)
QUIET_S = 20.0  # less than the pause of two pings: nobody has anything to say

numbers = st.integers(0, 9)
pauses = st.sampled_from([0.0, 0.02, 0.1, 1.0, 8.0, 70.0])


class ClientModel(RuleBasedStateMachine):
    """What clients do, what becomes of their lines, and what the server meets meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.seed = 0
        self.steps: list[tuple[float, Step]] = []

    @initialize(seed=st.integers(0, 1_000))
    def begin(self, seed: int) -> None:
        self.seed = seed

    def teardown(self) -> None:
        run_world(replace(PLAN, seed=self.seed), partial(lived, self.steps))

    # --- what clients do -----------------------------------------------------------------

    @rule(who=numbers, where=numbers, pause=pauses)
    def say(self, who: int, where: int, pause: float) -> None:
        def step(client: Client) -> None:
            rooms = [room for room, view in client.views.items() if view.live and not view.closed]
            if rooms:
                client.say(rooms[where % len(rooms)], f"body {len(client.person.said)}")

        self._client(who, step, pause)

    @rule(who=numbers, which=numbers, pause=pauses)
    def say_again(self, who: int, which: int, pause: float) -> None:
        """The same cid once more."""

        def step(client: Client) -> None:
            if said := _said(client):
                client.repeat(said[which % len(said)])

        self._client(who, step, pause)

    @rule(who=numbers, which=numbers, pause=pauses)
    def twist(self, who: int, which: int, pause: float) -> None:
        """Other words under a cid that was acknowledged."""

        def step(client: Client) -> None:
            if said := [one for one in _said(client) if one.seq]:
                client.twist(said[which % len(said)])

        self._client(who, step, pause)

    @rule(who=numbers, where=numbers, back=numbers, pause=pauses)
    def resume(self, who: int, where: int, back: int, pause: float) -> None:
        """Open a room again as it was held a while ago, or as if nothing was held."""

        def step(client: Client) -> None:
            room = list(client.views)[where % len(client.views)]
            view = client.views[room]
            if view.last is not None and not view.opening:
                view.last = view.last - back if view.last > back else None
            client.open(room)

        self._client(who, step, pause)

    @rule(who=numbers, pause=pauses)
    def retry(self, who: int, pause: float) -> None:
        self._client(who, Client.retry, pause)

    # --- what becomes of their lines -----------------------------------------------------

    @rule(who=numbers, lost=numbers, polite=st.booleans(), pause=pauses)
    def cut(self, who: int, lost: int, pause: float, *, polite: bool) -> None:
        """The line ends, and the last tenths of what was on its way up never arrive."""

        def step(client: Client) -> None:
            sock = client.sock
            assert sock is not None
            sock.lose_tail(sock.unread_up * lost // 9)
            if polite:
                client.hang_up()
            else:
                sock.reset()

        self._client(who, step, pause)

    @rule(who=numbers, pause=pauses)
    def vanish(self, who: int, pause: float) -> None:
        def step(client: Client) -> None:
            assert client.sock is not None
            client.sock.vanish()
            client.hang_up()

        self._client(who, step, pause)

    @rule(who=numbers, late_s=st.sampled_from([0.1, 2.0, 30.0]), pause=pauses)
    def stall(self, who: int, late_s: float, pause: float) -> None:
        """What is said arrives late, maybe behind a new line."""

        def step(client: Client) -> None:
            assert client.sock is not None
            client.sock.stall()
            client.place.agenda.after(late_s, client.sock.arrive)

        self._client(who, step, pause)

    @rule(who=numbers, for_s=st.sampled_from([1.0, 40.0]), pause=pauses)
    def stop_reading(self, who: int, for_s: float, pause: float) -> None:
        def step(client: Client) -> None:
            client.stopped_s = client.place.agenda.now_s + for_s

        self._client(who, step, pause)

    # --- what the server meets -----------------------------------------------------------

    @rule(
        name=st.sampled_from(
            ["store_fails_before", "store_fails_after", "store_bug_after", "crash_within"]
        ),
        chance=st.sampled_from([0.0, 0.3, 1.0]),
    )
    def trouble(self, name: str, chance: float) -> None:
        """From now on this goes wrong, or not any more."""

        async def step(world: World) -> None:
            await trio.lowlevel.checkpoint()
            world.switch.plan = replace(world.switch.plan, **{name: chance})

        self.steps.append((0.0, step))

    @rule(after=st.integers(0, 40), pause=pauses)
    def kill(self, after: int, pause: float) -> None:
        """The process ends, now or in the midst of what it does next."""

        async def step(world: World) -> None:
            if after:
                struck = trio.Event()
                Steps(after, struck.set)
                with trio.move_on_after(5.0):
                    await struck.wait()
            world.kill(world.life)
            await world.start_life()

        self.steps.append((pause, step))

    @rule(pause=pauses)
    def drain(self, pause: float) -> None:
        async def step(world: World) -> None:
            old = world.life
            await world.start_life()
            await world.drain(old)

        self.steps.append((pause, step))

    @rule(pause=pauses)
    def unmatch(self, pause: float) -> None:
        self.steps.append((pause, unmatch))

    def _client(self, who: int, step: Callable[[Client], None], pause: float) -> None:
        async def found(world: World) -> None:
            await trio.lowlevel.checkpoint()
            client = world.clients[who % len(world.clients)]
            if client.sock is not None and client.greeted:
                step(client)

        self.steps.append((pause, found))


def _said(client: Client) -> list[Said]:
    said = [one for box in client.person.lately.values() for one in box]
    return [one for one in said if (view := client.views.get(one.room)) and view.live]


async def lived(steps: list[tuple[float, Step]], world: World) -> None:
    """Live a story, heal, and rest."""
    for client in world.clients:
        client.dial()
    await trio.sleep(1.0)
    for pause_s, step in steps:
        await step(world)
        await trio.sleep(pause_s)
    await heal(world)
    connects = [one.connects for one in world.clients]
    opens = [one.opens for one in world.clients]
    await trio.sleep(QUIET_S)
    await heal(world)
    for client, connected, opened in zip(world.clients, connects, opens, strict=True):
        again = client.connects - connected  # once, where a session is over meanwhile
        if again > 1 or client.opens - opened > again * len(client.views):
            world.fail(f"a loop: nothing happens, and {client.name} does not rest")


# Nobody waits minutes for the words of an explanation, in which each step is varied.
_PHASES = [phase for phase in settings().phases if phase is not Phase.explain]
_STEPS = 30
_EXAMPLES_PER_ROUND = 10


def test_no_story_leads_to_a_loop_a_gap_or_a_double(rounds: int) -> None:
    many = settings(
        max_examples=rounds * _EXAMPLES_PER_ROUND, stateful_step_count=_STEPS, phases=_PHASES
    )
    run_state_machine_as_test(ClientModel, settings=many)


_LOOPS = (
    Mutation(
        "a-page-has-always-more-behind-it",
        "liveness|I5",
        (
            Edit(
                actors.room,
                "open_room",
                "more = bool(events) and events[-1].seq < room.seq",
                "more = True",
            ),
        ),
    ),
    Mutation(
        "a-session-is-over-at-once",
        "a loop",
        (Edit(Connection, "check", "now_s >= self._expires_s", "True"),),
    ),
)
_SEEN = {
    "a-claim-leaves-the-fence": "I4",
    "a-cid-takes-effect-each-time": "I3",
    "a-cid-has-two-bodies": "I3",
    "an-append-is-lost": "I1",
    "it-answers-before-the-commit": "I1",
    "it-shows-before-the-commit": "I1|I5",  # not durable yet, or shown once more when it is
    "resume-skips-one": "I5",
    "resume-repeats-one": "I5",
    "one-listener-is-left-out": "liveness",
    "a-broadcast-goes-out-twice": "I5",
    "answers-in-the-order-of-the-work": "out of its order",
}
_SEEN_HERE = [replace(one, seen=_SEEN[one.name]) for one in MUTATIONS if one.name in _SEEN]


def test_the_mutations_are_all_there() -> None:
    assert {one.name for one in _SEEN_HERE} == set(_SEEN)


@pytest.mark.parametrize("mutation", [*_SEEN_HERE, *_LOOPS], ids=lambda one: one.name)
def test_the_model_sees(mutation: Mutation) -> None:
    found = settings(
        max_examples=100,
        stateful_step_count=_STEPS,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with mutation.applied(), pytest.raises(Violation, match=mutation.seen):
        run_state_machine_as_test(ClientModel, settings=found)
