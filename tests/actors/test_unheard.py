"""What is said to people who are not there becomes a push, and chat knows nothing of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.errors import Unavailable
from engine.ids import DeviceId
from engine.limits_pushes import PUSH_CATCH_UP_S, PUSH_LOOK_S
from engine.model.push import PushKind, PushToken
from engine.model.push_policy import PushPolicy
from engine.ports.pushes import Spoken
from store.memory.push_rows import TokenRow
from store.memory.state import Memory
from tests.actors.world import (
    PEOPLE,
    ROOM,
    World,
    account,
    on_test_clock,
    open_world,
    opened,
    pair,
    settle,
)

LOOK_S = PUSH_LOOK_S + 0.5


def give_tokens(memory: Memory, *names: str) -> None:
    for name in names:
        device = DeviceId(f"phone of {name}")
        memory.pushes.tokens[device] = TokenRow(device, account(name), PushToken(name), 0)


def told(memory: Memory) -> set[str]:
    """Say for whom a push waits."""
    return {device.split()[-1] for device, kind in memory.pushes.waiting}


def listen_to_looks(
    world: World, monkeypatch: pytest.MonkeyPatch, *, fails: int = 0
) -> list[Sequence[Spoken]]:
    """Note what is looked at; the first `fails` looks fail."""
    looks: list[Sequence[Spoken]] = []
    port, look = world.parts.push_looks, world.parts.push_looks.look

    async def noted(rooms: Sequence[Spoken], policy: PushPolicy, *, now_ms: int) -> None:
        looks.append(rooms)
        if len(looks) <= fails:
            raise Unavailable
        await look(rooms, policy, now_ms=now_ms)

    monkeypatch.setattr(port, "look", noted)
    return looks


@on_test_clock
async def test_who_is_not_there_gets_a_push_and_who_has_the_room_open_none() -> None:
    async with open_world() as world:
        give_tokens(world.memory, *PEOPLE)
        fox, _ = opened(world, "fox", "owl")
        await settle()
        fox.send(ROOM, "1")
        await settle(1.0)
        assert not told(world.memory), "not at once: first it is seen who reads"
        await settle(LOOK_S)
        assert told(world.memory) == {"rat"}


@on_test_clock
async def test_who_closes_the_room_before_the_look_gets_one() -> None:
    async with open_world() as world:
        give_tokens(world.memory, *PEOPLE)
        fox, owl = opened(world, "fox", "owl")
        await settle()
        fox.send(ROOM, "1")
        owl.drop()
        await settle(LOOK_S)
        assert told(world.memory) == {"owl", "rat"}


@on_test_clock
async def test_many_messages_are_one_look_and_one_push() -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        async with open_world() as world:
            looks = listen_to_looks(world, monkeypatch)
            give_tokens(world.memory, *PEOPLE)
            (fox,) = opened(world, "fox")
            for number in range(30):
                fox.send(ROOM, str(number))
            await settle(LOOK_S)
            assert [[one.room for one in rooms] for rooms in looks] == [[ROOM]]
            await settle(3 * PUSH_LOOK_S)
            assert len(looks) == 1, "a silent room costs nothing"
            row = world.memory.pushes.waiting[DeviceId("phone of rat"), PushKind.MESSAGE]
            assert row.causes == 1


@on_test_clock
async def test_of_two_who_both_have_it_open_the_store_is_not_asked() -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        async with open_world() as world:
            looks = listen_to_looks(world, monkeypatch)
            room = pair(world)
            clients = [world.client(name) for name in ("fox", "owl")]
            for client in clients:
                client.say("room.open", room=room)
            await settle()
            clients[0].send(room, "1")
            await settle(LOOK_S)
            assert looks == [[]], "that it was looked at is kept all the same"
            clients[1].drop()
            clients[0].send(room, "2")
            await settle(LOOK_S)
            assert [len(rooms) for rooms in looks] == [0, 1]


@on_test_clock
async def test_an_outage_delays_pushes_and_no_message() -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        async with open_world() as world:
            looks = listen_to_looks(world, monkeypatch, fails=2)
            give_tokens(world.memory, "rat")
            (fox,) = opened(world, "fox")
            ref = fox.send(ROOM, "1")
            await settle(LOOK_S + PUSH_LOOK_S)
            assert fox.reply(ref)["ok"]
            assert (len(looks), told(world.memory)) == (2, set())
            await settle(PUSH_LOOK_S)
            assert told(world.memory) == {"rat"}


@on_test_clock
async def test_the_next_process_looks_at_what_one_that_died_had_not() -> None:
    async with open_world() as world:
        memory = world.memory
        give_tokens(memory, *PEOPLE)
        (fox,) = opened(world, "fox")
        fox.send(ROOM, "1")
        await settle(LOOK_S)
        memory.pushes.waiting.clear()
        memory.pushes.waves.clear()
        fox.send(ROOM, "2")
        await settle(0.5)
    assert not told(memory), "it went before the next look"
    async with open_world(memory=memory) as world:
        opened(world, "owl")
        await settle(PUSH_CATCH_UP_S + LOOK_S)
        assert told(memory) == {"rat"}


@on_test_clock
async def test_the_first_process_of_all_has_nothing_to_catch_up_with() -> None:
    async with open_world() as world:
        give_tokens(world.memory, *PEOPLE)
        await settle(PUSH_CATCH_UP_S + LOOK_S)
        assert not told(world.memory)
