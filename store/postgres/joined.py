"""Group commit for whoever asks: what came while a transaction ran goes into the next one.

Whoever finds nobody at work takes what waits and does it for all. What is done has to be
idempotent: if they are cancelled in the middle, the rest of the batch is done again by the next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import trio

from engine.errors import Busy, Outage, Refused

A = TypeVar("A")
R = TypeVar("R")


@dataclass(eq=False, slots=True)
class _Turn(Generic[A, R]):
    """One that asked; woken when there is an answer, or when it is for them to go on."""

    asked: A
    answer: R | Refused | Outage | None = None
    woken: trio.Event = field(default_factory=trio.Event)


class Joined(Generic[A, R]):
    """Joins calls to batches of at most `batch_max`; `work` answers each by its place."""

    def __init__(
        self,
        work: Callable[[Sequence[A]], Awaitable[Sequence[R | Refused]]],
        *,
        batch_max: int,
        waiting_max: int,
    ) -> None:
        self._work = work
        self._batch_max = batch_max
        self._waiting_max = waiting_max
        self._waiting: deque[_Turn[A, R]] = deque()
        self._at_work = False

    async def do(self, asked: A) -> R:
        """Do it with whatever else waits; raises what `work` says of it, or Busy."""
        if len(self._waiting) >= self._waiting_max:
            raise Busy("too much waits to be written")
        turn = _Turn[A, R](asked)
        self._waiting.append(turn)
        try:
            while turn.answer is None:
                if self._at_work:
                    turn.woken = trio.Event()
                    await turn.woken.wait()
                else:
                    await self._lead()
        except BaseException:
            if turn in self._waiting:
                self._waiting.remove(turn)
            self._pass_on()
            raise
        if isinstance(turn.answer, (Refused, Outage)):
            raise turn.answer
        return turn.answer

    async def _lead(self) -> None:
        """Do the next batch, and wake everybody in it."""
        batch = [self._waiting.popleft() for _ in range(min(self._batch_max, len(self._waiting)))]
        self._at_work = True
        try:
            answers = await self._work([turn.asked for turn in batch])
            for turn, answer in zip(batch, answers, strict=True):
                turn.answer = answer
        except Outage as outage:
            for turn in batch:
                turn.answer = outage
        finally:
            self._at_work = False
            self._waiting.extendleft(turn for turn in reversed(batch) if turn.answer is None)
            for turn in batch:
                turn.woken.set()
            self._pass_on()

    def _pass_on(self) -> None:
        if self._waiting and not self._at_work:
            self._waiting[0].woken.set()
