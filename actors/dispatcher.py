"""The dispatcher: tells what was committed, at least once, at the moment it is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import trio

from actors.commands import CloseRoom, Moved, Refresh
from actors.people import People
from actors.replies import Waiter
from actors.rooms import Rooms
from engine.errors import Outage, Refused
from engine.ids import AccountId, Alias, DeviceId, RoomId
from engine.limits import HANDLER_S_MAX, OUTBOX_BATCH_MAX, OUTBOX_POLL_S
from engine.limits_bus import TOLD_NOTICES_MAX
from engine.ports.bus import MembersMoved, News, Told
from engine.ports.meter import Meter
from engine.ports.outbox import PERSONAL, Notice, NoticeKind, Outbox
from engine.rooms.events import EventName


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
        self._at_once = False
        self._told: dict[int, int] = {}  # notices that were told, and who had come by then
        self.say: Callable[[News], None] | None = None  # where other processes hear of it
        self.stagger_s = 0.0  # before it does what those may be about to do as well

    def nudge(self) -> None:
        """Something may have been put into the outbox: look now."""
        self._at_once = True
        self._nudged.set()

    def nudge_from_afar(self) -> None:
        """Another process says so, and says it to all."""
        self._nudged.set()

    def hear(self, copy: Told) -> None:
        """Tell the sessions of this node what another process has read from the outbox."""
        if copy.kind is NoticeKind.SIGNED_OUT:
            # It may be late, and they may have signed in again since: the store knows.
            self._people.doubt(copy.account)
        elif copy.kind in PERSONAL:
            self._tell_person(copy.number, copy.kind, copy.account, copy.content)

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
            if self.stagger_s and not self._at_once:
                await trio.sleep(self.stagger_s)
            self._at_once = False

    async def _deliver_due(self) -> float:
        """Deliver what is due; return the seconds until it is worth looking again."""
        while True:
            now_ms = self._now_ms()
            notices = await self._outbox.due(now_ms=now_ms, limit=OUTBOX_BATCH_MAX)
            done = await self._deliver(notices)
            if done:
                await self._outbox.confirm(done, now_ms=now_ms)
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
        to_rooms: dict[RoomId, list[Notice]] = {}
        for notice in notices:
            if notice.room is not None:
                to_rooms.setdefault(notice.room, []).append(notice)
            else:
                self._tell(notice)
                self._copy(notice)
                done.append(notice.number)
        # At once: a room that does not answer must not keep the others waiting.
        async with trio.open_nursery() as nursery:
            for room, theirs in to_rooms.items():
                nursery.start_soon(self._tell_room, room, theirs, done)
        return done

    def _tell(self, notice: Notice) -> None:
        assert notice.account is not None
        if notice.kind is NoticeKind.SIGNED_OUT:
            device = notice.content.get("device")
            named = DeviceId(device) if isinstance(device, str) else None
            self._people.end(notice.account, named)
        else:
            assert notice.kind in PERSONAL, "a room answers for itself"
            self._tell_person(notice.number, notice.kind, notice.account, notice.content)

    def _tell_person(
        self, number: int, kind: NoticeKind, account: AccountId, content: Mapping[str, object]
    ) -> None:
        """Tell it to those who have come since it was told here, by whichever way."""
        after = self._told.pop(number, 0)
        self._told[number] = self._people.entered
        if len(self._told) > TOLD_NOTICES_MAX:
            del self._told[next(iter(self._told))]
        self._people.tell(account, {"ev": kind.value, **content}, after=after)

    def _copy(self, notice: Notice) -> None:
        if self.say is not None and notice.account is not None:
            # Who is signed out where is asked of the store by whoever hears it.
            content = {} if notice.kind is NoticeKind.SIGNED_OUT else notice.content
            self.say(Told(notice.number, notice.kind, notice.account, content))

    async def _tell_room(self, room: RoomId, notices: Sequence[Notice], done: list[int]) -> None:
        """Tell a room its notices in their order; one that fails is told again later."""
        for notice in notices:
            waiter: Waiter[None] = Waiter()
            try:
                if self._hand_over(room, notice, waiter):
                    await waiter.wait(within_s=HANDLER_S_MAX)
            except Outage:
                continue
            except Refused:
                pass  # The room was erased: there is nobody left to tell.
            done.append(notice.number)

    def _hand_over(self, room: RoomId, notice: Notice, waiter: Waiter[None]) -> bool:
        """Give a room its command; False where it sleeps, and looks by itself when it wakes."""
        match notice.kind:
            case NoticeKind.ROOM_CLOSE:
                self._rooms.order(room, CloseRoom(waiter))
            case NoticeKind.ROOM_MEMBERS:
                if self.say is not None:
                    self.say(MembersMoved(room))
                return self._rooms.order_awake(room, Refresh(waiter))
            case (
                NoticeKind.ROOM_JOINED
                | NoticeKind.ROOM_LEFT
                | NoticeKind.ROOM_PARTED
                | NoticeKind.ROOM_MET
            ):
                self._rooms.order(room, Refresh(waiter, _moved(notice)))
            case _:
                raise AssertionError("this is told to people")
        return True


def _moved(notice: Notice) -> Moved:
    content = dict(notice.content)
    alias, key = Alias(str(content.pop("alias"))), str(content.pop("key", ""))
    return Moved(EventName(notice.kind.value), alias, content, key)
