"""A node is cut off at any step, a store fails at any call: no promise is lost (row 23)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import trio

from engine.errors import Unavailable
from engine.rooms.events import Event
from store.memory.state import Memory
from tests.actors.world import (
    ROOM,
    Client,
    World,
    on_test_clock,
    open_world,
    opened,
    settle,
)
from tests.steps import cut_at

CIDS = ("a", "b", "c", "d")


class Diary:
    """What was acknowledged to somebody, by cid."""

    def __init__(self) -> None:
        self.acked: dict[str, int] = {}
        self._asked: list[tuple[Client, int, str]] = []

    def send(self, client: Client, cid: str) -> None:
        """Say something, and remember who asked."""
        self._asked.append((client, client.send(ROOM, cid, f"body of {cid}"), cid))

    def read(self) -> None:
        """Take the answers that have come; the same cid never stands in two places."""
        for client, ref, cid in self._asked:
            for reply in client.replies:
                if reply["re"] == ref and reply["ok"]:
                    assert self.acked.setdefault(cid, reply["seq"]) == reply["seq"]


async def talk(memory: Memory, diary: Diary) -> None:
    """Two people say four things; a mark and a reaction go between them."""
    async with open_world(memory=memory) as world:
        fox, owl = opened(world, "fox", "owl")
        try:
            for one, other, cids in ((fox, owl, "ab"), (owl, fox, "cd")):
                diary.send(one, cids[0])
                diary.send(other, cids[1])
                await settle(0.1)
                one.say("read", room=ROOM, seq=1)
                other.say("msg.react", room=ROOM, seq=1, emoji="👍", on=one is fox)
                await settle(0.1)
        finally:
            diary.read()


def _log(memory: Memory) -> list[Event]:
    row = memory.rooms.get(ROOM)
    return row.events if row is not None else []


async def talk_on(world: World, diary: Diary) -> None:
    """Whatever has happened: all that was said can be said again, and stands there once."""
    fox, owl = opened(world, "fox", "owl")
    for _ in range(3):
        for cid in CIDS:
            diary.send(fox if cid in "ad" else owl, cid)
        await settle(5)
    diary.read()
    assert set(diary.acked) == set(CIDS)
    events = world.row(ROOM).events
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    said = [(event.cid, event.seq) for event in events if event.cid is not None]
    assert sorted(said) == sorted(diary.acked.items())
    after = world.client("rat")
    after.say("room.open", room=ROOM, limit=200)
    await settle()
    (found,) = after.replies
    assert [one["seq"] for one in found["events"]] == [event.seq for event in events]


@on_test_clock
async def test_a_node_that_is_cut_off_at_any_step_loses_nothing_acknowledged() -> None:
    step = 0
    tasks = trio.lowlevel.current_statistics().tasks_living
    while True:
        step += 1
        memory, diary = Memory(), Diary()
        if not await cut_at(step, partial(talk, memory, diary), every=True):
            break
        assert trio.lowlevel.current_statistics().tasks_living == tasks, f"cut at step {step}"
        promised = dict(diary.acked)
        stored = {event.cid: event.seq for event in _log(memory)}
        assert promised.items() <= stored.items(), f"cut at step {step}"
        async with open_world(memory=memory) as world:
            await talk_on(world, diary)
        assert promised.items() <= diary.acked.items(), f"cut at step {step}"
    assert step > 30, "there is hardly a step to be cut at"
    assert len(diary.acked) == len(CIDS)


def fails_at(call: int, error: Callable[[], Exception]) -> Callable[[], None]:
    """Make a hook that raises at one of its calls."""
    count = 0

    def hook() -> None:
        nonlocal count
        count += 1
        if count == call:
            raise error()

    return hook


@pytest.mark.parametrize("error", [Unavailable, RuntimeError], ids=["outage", "bug"])
@on_test_clock
async def test_a_store_that_fails_at_any_call_costs_a_retry(error: Callable[[], Exception]) -> None:
    call, struck = 0, True
    while struck:
        call += 1
        async with open_world() as world:
            struck, diary = False, Diary()

            def strike() -> Exception:
                nonlocal struck
                struck = True
                return error()

            hook = fails_at(call, strike)
            world.log.before_append = world.log.after_append = world.log.before_claim = hook
            fox, owl = opened(world, "fox", "owl")
            await settle(0.5)
            for cid in CIDS:
                diary.send(fox if cid in "ad" else owl, cid)
                await settle(0.5)
            await settle(5)
            diary.read()
            heard = fox.seqs
            assert heard == sorted(set(heard)), f"failed at call {call}"
            await talk_on(world, diary)
            assert fox.line.closed is None
            assert world.node.rooms.registry.quarantined == 0
    assert call > 2 * len(CIDS)
