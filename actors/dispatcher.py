"""The dispatcher: tells what was committed, at least once, at the moment it is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

import trio

from actors.commands import CloseRoom
from actors.people import People
from actors.replies import Waiter
from actors.rooms import Rooms
from engine.errors import Outage, Refused
from engine.ids import DeviceId
from engine.limits import HANDLER_S_MAX, OUTBOX_BATCH_MAX, OUTBOX_POLL_S
from engine.ports.meter import Meter
from engine.ports.outbox import Notice, NoticeKind, Outbox


class Dispatcher:
    """Reads the outbox when it is nudged, when a notice is due, and every half second anyway."""

    def __init__(
        self,
        outbox: Outbox,
        people: People,
        rooms: Rooms,
        *,
        now_ms: Callable[[], int],
        meter: Meter,
    ) -> None:
        self._outbox = outbox
        self._people = people
        self._rooms = rooms
        self._now_ms = now_ms
        self._meter = meter
        self._nudged = trio.Event()

    def nudge(self) -> None:
        """Something may have been put into the outbox: look now."""
        self._nudged.set()

    async def run(self) -> None:
        """Deliver until cancelled; an outage of the store only delays."""
        while True:
            try:
                wait_s = await self._deliver_due()
            except Outage:
                wait_s = OUTBOX_POLL_S
            with trio.move_on_after(wait_s):
                await self._nudged.wait()
            self._nudged = trio.Event()

    async def _deliver_due(self) -> float:
        """Deliver what is due; return the seconds until it is worth looking again."""
        while True:
            now_ms = self._now_ms()
            notices = await self._outbox.due(now_ms=now_ms, limit=OUTBOX_BATCH_MAX)
            done = await self._deliver(notices)
            if done:
                await self._outbox.confirm(done)
                self._meter.count("notices_total", len(done))
            if len(done) < OUTBOX_BATCH_MAX:
                break
        if len(notices) > len(done):
            return OUTBOX_POLL_S
        due_ms = await self._outbox.next_due_ms()
        if due_ms is None:
            return OUTBOX_POLL_S
        return min(OUTBOX_POLL_S, max(0.001, (due_ms - self._now_ms()) / 1000))

    async def _deliver(self, notices: Sequence[Notice]) -> list[int]:
        """Tell notices; return the numbers of those that need not be told again."""
        done: list[int] = []
        closes: list[Notice] = []
        for notice in notices:
            if notice.kind is NoticeKind.ROOM_CLOSE:
                closes.append(notice)
            else:
                self._tell(notice)
                done.append(notice.number)
        # At once: a room that does not answer must not keep the others waiting.
        async with trio.open_nursery() as nursery:
            for notice in closes:
                nursery.start_soon(self._close_room, notice, done)
        return done

    def _tell(self, notice: Notice) -> None:
        match notice.kind:
            case NoticeKind.MATCH | NoticeKind.MATCH_ENDED:
                assert notice.account is not None
                self._people.tell(notice.account, {"ev": notice.kind.value, **notice.content})
            case NoticeKind.SIGNED_OUT:
                assert notice.account is not None
                device = notice.content.get("device")
                named = DeviceId(device) if isinstance(device, str) else None
                self._people.end(notice.account, named)
            case NoticeKind.ROOM_CLOSE:
                raise AssertionError("a room answers for itself")
            case _:
                assert_never(notice.kind)

    async def _close_room(self, notice: Notice, done: list[int]) -> None:
        assert notice.room is not None
        waiter: Waiter[None] = Waiter()
        try:
            self._rooms.tell(notice.room, CloseRoom(waiter))
            await waiter.wait(within_s=HANDLER_S_MAX)
        except Outage:
            return
        except Refused:
            pass  # The room was erased: there is nobody left to tell.
        done.append(notice.number)
