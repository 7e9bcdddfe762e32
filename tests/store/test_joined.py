"""Joining: each gets its own answer, nothing is lost when whoever leads is cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
import trio

from engine.errors import Busy, NotFound, Refused, Unavailable
from store.postgres.joined import Joined

pytestmark = pytest.mark.usefixtures("autojump_clock")


@dataclass
class Work:
    """Doubles numbers, slowly; thirteen is refused, and `fails` batches find no store."""

    batches: list[list[int]] = field(default_factory=list)
    fails: int = 0

    async def do(self, asked: Sequence[int]) -> list[int | Refused]:
        self.batches.append(list(asked))
        await trio.sleep(1)
        if self.fails:
            self.fails -= 1
            raise Unavailable
        return [NotFound() if one == 13 else 2 * one for one in asked]


def joined(work: Work, *, batch_max: int = 4, waiting_max: int = 100) -> Joined[int, int]:
    return Joined(work.do, batch_max=batch_max, waiting_max=waiting_max)


async def ask_all(many: Joined[int, int], numbers: Sequence[int]) -> dict[int, object]:
    answers: dict[int, object] = {}

    async def ask(number: int) -> None:
        try:
            answers[number] = await many.do(number)
        except (Refused, Busy, Unavailable) as why:
            answers[number] = type(why)

    async with trio.open_nursery() as nursery:
        for number in numbers:
            nursery.start_soon(ask, number)
    return answers


async def test_what_comes_meanwhile_goes_together_and_each_gets_its_own() -> None:
    work = Work()
    answers = await ask_all(joined(work), range(10, 20))
    assert answers == {n: NotFound if n == 13 else 2 * n for n in range(10, 20)}
    assert sorted(one for batch in work.batches for one in batch) == list(range(10, 20))
    assert max(len(batch) for batch in work.batches) == 4
    assert len(work.batches) <= 4


async def test_an_outage_is_told_to_all_of_its_batch_and_to_no_other() -> None:
    work = Work(fails=1)
    answers = await ask_all(joined(work), range(6))
    failed = set(work.batches[0])
    assert answers == {n: Unavailable if n in failed else 2 * n for n in range(6)}


async def test_too_much_at_once_is_told_to_come_back() -> None:
    answers = await ask_all(joined(Work(), waiting_max=3), range(9))
    assert list(answers.values()).count(Busy) >= 1
    assert all(answers[n] in (Busy, 2 * n) for n in range(9))


@pytest.mark.parametrize("after", [0.5, 1.5])
async def test_nobody_waits_for_one_who_has_gone(after: float) -> None:
    work = Work()
    many = joined(work, batch_max=3)
    answers: dict[int, int] = {}

    async def ask(number: int, scope: trio.CancelScope) -> None:
        with scope:
            answers[number] = await many.do(number)

    scopes = [trio.CancelScope() for _ in range(8)]
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            for number, scope in enumerate(scopes):
                nursery.start_soon(ask, number, scope)
            await trio.sleep(after)
            for scope in scopes[::3]:
                scope.cancel()
    assert answers.items() <= {n: 2 * n for n in range(8)}.items()
    assert {n for n in range(8) if n % 3} <= answers.keys()
