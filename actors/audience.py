"""Who listens to a room: the fan-out, one encoding for each codec and no waiting for anybody."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Final

from actors.alarm import Alarm
from actors.signals import Signals
from engine.ids import Alias, RoomId
from engine.model.policy import ChatPolicy
from engine.rooms.events import Event
from engine.rooms.room import NO_FENCE
from engine.wire.close_codes import CloseCode
from engine.wire.codec import Codec
from engine.wire.event_frames import EventFrames
from engine.wire.frames import Fields


class Listener(ABC):
    """A session, as a room sees it. Nothing here waits: a slow reader pays for itself."""

    __slots__ = ("codec",)

    codec: Codec  # what it reads

    @abstractmethod
    def show(self, frame: bytes, room: RoomId | None = None) -> None:
        """Take durable events, of a room or of the person's own."""

    @abstractmethod
    def show_ephemeral(self, frame: bytes) -> None:
        """Take an event that may be dropped."""

    @abstractmethod
    def follows(self, room: RoomId) -> bool:
        """Whether it still wants the room: it may have gone while its command waited."""

    @abstractmethod
    def close(self, code: CloseCode, reason: str = "") -> None:
        """End: the room cannot be followed any more."""


Views = Mapping[Alias, Sequence[Event]]

_NO_VIEWS: Final[Views] = MappingProxyType({})
_NOBODY: Final[Mapping[Alias, frozenset[Alias]]] = MappingProxyType({})


class Audience:
    """The listeners of one room; it outlives the room's state, so a reload loses nobody."""

    def __init__(self, room: RoomId, policy: ChatPolicy, alarm: Alarm) -> None:
        self.listeners: dict[Listener, Alias] = {}
        self.shown_seq = 0
        self.looked_seq = 0  # up to here it was asked who has not heard it (actors/unheard.py)
        self.pair = False  # nobody but two people is ever in here
        self.fence = NO_FENCE  # of the state that shows them the room
        self.apart: Mapping[Alias, frozenset[Alias]] = _NOBODY  # who is hidden from whom
        self.signals = Signals(room, policy, alarm, self.whisper)

    @property
    def unheard(self) -> bool:
        """Whether it has spoken since it was noted how far it was looked at."""
        return self.shown_seq > self.looked_seq

    @property
    def present(self) -> frozenset[Alias]:
        """Who has the room open."""
        return frozenset(self.listeners.values())

    def join(self, listener: Listener, alias: Alias) -> None:
        """Show the room to a listener from now on."""
        self.listeners[listener] = alias
        self.signals.came(listener, alias)

    def leave(self, listener: Listener) -> None:
        """Stop showing the room to a listener; never fails."""
        alias = self.listeners.pop(listener, None)
        if alias is not None:
            self.signals.went(listener, alias)

    def expel(self, alias: Alias) -> list[Listener]:
        """Stop showing the room to somebody who is in it no more; return who listened."""
        theirs = [one for one, whose in self.listeners.items() if whose == alias]
        for listener in theirs:
            self.leave(listener)
        return theirs

    def show(
        self, room: RoomId, epoch: int, events: Sequence[Event], views: Views = _NO_VIEWS
    ) -> None:
        """Hand durable events to all, the senders' own sessions included, joined into one write.

        `views` has those who see the events otherwise than the rest.
        """
        if not events:
            return
        every = [EventFrames.of(room, epoch, event) for event in events]
        senders = [event.sender for event in events]
        speaking, some_see_otherwise = set(senders), bool(views)
        codec, joined = None, b""
        # A copy: who cannot take the events ends, and so leaves the room, in the middle of this.
        for listener, alias in list(self.listeners.items()):
            if listener.codec is not codec:
                codec = listener.codec
                joined = _as_seen_by(None, codec, senders, every)
            try:
                if some_see_otherwise and alias in views:
                    own = [EventFrames.of(room, epoch, event) for event in views[alias]]
                    theirs = [event.sender for event in views[alias]]
                    listener.show(_as_seen_by(alias, codec, theirs, own), room)
                elif alias in speaking:
                    listener.show(_as_seen_by(alias, codec, senders, every), room)
                else:
                    listener.show(joined, room)
            except Exception:  # noqa: BLE001  # a bug in one session must not cost the room
                self._lose(listener)
        self.shown_seq = events[-1].seq

    def whisper(self, fields: Fields, *, sender: Alias, to_sender: bool, to_others: bool) -> None:
        """Hand an ephemeral event to the sender's own sessions, to the others, or to both."""
        frames = EventFrames(fields)
        for listener, alias in list(self.listeners.items()):
            if to_sender if alias == sender else to_others and not self._parts(alias, sender):
                try:
                    listener.show_ephemeral(frames.frame(listener.codec))
                except Exception:  # noqa: BLE001  # a bug in one session must not cost the room
                    self._lose(listener)

    def _parts(self, alias: Alias, sender: Alias) -> bool:
        return bool(self.apart) and sender in self.apart.get(alias, ())

    def _lose(self, listener: Listener) -> None:
        self.leave(listener)
        with suppress(Exception):
            listener.close(CloseCode.INTERNAL_RESTART)

    def dismiss(self, code: CloseCode) -> None:
        """End all listeners: they reconnect and resume."""
        listeners, self.listeners = list(self.listeners), {}
        self.signals.clear()
        for listener in listeners:
            listener.close(code)


def _as_seen_by(
    alias: Alias | None,
    codec: Codec,
    senders: Sequence[Alias | None],
    every: Sequence[EventFrames],
) -> bytes:
    """Join the events, each with its `cid` where it is one's own."""
    if len(every) == 1:
        return every[0].frame(codec, own=alias is not None and alias == senders[0])
    pairs = zip(every, senders, strict=True)
    return b"".join(
        [one.frame(codec, own=sender is not None and sender == alias) for one, sender in pairs]
    )
