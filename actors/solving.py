"""Where pools are solved: beside the event loop, by compiled code that is loaded when it is needed.

numba and what it has compiled take a second and 170 MB: nobody pays for it before the first pool,
and the loop never does. Set-up compiles (api/loops.py); without it the first pool waits longer.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import trio

if TYPE_CHECKING:
    from engine.matching.pool import Pool
    from engine.matching.problem import Pairing, Problem
    from engine.matching.sample import Sample


class Solving(Protocol):
    """How the actors come to pools and their solvers."""

    async def pool_class(self) -> type[Pool]:
        """Return what a pool is, once all of it is ready."""

    def solve_now(self, problem: Problem) -> Pairing:
        """Solve a small pool where it stands."""

    async def solve(self, problems: Sequence[Problem]) -> Sequence[Pairing]:
        """Solve pools of any size beside the loop."""

    async def sample(self, problem: Problem, pairing: Pairing) -> Sample:
        """Compare a result with the best there is, beside the loop."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The modules that numba is behind."""

    pool: type[Pool]
    solver: _Solver
    sampler: _Sampler


class _Solver(Protocol):
    def solve(self, problem: Problem) -> Pairing: ...


class _Sampler(Protocol):
    def sampled(self, problem: Problem, pairing: Pairing) -> Sample: ...


class SolvingHere:
    """In the caller's own time: for tests on a clock that jumps, and for tools."""

    def __init__(self) -> None:
        self._loaded: _Loaded | None = None

    async def pool_class(self) -> type[Pool]:
        """Return what a pool is, once all of it is ready."""
        await trio.lowlevel.checkpoint()
        return self._ready().pool

    def solve_now(self, problem: Problem) -> Pairing:
        """Solve a small pool where it stands."""
        return self._ready().solver.solve(problem)

    async def solve(self, problems: Sequence[Problem]) -> Sequence[Pairing]:
        """Solve pools of any size."""
        await trio.lowlevel.checkpoint()
        return [self.solve_now(problem) for problem in problems]

    async def sample(self, problem: Problem, pairing: Pairing) -> Sample:
        """Compare a result with the best there is."""
        await trio.lowlevel.checkpoint()
        return self._ready().sampler.sampled(problem, pairing)

    def _ready(self) -> _Loaded:
        if self._loaded is None:
            self._loaded = _load()
        return self._loaded


class SolvingBeside:
    """In a thread: compiled code runs without the interpreter's lock."""

    def __init__(self) -> None:
        self._loaded: _Loaded | None = None
        self._one = trio.CapacityLimiter(1)  # more at once would only take cores from the chat

    async def pool_class(self) -> type[Pool]:
        """Return what a pool is, once all of it is ready."""
        return (await self._ready()).pool

    def solve_now(self, problem: Problem) -> Pairing:
        """Solve a small pool where it stands."""
        assert self._loaded is not None, "a pool was made before"
        return self._loaded.solver.solve(problem)

    async def solve(self, problems: Sequence[Problem]) -> Sequence[Pairing]:
        """Solve pools of any size beside the loop."""
        loaded = await self._ready()

        def work() -> list[Pairing]:
            return [loaded.solver.solve(problem) for problem in problems]

        return await trio.to_thread.run_sync(work, limiter=self._one, abandon_on_cancel=True)

    async def sample(self, problem: Problem, pairing: Pairing) -> Sample:
        """Compare a result with the best there is, beside the loop."""
        loaded = await self._ready()
        return await trio.to_thread.run_sync(
            loaded.sampler.sampled, problem, pairing, limiter=self._one, abandon_on_cancel=True
        )

    async def _ready(self) -> _Loaded:
        if self._loaded is None:
            self._loaded = await trio.to_thread.run_sync(
                _load, limiter=self._one, abandon_on_cancel=True
            )
        return self._loaded


def _load() -> _Loaded:
    """Import what needs numba, and solve one pool of each kind so that all of it is loaded."""
    importlib.import_module("engine.matching.warm").warm()
    return _Loaded(
        importlib.import_module("engine.matching.pool").Pool,
        importlib.import_module("engine.matching.solver"),
        importlib.import_module("engine.matching.sample"),
    )
