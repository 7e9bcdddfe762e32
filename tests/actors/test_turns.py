"""Turns are given by a task, or at once by whoever has handed out a lot of mail."""

from __future__ import annotations

import trio
import trio.testing

from actors.turns import _TURNS_PER_PASS_MAX, Turns


class Noted:
    """An actor with mail that notes its turns, and may get more mail during one."""

    def __init__(self, taken: list[Noted], turns: Turns | None = None) -> None:
        self._taken = taken
        self._turns = turns

    def turn(self) -> None:
        self._taken.append(self)
        if self._turns is not None:
            turns, self._turns = self._turns, None
            turns.add(self)


async def test_what_is_gathered_is_given_at_once_and_in_its_order() -> None:
    turns, taken = Turns(), list[Noted]()
    actors = [Noted(taken) for _ in range(3)]
    turns.gather()
    for actor in actors:
        turns.add(actor)
    assert not taken
    turns.give()
    assert taken == actors
    turns.give()
    assert taken == actors


async def test_mail_during_a_given_turn_is_for_the_task() -> None:
    async with trio.open_nursery() as nursery:
        turns, taken = Turns(), list[Noted]()
        nursery.start_soon(turns.run)
        await trio.testing.wait_all_tasks_blocked()
        actor = Noted(taken, turns)
        turns.gather()
        turns.add(actor)
        turns.give()
        assert taken == [actor]
        await trio.testing.wait_all_tasks_blocked()
        assert taken == [actor, actor]
        nursery.cancel_scope.cancel()


async def test_more_than_a_pass_may_have_is_left_to_the_task() -> None:
    async with trio.open_nursery() as nursery:
        turns, taken = Turns(), list[Noted]()
        nursery.start_soon(turns.run)
        await trio.testing.wait_all_tasks_blocked()
        turns.gather()
        for _ in range(_TURNS_PER_PASS_MAX + 1):
            turns.add(Noted(taken))
        turns.give()
        assert not taken
        await trio.testing.wait_all_tasks_blocked()
        assert len(taken) == _TURNS_PER_PASS_MAX + 1
        nursery.cancel_scope.cancel()
