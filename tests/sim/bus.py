"""The bus of a simulated world: it loses, doubles, delays and reorders what processes say."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial

import trio

from engine.errors import Unavailable
from engine.ports.bus import News
from tests.sim.agenda import TICK_S, Agenda
from tests.sim.faults import Switch

_LATE_S_MAX = 5.0


class Air:
    """What is between the processes of a world; `share` of it goes wrong while faults are on."""

    def __init__(self, share: float, switch: Switch, agenda: Agenda, rng: random.Random) -> None:
        self._share = share
        self._switch = switch
        self._agenda = agenda
        self._rng = rng
        self.ends: list[SimBus] = []

    def end(self) -> SimBus | None:
        """Give a process its end; in a world without a bus there is none."""
        return SimBus(self) if self._share else None

    def goes_wrong(self) -> bool:
        """Decide whether this goes wrong."""
        return self._switch.on and self._rng.random() < self._share

    def carry(self, one: News, listener: SimBus) -> None:
        """Bring one piece of news to one process: in time, late, twice or never."""
        while not self.goes_wrong():
            late_s = self._rng.uniform(0.0, _LATE_S_MAX if self.goes_wrong() else TICK_S)
            self._agenda.after(late_s, partial(listener.take, one))
            if not self.goes_wrong():
                break


class SimBus:
    """One end; engine.ports.bus.Bus."""

    def __init__(self, air: Air) -> None:
        self._air = air
        self._news: list[News] = []
        self._came = trio.Event()

    def take(self, one: News) -> None:
        """Keep it until it is read."""
        self._news.append(one)
        self._came.set()

    async def publish(self, news: Sequence[News]) -> None:
        """Say it to the others, or fail before it or after it."""
        await trio.lowlevel.checkpoint()
        if self._air.goes_wrong():
            raise Unavailable
        for listener in self._air.ends:
            for one in news if listener is not self else ():
                self._air.carry(one, listener)
        if self._air.goes_wrong():
            raise Unavailable

    async def heard(self) -> Sequence[News]:
        """Wait for what others say; at first, and whenever it likes, it may have lost some."""
        await trio.lowlevel.checkpoint()
        if self not in self._air.ends:
            self._air.ends.append(self)
            return ()
        await self._came.wait()
        self._came = trio.Event()
        news, self._news = self._news, []
        if self._air.goes_wrong():
            raise Unavailable
        return () if self._air.goes_wrong() else news
