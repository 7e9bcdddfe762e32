"""What passes in a room and is not kept: who is writing, and who is there.

Typing ends by itself. Presence is coarse on purpose: an app that comes and goes, or a line that
flickers, is told at most once in a while, and the answer to an open says no more than was told.
"""

from __future__ import annotations

from typing import Protocol

import trio

from actors.alarm import Alarm
from engine.ids import Alias, RoomId
from engine.model.policy import ChatPolicy
from engine.wire.frames import Fields


class Whisper(Protocol):
    """How an ephemeral event reaches listeners."""

    def __call__(
        self, fields: Fields, *, sender: Alias, to_sender: bool, to_others: bool
    ) -> None: ...


class Signals:
    """Typing and presence of one room. Nothing here waits; time comes from the node's alarm."""

    def __init__(self, room: RoomId, policy: ChatPolicy, alarm: Alarm, whisper: Whisper) -> None:
        self.shows_presence = False
        self._room = room
        self._policy = policy
        self._alarm = alarm
        self._whisper = whisper
        self._typing: dict[Alias, tuple[float, object]] = {}  # until when, and from which session
        self._here: dict[Alias, set[object]] = {}
        self._told: dict[Alias, tuple[bool, float]] = {}  # whether they are there, and told when
        self._rings_s: float | None = None

    # --- typing --------------------------------------------------------------------------

    def type(self, alias: Alias, listener: object, *, on: bool) -> None:
        """Somebody writes, or does not write any more."""
        if on:
            self._typing[alias] = (trio.current_time() + self._policy.typing_s, listener)
            self._tell("typing", alias, on=True)
            self._ring_at(self._typing[alias][0])
        elif self._typing.pop(alias, None) is not None:
            self._tell("typing", alias, on=False)

    # --- presence ------------------------------------------------------------------------

    def came(self, listener: object, alias: Alias) -> None:
        """A session has opened the room."""
        if self.shows_presence:
            self._here.setdefault(alias, set()).add(listener)
            self._look(alias)

    def went(self, listener: object, alias: Alias) -> None:
        """A session has left the room, or is gone."""
        until = self._typing.get(alias)
        if until is not None and until[1] is listener:
            self.type(alias, listener, on=False)
        here = self._here.get(alias)
        if here is not None:
            here.discard(listener)
            self._look(alias)

    def online(self, alias: Alias) -> bool:
        """Whether somebody is there, as it was last told."""
        return self._told.get(alias, (False, 0.0))[0]

    def clear(self) -> None:
        """Nobody listens any more."""
        self._typing.clear()
        self._here.clear()
        self._told.clear()

    def _look(self, alias: Alias) -> None:
        """Tell what has changed, if that may be told already."""
        here = bool(self._here.get(alias))
        told, at_s = self._told.get(alias, (False, float("-inf")))
        if here == told:
            return
        now_s, again_s = trio.current_time(), at_s + self._policy.presence_every_s
        if now_s < again_s:
            self._ring_at(again_s)
            return
        self._told[alias] = (here, now_s)
        self._tell("presence", alias, online=here)

    # --- time ----------------------------------------------------------------------------

    def _ring_at(self, when_s: float) -> None:
        """Have the alarm ring, unless it rings for this room before: then it looks again."""
        if self._rings_s is None or when_s < self._rings_s:
            self._rings_s = when_s
            self._alarm.at(when_s, self._ring)

    def _ring(self) -> None:
        now_s = trio.current_time()
        if self._rings_s is not None and self._rings_s > now_s:
            return  # an earlier time that was set later has rung already
        self._rings_s = None
        for alias, (until_s, listener) in list(self._typing.items()):
            if until_s <= now_s:
                self.type(alias, listener, on=False)
            else:
                self._ring_at(until_s)
        for alias in list(self._here):
            self._look(alias)

    def _tell(self, name: str, alias: Alias, **what: bool) -> None:
        fields: Fields = {"ev": name, "room": self._room, "from": alias, **what}
        self._whisper(fields, sender=alias, to_sender=False, to_others=True)
