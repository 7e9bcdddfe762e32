"""The room actor: one writer for one room, durable first and visible after."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, assert_never

from actors.audience import Audience, Listener
from actors.begun import Begun, Change, Slow, answer, existing, writes
from actors.commands import (
    BeIn,
    CloseRoom,
    Delete,
    MarkRead,
    Open,
    Post,
    React,
    Refresh,
    Reveal,
    RoomCommand,
    TakenOver,
    Type,
)
from actors.committer import Committer
from actors.history import History
from actors.opening import open_room
from actors.replies import Reply
from actors.runtime import Actor, Rest
from actors.targets import Targets
from engine.errors import (
    CidConflict,
    NotFound,
    Outage,
    Refused,
    RoomClosed,
    Unavailable,
)
from engine.ids import Alias
from engine.limits import PAGE_EVENTS_MAX
from engine.model.policy import Policy
from engine.ports.rooms import RoomLog
from engine.rooms.events import (
    Event,
    EventName,
    Occupant,
    Outcome,
    Posted,
    Repeated,
    Written,
    same_content,
)
from engine.rooms.room import Room
from engine.rooms.veils import apart, as_seen, in_public
from engine.wire.close_codes import CloseCode
from engine.wire.event_frames import EventFrames


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
        claim: Callable[[], Awaitable[Room]],
        policy: Policy,
        now_ms: Callable[[], int],
    ) -> None:
        self._audience = audience
        self._actor = actor
        self._committer = committer
        self._log = log
        self._claim = claim
        self._enter(room)
        self._policy = policy
        self._now_ms = now_ms
        self._begun: deque[Begun] = deque()
        self._marks: deque[MarkRead] = deque()
        self._reads: list[tuple[Alias, int]] = []
        self._expelled: dict[Alias, list[Listener]] = {}  # who hears of their leaving, and no more

    @property
    def busy(self) -> bool:
        """A room with listeners stays awake."""
        return bool(self._audience.listeners)

    def _enter(self, room: Room) -> None:
        self._room = room
        self._audience.apart = apart(room.veils)
        self._history = History(room, self._log)
        self._targets = Targets(room, self._log, self._history)

    async def catch_up(self) -> None:
        """Show those who listen already what was stored while the state was lost."""
        audience = self._audience
        for gone in audience.present.difference(one.alias for one in self._room.occupants):
            self._expelled[gone] = audience.expel(gone)
        while audience.listeners and audience.shown_seq < self._room.seq:
            events = await self._history.after(audience.shown_seq, PAGE_EVENTS_MAX)
            if not events:
                audience.dismiss(CloseCode.INTERNAL_RESTART)  # they hear `recovered: false`
                break
            self._show(events)
            self._say_goodbye(events)
        audience.shown_seq = self._room.seq

    def receive(self, batch: Sequence[RoomCommand]) -> Rest | None:
        """Apply commands, then have their events written in one commit."""
        if self._room.followed and any(map(writes, batch)):
            return self._take_back(batch)
        now_ms = self._now_ms()
        for index, command in enumerate(batch):
            if type(command) is Post and "reply_to" not in command.content:
                self._apply(command, None, now_ms)  # what most are, and it names nothing
                continue
            if isinstance(command, Slow) or self._targets.far(command):
                return self._receive_slowly(batch[index:], now_ms)
            self._apply(command, self._targets.near(command), now_ms)
        self._write()
        return None

    async def _receive_slowly(self, batch: Sequence[RoomCommand], now_ms: int) -> None:
        """Go on with a batch in which the store may have to be read."""
        for command in batch:
            try:
                if isinstance(command, Slow):
                    await self._read_store(command)
                    continue
                target = await self._targets.find(command)
            except (Refused, Outage) as why:
                command.reply.fail(why)
            else:
                self._apply(command, target, now_ms)
        self._write()

    async def _take_back(self, batch: Sequence[RoomCommand]) -> None:
        """Own the room again, since something is to be written; then go on with a batch."""
        self._enter(await self._claim())
        await self.catch_up()
        await self._receive_slowly(batch, self._now_ms())

    async def _follow(self) -> None:
        """Show what another process has written; the room stays there until we have to write."""
        room, more = self._room, not self._room.dirty  # else that is refused, and all is loaded
        while more:
            page = await self._log.page(
                room.room, after=room.seq, before=None, limit=PAGE_EVENTS_MAX
            )
            self._set_occupants(await self._log.occupants(room.room))
            if page.epoch != room.epoch or not room.follow(page.events):
                self._history.stale = True
                return
            self._show(page.events)
            self._say_goodbye(page.events)
            self._audience.shown_seq, more = room.seq, page.more

    def _set_occupants(self, found: Iterable[Occupant]) -> None:
        for gone in self._room.set_occupants(found):
            self._expelled[gone] = self._audience.expel(gone)
        self._audience.apart = apart(self._room.veils)

    async def _read_store(self, command: Slow) -> None:
        match command:
            case TakenOver(fence=fence):
                if fence == self._room.fence:
                    await self._follow()
            case Open():
                if self._room.followed:
                    await self._follow()
                room, history, audience = self._room, self._history, self._audience
                opened = open_room(room, history, audience, command, now_ms=self._now_ms())
                command.reply.done(await opened)
            case Refresh():
                self._set_occupants(await self._log.occupants(self._room.room))
                self._begin(Begun(command, None), self._now_ms())
            case Reveal():
                self._room.alias_of(command.account)  # nobody else makes us look
                here, now_ms, timezone = self._room.room, self._now_ms(), self._policy.timezone
                sides = await self._log.revealable(here, now_ms=now_ms, timezone=timezone)
                if not sides:
                    raise NotFound("there is no such room")
                self._begin(Begun(command, None, sides=sides), now_ms)
            case _:
                assert_never(command)

    # --- commands ------------------------------------------------------------------------

    def _apply(self, command: Change, target: Event | None, now_ms: int) -> None:
        try:
            match command:
                case MarkRead():
                    self._read(command)
                case Type():
                    self._type(command)
                case BeIn():
                    self._room.alias_of(command.account)
                    command.reply.done(None)
                case _:
                    self._begin(Begun(command, target), now_ms)
        except (Refused, Outage) as why:
            command.reply.fail(why)

    def _begin(self, begun: Begun, now_ms: int) -> None:
        """Apply what changes the log; it is answered with the commit, or now if nothing waits."""
        room, command = self._room, begun.command
        match command:
            case Post():
                alias = room.alias_of(command.account)
                try:
                    begun.posted = room.post(
                        alias, command.cid, command.content, at=now_ms, answered=begun.target
                    )
                except RoomClosed:
                    self._look_up(command, alias, now_ms)
                    return
                if begun.posted.event.seq <= room.seq:
                    command.reply.done((room.epoch, begun.posted))
                    return
            case Delete():
                alias, target = room.alias_of(command.account), existing(begun.target)
                room.delete(alias, target, at=now_ms, within_s=self._policy.chat.delete_within_s)
            case React():
                alias, target = room.alias_of(command.account), existing(begun.target)
                room.react(alias, target, command.emoji, on=command.on, at=now_ms)
            case Reveal(match=match, step=step, act=act):
                alias, sides = room.alias_of(command.account), begun.sides
                room.reveal(alias, match, step, act, sides=sides, at=now_ms)
            case Refresh(moved=moved):
                if moved is not None:
                    room.moved(moved.name, moved.alias, moved.content, at=now_ms, key=moved.key)
            case CloseRoom():
                room.close(at=now_ms)
            case _:
                assert_never(command)
        if room.dirty:
            self._begun.append(begun)
        else:
            answer(begun, room.epoch)

    def _type(self, command: Type) -> None:
        alias = self._room.alias_of(command.account)
        self._audience.signals.type(alias, command.listener, on=command.on)
        command.reply.done(None)

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
            elif not known.deleted and not same_content(known.content, command.content):
                command.reply.fail(CidConflict())
            else:
                command.reply.done((self._room.epoch, Posted(known, dup=True)))

        self._committer.submit(question, answered)

    def _read(self, command: MarkRead) -> None:
        alias = self._room.alias_of(command.account)
        if self._room.read(alias, command.seq):
            self._reads.append((alias, min(command.seq, self._room.seq)))
            self._marks.append(command)
        else:
            command.reply.done(None)

    # --- commit --------------------------------------------------------------------------

    def _write(self) -> None:
        """Hand what is pending to the committer; until it is done the mail waits."""
        if not self._room.dirty:
            if self._history.stale:  # else the store says so
                self._actor.reset()
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
        while self._begun:
            answer(self._begun.popleft(), room.epoch)
        while self._marks:
            self._marks.popleft().reply.done(None)
        self._show(events)
        audience.shown_seq = room.seq
        self._say_goodbye(events)
        reads, self._reads = self._reads, []
        now_ms = self._now_ms() if reads else 0
        for alias, seq in reads:
            fields = {"ev": "read", "room": room.room, "from": alias, "seq": seq}
            shown = room.reads_seen(alias, now_ms=now_ms)
            audience.whisper(fields, sender=alias, to_sender=True, to_others=shown)

    def _show(self, events: Sequence[Event]) -> None:
        """Show everybody what is theirs to see of what is durable."""
        room, public = self._room, in_public(events)
        if not room.veils:
            self._audience.show(room.room, room.epoch, public)
            return
        views = {
            alias: as_seen(events, alias, veils, room.find) for alias, veils in room.veils.items()
        }
        self._audience.show(room.room, room.epoch, public, views)

    def _say_goodbye(self, events: Sequence[Event]) -> None:
        """Tell the sessions of who has left that they have; it is the last they hear from here."""
        for event in events if self._expelled else ():
            if event.name is EventName.LEFT and event.sender is not None:
                frames = EventFrames.of(self._room.room, self._room.epoch, event)
                for listener in self._expelled.pop(event.sender, ()):
                    with suppress(Exception):
                        listener.show(frames.frame(listener.codec))

    def _again(self, result: Repeated) -> None:
        """Some cids are older than memory: nothing was written; sort out and write the rest."""
        if any(event.seq > self._room.seq for event in result.known.values()):
            # Not old but unseen: its commit took effect and its call was lost. Loading shows it.
            self._fail(Unavailable("it may be stored; send it again with its cid"))
            return
        self._room.discard(result.known)
        now_ms = self._now_ms()
        again, self._begun = self._begun, deque()
        for begun in again:
            try:
                self._begin(begun, now_ms)
            except (Refused, Outage) as why:
                begun.command.reply.fail(why)
        if self._room.dirty:
            self._committer.submit(self._room.append(), self._committed)
        else:
            self._actor.release()

    def _fail(self, why: Outage) -> None:
        """What is true is not known here any more: answer so, and load again."""
        waiting: list[Reply[Any]] = [begun.command.reply for begun in self._begun]
        waiting += [mark.reply for mark in self._marks]
        self._begun.clear()
        self._marks.clear()
        try:
            for reply in waiting:
                reply.fail(why)
        finally:
            self._actor.reset()
