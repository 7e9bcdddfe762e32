"""The bridge: calls cross between Trio and asyncio, and none of them is lost or left behind."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from engine.errors import Busy, NotFound, Unavailable
from engine.limits import BRIDGE_CALLS_MAX
from store.asyncio_bridge import GRACE_S, open_bridge


async def name_of_thread(number: int) -> tuple[str, int]:
    """Say where a call runs."""
    return threading.current_thread().name, number


async def test_a_call_runs_on_the_loop_and_brings_its_result() -> None:
    async with open_bridge() as bridge:
        assert await bridge.call(name_of_thread, 7) == ("asyncio", 7)
        assert bridge.in_flight == 0
    assert "asyncio" not in {thread.name for thread in threading.enumerate()}


async def test_a_call_raises_what_it_raised() -> None:
    async def refuse() -> None:
        raise NotFound("not here")

    async with open_bridge() as bridge:
        with pytest.raises(NotFound, match="not here"):
            await bridge.call(refuse)


async def test_many_calls_at_once_each_get_their_own_answer() -> None:
    async def later(number: int) -> int:
        await asyncio.sleep(number % 7 / 1000)
        return number

    answers: list[int] = []
    async with open_bridge() as bridge, trio.open_nursery() as nursery:

        async def ask(number: int) -> None:
            assert await bridge.call(later, number) == number
            answers.append(number)

        for number in range(500):
            nursery.start_soon(ask, number)
    assert sorted(answers) == list(range(500))


async def test_the_queue_is_bounded() -> None:
    async with open_bridge() as bridge:
        gate = asyncio.Event()
        async with trio.open_nursery() as nursery:
            for _ in range(BRIDGE_CALLS_MAX):
                nursery.start_soon(bridge.call, gate.wait)
            await wait_all_tasks_blocked()
            assert bridge.in_flight == BRIDGE_CALLS_MAX
            with pytest.raises(Busy):
                await bridge.call(name_of_thread, 0)
            nursery.cancel_scope.cancel()
        assert bridge.in_flight == 0
        assert await bridge.call(name_of_thread, 1) == ("asyncio", 1)


async def test_a_call_that_takes_too_long_is_cut_off() -> None:
    ended: list[str] = []

    async def hang() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("hang")

    async with open_bridge() as bridge:
        with pytest.raises(Unavailable):
            await bridge.call(hang, within_s=0.05)
    assert ended == ["hang"]


async def test_a_call_that_resists_is_cut_off_again() -> None:
    ended: list[str] = []

    async def resist() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(60)
            ended.append("politely")

    async with open_bridge() as bridge:
        began = trio.current_time()
        with pytest.raises(Unavailable):
            await bridge.call(resist, within_s=0.05)
        assert trio.current_time() - began < 0.05 + GRACE_S + 2
    assert ended == []


async def test_a_cancelled_caller_waits_until_its_call_has_ended() -> None:
    ended: list[str] = []
    begun, may_end = threading.Event(), threading.Event()

    async def tidy() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            while not may_end.is_set():
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(0.001)
            ended.append("tidied")

    async with open_bridge() as bridge, trio.open_nursery() as nursery:
        scope, back = trio.CancelScope(), trio.Event()

        async def call() -> None:
            with scope:
                await bridge.call(tidy)
            back.set()

        nursery.start_soon(call)
        await trio.to_thread.run_sync(begun.wait)
        scope.cancel()
        await wait_all_tasks_blocked()
        assert not back.is_set()
        may_end.set()
        await back.wait()
        assert scope.cancelled_caught
        assert ended == ["tidied"]


async def test_a_call_that_ends_while_it_is_cancelled_keeps_its_result() -> None:
    async def finish() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return "committed"
        return "never"

    async with open_bridge() as bridge:
        with trio.move_on_after(0.02) as scope:
            assert await bridge.call(finish) == "committed"
        assert not scope.cancelled_caught


async def test_a_call_cancelled_before_it_began_never_begins() -> None:
    begun: list[str] = []

    async def begin() -> None:
        begun.append("begun")

    async with open_bridge() as bridge:
        with trio.CancelScope() as scope:
            scope.cancel()
            await bridge.call(begin)
        for _ in range(50):
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(bridge.call, asyncio.sleep, 60)
                    await wait_all_tasks_blocked()
                    scope.cancel()
        assert bridge.in_flight == 0
    assert begun == []


async def test_a_closed_bridge_takes_no_call_and_ends_the_rest() -> None:
    async with trio.open_nursery() as nursery:
        async with open_bridge() as bridge:

            async def wait() -> None:
                with pytest.raises(Unavailable):
                    await bridge.call(asyncio.sleep, 60)

            nursery.start_soon(wait)
            await wait_all_tasks_blocked()
        with pytest.raises(Unavailable):
            await bridge.call(name_of_thread, 0)
