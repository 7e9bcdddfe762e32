"""Who listens to a room: the fan-out, one encoding for each codec and no waiting for anybody."""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

from engine.ids import Alias, RoomId
from engine.rooms.events import Event
from engine.wire.close_codes import CloseCode
from engine.wire.codec import Codec, EventFrames
from engine.wire.frames import Fields


class Listener(Protocol):
    """A session, as a room sees it. Nothing here waits: a slow reader pays for itself."""

    @property
    def codec(self) -> Codec:
        """What it reads."""

    def show(self, frame: bytes) -> None:
        """Take a durable event."""

    def show_ephemeral(self, frame: bytes) -> None:
        """Take an event that may be dropped."""

    def follows(self, room: RoomId) -> bool:
        """Whether it still wants the room: it may have gone while its command waited."""

    def close(self, code: CloseCode, reason: str = "") -> None:
        """End: the room cannot be followed any more."""


class Audience:
    """The listeners of one room; it outlives the room's state, so a reload loses nobody."""

    def __init__(self) -> None:
        self.listeners: dict[Listener, Alias] = {}
        self.shown_seq = 0

    def show(self, room: RoomId, epoch: int, event: Event) -> None:
        """Hand a durable event to all, the sender's own sessions included."""
        frames = EventFrames.of(room, epoch, event)
        finished: dict[Codec, bytes] = {}
        sender = event.sender
        # A copy: who cannot take the event ends, and so leaves the room, in the middle of this.
        for listener, alias in list(self.listeners.items()):
            codec = listener.codec
            if alias == sender:
                frame = frames.frame(codec, own=True)
            elif (known := finished.get(codec)) is not None:
                frame = known
            else:
                frame = finished[codec] = frames.frame(codec)
            try:
                listener.show(frame)
            except Exception:  # noqa: BLE001  # a bug in one session must not cost the room
                self._lose(listener)
        self.shown_seq = event.seq

    def whisper(self, fields: Fields, *, sender: Alias, to_sender: bool, to_others: bool) -> None:
        """Hand an ephemeral event to the sender's own sessions, to the others, or to both."""
        frames = EventFrames(fields)
        for listener, alias in list(self.listeners.items()):
            if to_sender if alias == sender else to_others:
                listener.show_ephemeral(frames.frame(listener.codec))

    def _lose(self, listener: Listener) -> None:
        self.listeners.pop(listener, None)
        with suppress(Exception):
            listener.close(CloseCode.INTERNAL_RESTART)

    def dismiss(self, code: CloseCode) -> None:
        """End all listeners: they reconnect and resume."""
        listeners, self.listeners = list(self.listeners), {}
        for listener in listeners:
            listener.close(code)
