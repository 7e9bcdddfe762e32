"""The room actor: one writer for one room, durable first and visible after."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, assert_never

from actors.audience import Audience
from actors.commands import CloseRoom, MarkRead, Open, Opened, Post, RoomCommand, Type
from actors.committer import Committer
from actors.replies import NoReply, Reply
from actors.runtime import Actor, Rest
from engine.errors import CidConflict, Outage, Refused, RoomClosed, Unavailable
from engine.ids import Alias
from engine.limits import PAGE_EVENTS_MAX
from engine.ports.rooms import RoomLog
from engine.rooms.events import Event, Outcome, Repeated, Written
from engine.rooms.room import Posted, Room
from engine.wire.close_codes import CloseCode

Answer = Callable[[], None]


class RoomBehaviour:
    """Acts on commands in order. What must be durable is answered when the commit is done."""

    def __init__(
        self,
        room: Room,
        audience: Audience,
        *,
        actor: Actor[RoomCommand],
        committer: Committer,
        log: RoomLog,
        now_ms: Callable[[], int],
    ) -> None:
        self._room = room
        self._audience = audience
        self._actor = actor
        self._committer = committer
        self._log = log
        self._now_ms = now_ms
        self._posts: deque[tuple[Post, Posted]] = deque()
        self._answers: deque[CloseRoom | MarkRead] = deque()
        self._reads: list[tuple[Alias, int]] = []

    @property
    def busy(self) -> bool:
        """A room with listeners stays awake."""
        return bool(self._audience.listeners)

    async def catch_up(self) -> None:
        """Show those who listen already what was stored while the state was lost."""
        audience = self._audience
        while audience.listeners and audience.shown_seq < self._room.seq:
            events = await self._events_after(audience.shown_seq, PAGE_EVENTS_MAX)
            if events is None:
                audience.dismiss(CloseCode.INTERNAL_RESTART)  # they hear `recovered: false`
                break
            audience.show(self._room.room, self._room.epoch, events)
        audience.shown_seq = self._room.seq

    def receive(self, batch: Sequence[RoomCommand]) -> Rest | None:
        """Apply commands, then have their events written in one commit."""
        now_ms = self._now_ms()
        for index, command in enumerate(batch):
            if isinstance(command, Open):
                return self._receive_with_opens(batch[index:], now_ms)
            self._apply(command, now_ms)
        self._write()
        return None

    async def _receive_with_opens(self, batch: Sequence[RoomCommand], now_ms: int) -> None:
        """Go on with a batch in which the store may have to be read."""
        for command in batch:
            if isinstance(command, Open):
                try:
                    command.reply.done(await self._open(command))
                except (Refused, Outage) as why:
                    command.reply.fail(why)
            else:
                self._apply(command, now_ms)
        self._write()

    # --- commands ------------------------------------------------------------------------

    def _apply(self, command: Post | MarkRead | Type | CloseRoom, now_ms: int) -> None:
        try:
            self._do(command, now_ms)
        except (Refused, Outage) as why:
            command.reply.fail(why)

    def _do(self, command: Post | MarkRead | Type | CloseRoom, now_ms: int) -> None:
        match command:
            case Post():
                self._post(command, now_ms)
            case MarkRead():
                self._read(command)
            case Type():
                alias = self._room.alias_of(command.account)
                fields = {"ev": "typing", "room": self._room.room, "from": alias, "on": command.on}
                self._audience.whisper(fields, sender=alias, to_sender=False, to_others=True)
                command.reply.done(None)
            case CloseRoom():
                if self._room.close(at=now_ms) is None:
                    command.reply.done(None)
                else:
                    self._answers.append(command)
            case _:
                assert_never(command)

    def _post(self, command: Post, now_ms: int) -> None:
        alias = self._room.alias_of(command.account)
        try:
            posted = self._room.post(alias, command.cid, command.content, at=now_ms)
        except RoomClosed:
            self._look_up(command, alias, now_ms)
            return
        if posted.event.seq <= self._room.seq:
            command.reply.done((self._room.epoch, posted))
        else:
            self._posts.append((command, posted))

    def _look_up(self, command: Post, alias: Alias, now_ms: int) -> None:
        """Nothing new is said here any more, but a retry may be older than memory reaches."""
        question = self._room.look_up(alias, command.cid, command.content, at=now_ms)
        if question is None:
            raise RoomClosed

        def answered(outcome: Outcome | None) -> None:
            known = (
                outcome.known.get((alias, command.cid)) if isinstance(outcome, Repeated) else None
            )
            if outcome is None:
                command.reply.fail(Unavailable("send it again with its cid"))
            elif known is None:
                command.reply.fail(RoomClosed())
            elif known.content != command.content:
                command.reply.fail(CidConflict())
            else:
                command.reply.done((self._room.epoch, Posted(known, dup=True)))

        self._committer.submit(question, answered)

    def _read(self, command: MarkRead) -> None:
        alias = self._room.alias_of(command.account)
        if self._room.read(alias, command.seq):
            self._reads.append((alias, min(command.seq, self._room.seq)))
            self._answers.append(command)
        else:
            command.reply.done(None)

    async def _open(self, command: Open) -> Opened:
        room = self._room
        me = room.alias_of(command.account)
        after, events = command.after, None
        if after is not None and after[0] == room.epoch and after[1] <= room.seq:
            events = await self._events_after(after[1], command.limit)
        recovered = after is None or events is not None
        if after is None or events is None:
            events, more = await self._newest(command.limit), False
        else:
            more = bool(events) and events[-1].seq < room.seq
        if command.listener.follows(room.room):
            self._audience.listeners[command.listener] = me
        return Opened(
            epoch=room.epoch,
            seq=room.seq,
            recovered=recovered,
            more=more,
            me=me,
            members=tuple(room.occupants),
            events=tuple(events),
        )

    async def _newest(self, limit: int) -> list[Event]:
        """Return the newest events, oldest first."""
        room = self._room
        events = room.newest(limit)
        if events is None:
            page = await self._log.page(room.room, after=None, before=room.seq + 1, limit=limit)
            events = list(page.events)
        return events

    async def _events_after(self, seq: int, limit: int) -> list[Event] | None:
        """Return the events after `seq` up to the limit; None where the log has lost some (I5)."""
        events = self._room.after(seq, limit)
        if events is None:
            page = await self._log.page(self._room.room, after=seq, before=None, limit=limit)
            events = list(page.events)
            if [event.seq for event in events[:1]] != [seq + 1]:
                return None
        return events

    # --- commit --------------------------------------------------------------------------

    def _write(self) -> None:
        """Hand what is pending to the committer; until it is done the mail waits."""
        if not self._room.dirty:
            return
        self._actor.hold()
        try:
            self._committer.submit(self._room.append(), self._committed)
        except Outage as why:
            self._fail(why)

    def _committed(self, result: Outcome | None) -> None:
        try:
            match result:
                case Written():
                    self._settle()
                    self._actor.release()
                case Repeated():
                    self._again(result)
                case _:
                    self._fail(Unavailable("not stored for sure; send it again with its cid"))
        except Exception:  # noqa: BLE001  # the committer serves other rooms: this one starts anew
            self._fail(Unavailable("this room is restarting"))

    def _settle(self) -> None:
        """It is durable: answer first, then show, so that no event overtakes an answer."""
        room, audience = self._room, self._audience
        events = room.settle()
        # One by one: where one fails, `_fail` still answers those behind it.
        while self._posts:
            command, posted = self._posts.popleft()
            command.reply.done((room.epoch, posted))
        while self._answers:
            self._answers.popleft().reply.done(None)
        audience.show(room.room, room.epoch, events)
        audience.shown_seq = room.seq
        reads, self._reads = self._reads, []
        for alias, seq in reads:
            fields = {"ev": "read", "room": room.room, "from": alias, "seq": seq}
            shown = room.shows_read_marks(alias)
            audience.whisper(fields, sender=alias, to_sender=True, to_others=shown)

    def _again(self, result: Repeated) -> None:
        """Some cids are older than memory: nothing was written; sort out and write the rest."""
        self._room.discard(result.known)
        closes = [one for one in self._answers if isinstance(one, CloseRoom)]
        now_ms = self._now_ms()
        for _ in range(len(self._posts)):
            command, _posted = self._posts.popleft()
            try:
                self._post(command, now_ms)
            except Refused as why:
                command.reply.fail(why)
        if closes:
            self._room.close(at=now_ms)
        if self._room.dirty:
            self._committer.submit(self._room.append(), self._committed)
        else:
            self._actor.release()

    def _fail(self, why: Outage) -> None:
        """What is true is not known here any more: answer so, and load again."""
        waiting: list[Reply[Any] | NoReply] = [command.reply for command, _ in self._posts]
        waiting += [answer.reply for answer in self._answers]
        self._posts.clear()
        self._answers.clear()
        try:
            for reply in waiting:
                reply.fail(why)
        finally:
            self._actor.reset()
