"""The pool of a node, on a clock that jumps: ticks, leaving, restarts, and who may know what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
import trio

from actors.node import open_node
from actors.pool import in_slices
from actors.solving import SolvingHere
from engine import limits
from engine.errors import Unavailable
from engine.ids import AccountId, BlockId
from engine.model.policy import Policy
from engine.ports.blocks import NewBlock
from engine.ports.seeding import SeededUser, SeedPlan
from store.memory.tickets import MemoryTickets
from tests.actors.pool_session import FILE, transcript
from tests.actors.world import Client, World, on_test_clock, open_world

if TYPE_CHECKING:
    from engine.matching.problem import Pairing, Problem
    from engine.matching.slices import Slices

FRIEND = {"intent": "friend"}


class SlowSolving(SolvingHere):
    """A solver beside the loop that takes its time."""

    seconds = 3.0

    async def solve(self, problems: Sequence[Problem]) -> Sequence[Pairing]:
        """Solve, and be late."""
        found = await super().solve(problems)
        await trio.sleep(self.seconds)
        return found


@dataclass
class Circle:
    """People of one group who are connected."""

    world: World
    people: Sequence[SeededUser]
    clients: Sequence[Client]

    def join(self, n: int, cid: str | None = None, **want: object) -> int:
        """Somebody wants to wait."""
        pool, said = self.people[n].group, {**FRIEND, **want}
        return self.clients[n].say("pool.join", pool=pool, me={}, want=said, cid=cid or f"c{n}")

    def ticket(self, n: int, ref: int) -> str:
        """Read the ticket of an answer."""
        reply = self.clients[n].reply(ref)
        assert reply["ok"], reply
        found: str = reply["ticket"]
        return found

    def matches(self, n: int) -> list[dict[str, Any]]:
        """List whom somebody was told of."""
        return [one for one in self.clients[n].events if one["ev"] == "match.new"]


@asynccontextmanager
async def open_circle(people: int = 4, *, policy: Policy | None = None) -> AsyncIterator[Circle]:
    """Run a node with a group of connected people."""
    async with open_world(policy=policy) as world:
        now_ms = world.parts.now_ms()
        users = await world.store.seeding.seed(SeedPlan(people, 1), now_ms=now_ms)
        clients = [Client(world.node, user.account) for user in users]
        yield Circle(world, users, clients)


@on_test_clock
async def test_two_who_wait_are_told_of_each_other_at_the_next_tick() -> None:
    async with open_circle() as circle:
        refs = [circle.join(0), circle.join(1)]
        await trio.sleep(3)
        answer = circle.clients[0].reply(refs[0])
        assert answer["expires_in_s"] == 600
        assert answer["wait_band"] == "unknown"
        (mine,), (theirs,) = circle.matches(0), circle.matches(1)
        assert mine["pool"] == mine["group"] == circle.people[0].group
        assert (mine["match"], mine["room"]) == (theirs["match"], theirs["room"])
        circle.clients[0].say("room.open", room=mine["room"])
        await trio.sleep(1)
        assert circle.clients[0].replies[-1]["ok"]
        await trio.sleep(20)
        assert len(circle.matches(0)) == 1


@on_test_clock
async def test_a_ticket_outlives_its_socket() -> None:
    async with open_circle() as circle:
        circle.join(0)
        await trio.sleep(2)
        circle.clients[0].drop()
        circle.join(1)
        await trio.sleep(3)
        assert len(circle.matches(1)) == 1


@on_test_clock
async def test_after_its_ok_a_ticket_that_left_has_no_match() -> None:
    async with open_circle() as circle:
        ref = circle.join(0)
        await trio.sleep(1.5)
        ticket = circle.ticket(0, ref)
        left = circle.clients[0].say("pool.leave", ticket=ticket)
        circle.join(1)
        await trio.sleep(5)
        assert circle.clients[0].reply(left)["ok"]
        assert circle.matches(0) == circle.matches(1) == []
        again = circle.clients[0].say("pool.leave", ticket=ticket)
        explain = circle.clients[0].say("pool.explain", ticket=ticket)
        await trio.sleep(1)
        assert circle.clients[0].reply(again)["ok"]
        assert circle.clients[0].reply(explain)["code"] == "not_found"


@on_test_clock
async def test_who_leaves_while_a_tick_is_solved_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.pool.POOL_INLINE_TICKETS_MAX", 1)
    async with open_circle() as circle:
        pools = circle.world.node.pools
        slow = SlowSolving()
        pools._parts = replace(pools._parts, solving=slow)  # before the first pool
        refs = [circle.join(0), circle.join(1)]
        await trio.sleep(2.5)  # the tick has begun, its result is on the way
        left = circle.clients[0].say("pool.leave", ticket=circle.ticket(0, refs[0]))
        await trio.sleep(10)
        assert circle.clients[0].reply(left)["ok"]
        assert circle.matches(0) == circle.matches(1) == []
        circle.join(2)
        await trio.sleep(10)
        assert len(circle.matches(1)) == len(circle.matches(2)) == 1


@on_test_clock
async def test_who_left_the_group_meanwhile_meets_nobody() -> None:
    async with open_circle(6) as circle:
        circle.join(0, sides=["male"])
        circle.join(2, sides=["male"])
        await trio.sleep(2)
        user = circle.people[0]
        groups = circle.world.store.groups
        await groups.leave(user.group, user.account, now_ms=circle.world.parts.now_ms())
        circle.join(1)
        await trio.sleep(5)
        assert circle.matches(0) == []
        assert len(circle.matches(1)) == len(circle.matches(2)) == 1


@on_test_clock
async def test_who_blocked_each_other_never_meet_whenever_it_was() -> None:
    async with open_circle() as circle:
        refs = [circle.join(0, sides=["other"]), circle.join(1)]
        await trio.sleep(2)
        one, other = circle.people[0].account, circle.people[1].account
        now_ms = circle.world.parts.now_ms()
        new = NewBlock(other, BlockId("block00000000000"), "nick")
        await circle.world.store.blocks.block(one, new, now_ms=now_ms)
        ticket, wish = circle.ticket(0, refs[0]), FRIEND
        circle.clients[0].say("pool.update", ticket=ticket, want=wish)
        await trio.sleep(30)
        assert circle.matches(0) == circle.matches(1) == []
        circle.join(2)
        await trio.sleep(3)
        assert len(circle.matches(2)) == 1


@on_test_clock
async def test_joining_again_replaces_and_a_retry_does_not() -> None:
    async with open_circle() as circle:
        refs = [circle.join(0, sides=["other"]) for _ in range(2)]
        await trio.sleep(1)
        assert circle.ticket(0, refs[0]) == circle.ticket(0, refs[1])
        again = circle.join(0, "another", sides=["other"])
        await trio.sleep(1)
        assert circle.ticket(0, again) != circle.ticket(0, refs[0])
        conflict = circle.join(0, "another")
        await trio.sleep(1)
        assert circle.clients[0].reply(conflict)["code"] == "cid_conflict"


@on_test_clock
async def test_a_ticket_expires_and_the_pool_sleeps() -> None:
    async with open_circle() as circle:
        circle.join(0)
        await trio.sleep(5)
        assert circle.world.node.pools.waiting == 1
        assert 4 < circle.world.node.pools.oldest_s < 6
        await trio.sleep(600 + limits.IDLE_S + 20)
        assert circle.world.node.pools.waiting == 0
        assert len(circle.world.node.pools.registry) == 0
        circle.join(1)
        await trio.sleep(5)
        assert circle.matches(0) == []


@on_test_clock
async def test_a_restarted_node_takes_over_who_waits() -> None:
    async with open_circle() as circle:
        refs = [circle.join(0, sides=["other"]), circle.join(1)]
        await trio.sleep(2)
        ticket = circle.ticket(0, refs[0])
        world, people = circle.world, circle.people
    async with open_node(world.parts) as node:
        clients = [Client(node, user.account) for user in people]
        clients[0].say("pool.update", ticket=ticket, want=FRIEND)
        await trio.sleep(5)
        assert clients[0].replies[-1]["ok"]
        for client in clients[:2]:
            assert [one["ev"] for one in client.events] == ["match.new"]


@on_test_clock
async def test_two_nodes_share_a_pool_and_introduce_nobody_twice() -> None:
    async with open_circle(8) as circle, open_node(circle.world.parts) as other:
        far = [Client(other, user.account) for user in circle.people]
        for n, user in enumerate(circle.people):
            client = far[n] if n % 2 else circle.clients[n]
            client.say("pool.join", pool=user.group, me={}, want=FRIEND, cid="x")
        await trio.sleep(60)
        matches = circle.world.memory.matches.values()
        met = [account for match in matches for account in match.sides]
        assert len(met) == len(set(met)) == 8


@on_test_clock
async def test_a_store_that_fails_holds_nobody_up_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    failures = 3
    introduce = MemoryTickets.introduce

    async def flaky(self: MemoryTickets, *args: Any, **named: Any) -> Any:  # noqa: ANN401  # whatever the port takes
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise Unavailable
        return await introduce(self, *args, **named)

    monkeypatch.setattr(MemoryTickets, "introduce", flaky)
    async with open_circle() as circle:
        circle.join(0)
        circle.join(1)
        await trio.sleep(30)
        assert len(circle.matches(0)) == len(circle.matches(1)) == 1


@on_test_clock
async def test_answers_are_alike_whoever_waits() -> None:
    """Nothing in the answer to joining, changing or explaining tells whether the fox waits."""

    async def answers(*, fox_waits: bool) -> list[dict[str, Any]]:
        async with open_circle(6) as circle:
            if fox_waits:
                circle.join(0, sides=["other"])
            await trio.sleep(2)
            ref = circle.join(1, sides=["other"])
            await trio.sleep(2)
            ticket = circle.ticket(1, ref)
            circle.clients[1].say("pool.update", ticket=ticket, me={"interests": ["tea"]})
            circle.clients[1].say("pool.explain", ticket=ticket)
            await trio.sleep(2)
            return [{**one, "ticket": None} for one in circle.clients[1].heard]

    assert await answers(fox_waits=True) == await answers(fox_waits=False)


@on_test_clock
async def test_a_stranger_hears_what_nobody_hears() -> None:
    async with open_circle() as circle:
        ref = circle.join(0)
        await trio.sleep(0.5)
        ticket = circle.ticket(0, ref)
        stranger = Client(circle.world.node, AccountId("account of a stranger"))
        group = circle.people[0].group
        refs = [
            stranger.say("pool.join", pool=pool, me={}, want=FRIEND, cid=f"c{n}")
            for n, pool in enumerate((group, "a" * 16, "nothing"))
        ]
        refs += [stranger.say("pool.leave", ticket=one) for one in (ticket, "a" * 16, "nothing")]
        refs += [stranger.say("pool.explain", ticket=one) for one in (ticket, "a" * 16)]
        refs += [stranger.say("pool.update", ticket=one, want=FRIEND) for one in (ticket, "a" * 16)]
        await trio.sleep(1)
        said = [stranger.reply(one) for one in refs]
        assert {one["code"] for one in said} == {"not_found"}
        assert len({one["message"] for one in said[:3]}) == 1
        assert len({one["message"] for one in said[3:]}) == 1


@pytest.mark.parametrize(
    ("me", "want"),
    [
        ({}, {"intent": "hate"}),
        ({}, {"intent": "friend", "ages": {"low": 18, "high": 30}}),
        ({}, {"intent": "friend", "sides": []}),
        ({"features": ["wings"]}, FRIEND),
        ({"side": "male"}, FRIEND),
        ({"age": 30}, FRIEND),
        ({"area": {"x": 32, "y": 0}}, FRIEND),
        ({"interests": [f"w{n}" for n in range(21)]}, FRIEND),
    ],
)
def test_what_may_not_be_said_is_refused(me: object, want: object) -> None:
    @on_test_clock
    async def run() -> None:
        async with open_circle() as circle:
            group = circle.people[0].group
            ref = circle.clients[0].say("pool.join", pool=group, me=me, want=want, cid="c")
            await trio.sleep(1)
            assert circle.clients[0].reply(ref)["code"] == "bad_request"

    run()


@on_test_clock
async def test_ops_of_pools_have_a_rate_of_their_own() -> None:
    async with open_circle(policy=Policy()) as circle:
        refs = [circle.join(0, f"c{n}") for n in range(12)]
        await trio.sleep(1)
        codes = [circle.clients[0].reply(ref).get("code") for ref in refs]
        assert codes == [None] * 10 + ["rate_limited"] * 2


@on_test_clock
async def test_others_come_in_between_the_slices_of_long_work() -> None:
    done: list[str] = []

    def work() -> Slices[int]:
        for _ in range(10):
            done.append("slice")
            yield
        return len(done)

    async def chat() -> None:
        while True:
            done.append("chat")
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(chat)
        assert await in_slices(work()) >= 10
        nursery.cancel_scope.cancel()
    slices = [n for n, one in enumerate(done) if one == "slice"]
    assert done[slices[0] : slices[-1]].count("chat") >= len(slices) - 2


@on_test_clock
async def test_a_session_in_a_pool_is_word_for_word_what_it_was() -> None:
    assert await transcript() == FILE.read_text()
