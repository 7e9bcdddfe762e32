"""The room actor: one writer for one room, durable first and visible after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from actors.audience import Audience
from actors.commands import CloseRoom, MarkRead, Open, Opened, Post, RoomCommand, Type
from actors.committer import Committer
from actors.runtime import Actor
from engine.errors import Outage, Refused, Unavailable
from engine.ids import Alias
from engine.limits import PAGE_EVENTS_MAX
from engine.ports.rooms import RoomLog
from engine.rooms.events import Event, Outcome, Repeated, Written
from engine.rooms.room import Posted, Room

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
        self._posts: list[tuple[Post, Posted]] = []
        self._answers: list[CloseRoom | MarkRead] = []
        self._reads: list[tuple[Alias, int]] = []

    @property
    def busy(self) -> bool:
        """A room with listeners stays awake."""
        return bool(self._audience.listeners)

    async def catch_up(self) -> None:
        """Show those who listen already what was stored while the state was lost."""
        audience = self._audience
        while audience.listeners and audience.shown_seq < self._room.seq:
            events, _ = await self._events_after(audience.shown_seq, PAGE_EVENTS_MAX)
            for event in events:
                audience.show(self._room.room, self._room.epoch, event)
        audience.shown_seq = self._room.seq

    async def receive(self, batch: Sequence[RoomCommand]) -> None:
        """Apply commands, then have their events written in one commit."""
        now_ms = self._now_ms()
        for command in batch:
            try:
                if isinstance(command, Open):
                    command.reply.done(await self._open(command))
                else:
                    self._apply(command, now_ms)
            except (Refused, Outage) as why:
                command.reply.fail(why)
        self._write()

    # --- commands ------------------------------------------------------------------------

    def _apply(self, command: Post | MarkRead | Type | CloseRoom, now_ms: int) -> None:
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
        posted = self._room.post(alias, command.cid, command.content, at=now_ms)
        if posted.event.seq <= self._room.seq:
            command.reply.done((self._room.epoch, posted))
        else:
            self._posts.append((command, posted))

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
        after, recovered = command.after, True
        if after is not None and (after[0] != room.epoch or after[1] > room.seq):
            after, recovered = None, False
        if after is None:
            events, more = room.newest(command.limit), False
            if events is None:
                page = await self._log.page(
                    room.room, after=None, before=room.seq + 1, limit=command.limit
                )
                events = list(page.events)
        else:
            events, more = await self._events_after(after[1], command.limit)
        if command.listener.follows(room.room):
            self._audience.listeners[command.listener] = me
        return Opened(
            epoch=room.epoch,
            seq=room.seq,
            recovered=recovered,
            more=more,
            me=me,
            members=tuple((one.alias, one.nickname) for one in room.occupants),
            events=tuple(events),
        )

    async def _events_after(self, seq: int, limit: int) -> tuple[list[Event], bool]:
        """Return the events after `seq` up to the limit, and whether there are more."""
        events = self._room.after(seq, limit)
        if events is None:
            page = await self._log.page(self._room.room, after=seq, before=None, limit=limit)
            events = list(page.events)
        if events and events[0].seq != seq + 1:
            raise Unavailable("the log has a gap")
        return events, bool(events) and events[-1].seq < self._room.seq

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
        posts, self._posts = self._posts, []
        for command, posted in posts:
            command.reply.done((room.epoch, posted))
        answers, self._answers = self._answers, []
        for answer in answers:
            answer.reply.done(None)
        for event in events:
            audience.show(room.room, room.epoch, event)
        audience.shown_seq = room.seq
        reads, self._reads = self._reads, []
        for alias, seq in reads:
            fields = {"ev": "read", "room": room.room, "from": alias, "seq": seq}
            shown = room.shows_read_marks(alias)
            audience.whisper(fields, sender=alias, to_sender=True, to_others=shown)

    def _again(self, result: Repeated) -> None:
        """Some cids are older than memory: nothing was written; sort out and write the rest."""
        self._room.discard(result.known)
        posts, self._posts = self._posts, []
        closes = [one for one in self._answers if isinstance(one, CloseRoom)]
        now_ms = self._now_ms()
        for command, _ in posts:
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
        posts, self._posts = self._posts, []
        answers, self._answers = self._answers, []
        for command, _ in posts:
            command.reply.fail(why)
        for answer in answers:
            answer.reply.fail(why)
        self._actor.reset()
