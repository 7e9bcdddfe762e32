"""The herald: says on the bus what happened here, and does here what others say.

What it says waits in one bounded line and is gathered for a moment; with no bus there is no herald
and nothing is gathered. A herald that hears nothing at all leaves everything as it is without one.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import islice
from typing import assert_never
from zlib import crc32

import trio

from actors.dispatcher import Dispatcher
from actors.rooms import Rooms
from engine.errors import Outage
from engine.ids import NodeId, RoomId
from engine.limits_bus import (
    BUS_AGAIN_S,
    BUS_AGAIN_S_MAX,
    BUS_BATCH_MAX,
    BUS_GATHER_S,
    BUS_STAGGER_S_MAX,
    BUS_WAITING_NEWS_MAX,
)
from engine.ports.bus import Bus, MembersMoved, News, OutboxNudge, RoomMoved, Told
from engine.ports.meter import Meter


class Herald:
    """One process's mouth and ears."""

    def __init__(
        self, bus: Bus, rooms: Rooms, dispatcher: Dispatcher, *, node: NodeId, meter: Meter
    ) -> None:
        self._bus = bus
        self._rooms = rooms
        self._dispatcher = dispatcher
        self._meter = meter
        self._waiting: dict[Hashable, News] = {}  # in the order in which it happened, each once
        self._wanted = trio.Event()
        # Nodes do at different moments what one piece of news makes all of them do.
        self._lot = crc32(node.encode()) / 2**32
        dispatcher.stagger_s = self._lot * BUS_STAGGER_S_MAX
        dispatcher.say = self.say
        rooms.moved = self.moved

    # --- what happened here --------------------------------------------------------------

    def moved(self, room: RoomId) -> None:
        """Say that a room was taken or written here."""
        self._put(room, RoomMoved(room))

    def say(self, news: News) -> None:
        """Say anything soon; never waits and never fails."""
        self._put(news.number if isinstance(news, Told) else news, news)

    def _put(self, key: Hashable, news: News) -> None:
        self._waiting[key] = news
        if len(self._waiting) > BUS_WAITING_NEWS_MAX:
            del self._waiting[next(iter(self._waiting))]
            self._meter.count("bus_dropped_total", way="out")
        self._wanted.set()

    async def speak(self) -> None:
        """Say what waits, for ever; what cannot be said is dropped: others look by themselves."""
        while True:
            await self._wanted.wait()
            self._wanted = trio.Event()
            while self._waiting:
                keys = list(islice(self._waiting, BUS_BATCH_MAX))
                news = [self._waiting.pop(key) for key in keys]
                try:
                    await self._bus.publish(news)
                except Outage:
                    self._meter.count("bus_dropped_total", len(news), way="out")
                else:
                    self._meter.count("bus_published_total", len(news))
            await trio.sleep(BUS_GATHER_S)

    # --- what others say -----------------------------------------------------------------

    async def listen(self) -> None:
        """Do what others say, for ever; a bus that fails is tried more and more rarely."""
        again_s = BUS_AGAIN_S
        while True:
            try:
                news = await self._bus.heard()
            except Outage:
                await trio.sleep(again_s * (1 + self._lot) / 2)
                again_s = min(2 * again_s, BUS_AGAIN_S_MAX)
                continue
            if not news:  # something may be lost
                self._dispatcher.nudge_from_afar()
                self._rooms.doubt_all()
            else:  # a line that only comes and goes is tried more and more rarely
                again_s = BUS_AGAIN_S
            self._meter.count("bus_received_total", len(news))
            for one in news:
                self._act(one)

    def _act(self, news: News) -> None:
        match news:
            case OutboxNudge():
                self._dispatcher.nudge_from_afar()
            case RoomMoved(room=room):
                self._rooms.doubt(room)
            case MembersMoved(room=room):
                self._rooms.look_again(room)
            case Told():
                self._dispatcher.hear(news)
            case _:
                assert_never(news)
