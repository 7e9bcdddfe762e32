"""Looks which rooms have spoken to people who do not have them open: they get a push.

It compares how far each room has spoken with how far it had looked, every few seconds, so the way
of a message knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable

import trio

from actors.rooms import Rooms
from engine.errors import Outage
from engine.ids import RoomId
from engine.limits_pushes import (
    PUSH_CATCH_UP_LAG_MS,
    PUSH_CATCH_UP_S,
    PUSH_LOOK_S,
    PUSH_ROOMS_AT_ONCE,
)
from engine.model.policy import Policy
from engine.ports.meter import Meter
from engine.ports.pushes import PushLooks, Spoken


class Unheard:
    """Looks at the rooms of this node; an outage of the store only delays."""

    def __init__(
        self,
        looks: PushLooks,
        rooms: Rooms,
        policy: Policy,
        *,
        now_ms: Callable[[], int],
        meter: Meter,
    ) -> None:
        self._looks = looks
        self._rooms = rooms
        self._policy = policy.pushes
        self._now_ms = now_ms
        self._meter = meter

    async def run(self) -> None:
        """Look for ever; once, also for what a process that died had not looked at any more."""
        since_ms = await self._before_us()
        catch_up_at = trio.current_time() + PUSH_CATCH_UP_S
        while True:
            await trio.sleep(PUSH_LOOK_S)
            try:
                await self.look()
                if since_ms is not None and trio.current_time() >= catch_up_at:
                    await self.catch_up(since_ms)
                    since_ms = None
            except Outage:
                self._meter.count("pushes_total", what="look_failed")

    async def look(self) -> None:
        """Look at all rooms that have spoken since the last look."""
        spoken = [(room, one, one.shown_seq) for room, one in self._rooms.spoken()]
        # Of two who both have it open nobody has anything to hear.
        asked = [one for one in spoken if not (one[1].pair and len(one[1].present) > 1)]
        if not spoken:
            return
        for start in range(0, max(len(asked), 1), PUSH_ROOMS_AT_ONCE):  # also to keep that we did
            some = asked[start : start + PUSH_ROOMS_AT_ONCE]
            rooms = [Spoken(room, audience.present) for room, audience, _ in some]
            await self._looks.look(rooms, self._policy, now_ms=self._now_ms())
        for _, audience, seq in spoken:
            audience.looked_seq = seq

    async def catch_up(self, since_ms: int) -> None:
        """Look at the rooms that have spoken since then, whoever had them."""
        after: RoomId | None = None
        while True:
            found = await self._looks.spoken(
                since_ms=since_ms, after=after, limit=PUSH_ROOMS_AT_ONCE
            )
            rooms = [Spoken(room, self._rooms.present(room)) for room in found]
            await self._looks.look(rooms, self._policy, now_ms=self._now_ms())
            if len(found) < PUSH_ROOMS_AT_ONCE:
                return
            after = found[-1]

    async def _before_us(self) -> int | None:
        """Return since when somebody may have said what nobody has looked at."""
        while True:
            try:
                looked_ms = await self._looks.looked_ms()
            except Outage:
                await trio.sleep(PUSH_LOOK_S)
            else:
                return None if looked_ms is None else looked_ms - PUSH_CATCH_UP_LAG_MS
