"""Contract of kept answers: the same question gets the first answer for a day."""

from __future__ import annotations

import pytest
import trio

from engine.errors import Busy, IdempotencyConflict
from engine.ports.idempotency import Answer
from tests.store.world import DAY_MS, World

MINUTE_MS = 60_000
ANSWER = Answer(201, '{"access": "토큰"}'.encode())


async def test_the_first_answer_is_given_again(world: World) -> None:
    answers, scope = world.store.answers, world.chance.fresh_id()
    assert await answers.begin(scope, "key", b"ask", now_ms=world.now_ms) is None
    with pytest.raises(Busy):
        await answers.begin(scope, "key", b"ask", now_ms=world.now_ms)
    await answers.finish(scope, "key", ANSWER)
    assert await answers.begin(scope, "key", b"ask", now_ms=world.now_ms) == ANSWER
    for now_ms in (world.now_ms, world.now_ms + DAY_MS - 1):
        with pytest.raises(IdempotencyConflict):
            await answers.begin(scope, "key", b"other", now_ms=now_ms)
    assert await answers.begin(scope, "other key", b"other", now_ms=world.now_ms) is None
    other = world.chance.fresh_id()
    assert await answers.begin(other, "key", b"other", now_ms=world.now_ms) is None
    assert await answers.begin(scope, "key", b"other", now_ms=world.now_ms + DAY_MS) is None


async def test_a_request_that_never_ended_may_be_made_again(world: World) -> None:
    answers, scope = world.store.answers, world.chance.fresh_id()
    await answers.begin(scope, "key", b"ask", now_ms=world.now_ms)
    with pytest.raises(Busy):
        await answers.begin(scope, "key", b"ask", now_ms=world.now_ms + MINUTE_MS - 1)
    assert await answers.begin(scope, "key", b"ask", now_ms=world.now_ms + MINUTE_MS) is None


async def test_a_reservation_can_be_given_back_but_not_an_answer(world: World) -> None:
    answers, scope = world.store.answers, world.chance.fresh_id()
    await answers.begin(scope, "key", b"ask", now_ms=world.now_ms)
    await answers.forget(scope, "key")
    assert await answers.begin(scope, "key", b"another", now_ms=world.now_ms) is None
    await answers.finish(scope, "key", ANSWER)
    await answers.forget(scope, "key")
    assert await answers.begin(scope, "key", b"another", now_ms=world.now_ms) == ANSWER


async def test_of_many_at_once_one_runs(world: World) -> None:
    answers, scope = world.store.answers, world.chance.fresh_id()
    outcomes: list[str] = []

    async def ask() -> None:
        try:
            assert await answers.begin(scope, "key", b"ask", now_ms=world.now_ms) is None
            outcomes.append("runs")
        except Busy:
            outcomes.append("busy")

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(ask)
    assert sorted(outcomes) == ["busy"] * 7 + ["runs"]


async def test_a_day_later_it_is_dropped(world: World) -> None:
    answers, scope = world.store.answers, world.chance.fresh_id()
    await answers.purge(now_ms=2**53)
    for number in range(3):
        await answers.begin(scope, str(number), b"ask", now_ms=world.now_ms + number)
    assert await answers.purge(now_ms=world.now_ms + DAY_MS) == 0
    assert await answers.purge(now_ms=world.now_ms + DAY_MS + 2) == 2
    with pytest.raises(Busy):
        await answers.begin(scope, "2", b"ask", now_ms=world.now_ms)
