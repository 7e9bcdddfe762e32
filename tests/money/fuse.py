"""A fuse in the way of a process's calls: when it has burnt down, the process dies of a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

import trio


class Crash(Exception):
    """The process has died here."""


class Moment(Enum):
    """When a process dies of a call."""

    BEFORE = "before"
    DURING = "during"  # whoever was asked has done it, or not
    AFTER = "after"  # it is done, and nobody hears of it


@dataclass(frozen=True, slots=True)
class Death:
    """At which of its next calls a process dies, and when."""

    call: int
    moment: Moment
    cut_s: float = 0.0  # how far a call comes that is cut off


@dataclass
class Fuse:
    """Burns down with every call of a port."""

    death: Death | None = None

    async def around(self, call: Callable[[], Awaitable[object]]) -> object:
        """Make a call, or die of it."""
        death = self.death
        if death is None:
            return await call()
        if death.call > 0:
            self.death = Death(death.call - 1, death.moment, death.cut_s)
            return await call()
        self.death = None
        if death.moment is Moment.AFTER:
            await call()
        elif death.moment is Moment.DURING:
            with trio.move_on_after(death.cut_s):
                await call()
        raise Crash


class Fused:
    """Anything whose calls go by a fuse."""

    def __init__(self, inner: object, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> Callable[..., Awaitable[object]]:
        call = getattr(self._inner, name)

        async def fused(*args: object, **more: object) -> object:
            return await self._fuse.around(lambda: call(*args, **more))

        return fused
