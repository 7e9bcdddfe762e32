"""Everybody at once: a crowd whose server dies, and that comes back in one moment."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from bench.load.churn import Churn, Pace
from bench.load.crowd import Crowd
from bench.load.dialect import Seat
from bench.load.glimpse import GlimpseDialect
from tests.e2e.rest import Json
from tests.e2e.server import Server

_BODY_CHARS = 64
_UNACKED_MAX = 100
_UNHEARD_S = 1.0  # by then some of it is stored


class Storm(Churn):
    """People who talk, lose their server, and all come back together."""

    def talk(self, messages_per_s: float, seconds: float, chance: random.Random) -> None:
        """Let them talk by the clock, and leave what is under way where it is."""
        self._by_the_clock(Pace(messages_per_s, 0, seconds, _UNACKED_MAX), chance, perf_counter())

    def talk_unheard(self, messages: int, chance: random.Random) -> None:
        """Let them say so much more, and read nothing of what comes of it."""
        for _ in range(messages):
            self._post_one(chance.choice(self._crowd.clients), chance, _UNACKED_MAX)
        time.sleep(_UNHEARD_S)

    def lose_all(self) -> None:
        """Their server is gone."""
        for client in self._crowd.clients:
            self._crowd.leave(client)
            self._away.append((0.0, client))

    def come_back(self) -> float:
        """Open all connections at once; return how long it took until everybody had everything."""
        began = perf_counter()
        self._finish()
        return perf_counter() - began

    @property
    def present(self) -> int:
        """Those who are in their rooms."""
        return sum(client.present for client in self._crowd.clients)


def seats_of(people: list[Json]) -> list[Seat]:
    """Say where everybody sits."""
    return [Seat(str(one["access"]), str(one["room"])) for one in people]


@contextmanager
def gathered(server: Server, seats: list[Seat]) -> Iterator[Storm]:
    """Let a crowd in."""
    dialect = GlimpseDialect("json")
    with Crowd(dialect, "127.0.0.1", server.ws_port) as crowd:
        crowd.join(seats)
        crowd.settle()
        yield Storm(crowd, dialect, body_chars=_BODY_CHARS, tag="storm-")
