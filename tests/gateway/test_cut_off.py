"""Whoever is cut off, at any step or without a word, leaves nothing behind (rows 2, 23 and 32)."""

from __future__ import annotations

from functools import partial

import trio

from engine.limits import SILENCE_S_MAX
from tests.actors.world import ROOM, on_test_clock, pair, settle
from tests.gateway.quiet_house import Guest, greeted, open_quiet_house
from tests.steps import cut_at


@on_test_clock
async def test_a_handshake_that_is_cancelled_at_any_step_leaves_nothing_behind() -> None:
    step, cuts = 0, 0
    async with open_quiet_house() as house:
        while True:
            step += 1
            guest = house.guest()
            guest.say("hello", token=house.token("fox"))
            if not await cut_at(step, partial(house.welcome, guest)):
                break
            cuts += 1
            await settle()
            if guest.listen():  # it was a session already
                guest.sock.hang_up()
                await settle()
            assert house.is_empty(), f"cut at step {step}"
            assert guest.sock.fileno() == -1
        await settle()
        assert guest.listen()[0]["ok"]
        assert len(house.world.node.people) == 1
    assert cuts >= 4


@on_test_clock
async def test_who_dies_without_a_word_is_a_ghost_for_a_minute_at_most() -> None:
    async with open_quiet_house() as house, trio.open_nursery() as nursery:
        room = pair(house.world)
        fox = house.world.client("fox")
        fox.say("room.open", room=room)
        owl = await greeted(house, nursery, "owl")
        owl.say("room.open", room=room)
        await settle(10)
        owl.say("typing", room=room, on=True)
        await settle(0.1)
        died_s = trio.current_time()
        owl.sock.vanish()
        seen: list[tuple[str, bool | None, float]] = []
        while len(seen) < 4:
            await trio.sleep(0.5)
            assert trio.current_time() - died_s <= SILENCE_S_MAX + 1
            seen += [
                (one["ev"], one.get("online", one.get("on")), trio.current_time() - died_s)
                for one in fox.events[len(seen) :]
            ]
        assert [(what, on) for what, on, _ in seen] == [
            ("presence", True),
            ("typing", True),
            ("typing", False),
            ("presence", False),
        ]
        assert seen[2][2] <= 6
        assert seen[3][2] <= SILENCE_S_MAX
        assert len(house.gateway.hub) == 0
        fox.drop()
        assert house.is_empty()


@on_test_clock
async def test_who_is_slow_to_say_hello_takes_no_place_for_long() -> None:
    async with open_quiet_house() as house, trio.open_nursery() as nursery:
        guests: list[Guest] = [house.guest() for _ in range(5)]
        for guest in guests:
            nursery.start_soon(partial(house.welcome, guest))
        await settle(1)
        assert house.gateway._shaking == 5
        guests[0].sock.vanish()
        await settle(20)
        assert house.is_empty()
        assert ROOM not in house.world.node.rooms._audiences
