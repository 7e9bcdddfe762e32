"""Reactions to the messages of one room: who, with what, and what of it is not stored yet."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping

from engine.errors import Conflict
from engine.ids import Alias
from engine.limits import REACTED_MESSAGES_CACHED_MAX, REACTIONS_PER_PERSON_MAX
from engine.rooms.events import NO_REACTIONS, Event, EventName, Reactions

State = Mapping[tuple[int, Alias], tuple[str, ...]]


class ReactionBook:
    """Bounded: the store knows all of them, this one those that were touched lately."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, dict[Alias, tuple[str, ...]]] = OrderedDict()
        self._pending: dict[tuple[int, Alias], tuple[str, ...]] = {}

    def knows(self, target: int) -> bool:
        """Whether the reactions to a message are in memory."""
        return target in self._known

    def learn(self, target: int, found: Reactions) -> None:
        """Take the reactions to a message; those not touched for longest make place."""
        self._known[target] = dict(found)
        self._known.move_to_end(target)
        if len(self._known) > REACTED_MESSAGES_CACHED_MAX:
            self._known.popitem(last=False)

    def read(self, target: int, events: Iterable[Event]) -> None:
        """Learn the reactions to a message from all events after it."""
        found: dict[Alias, tuple[str, ...]] = {}
        for event in events:
            if event.name is EventName.REACTION and event.target == target:
                assert event.sender is not None
                emoji, on = event.content["emoji"], event.content["on"]
                assert isinstance(emoji, str)
                held = tuple(one for one in found.get(event.sender, ()) if one != emoji)
                found[event.sender] = (*held, emoji) if on else held
        self.learn(target, found)

    def has(self, target: int, alias: Alias, emoji: str) -> bool:
        """Whether somebody's reaction is on a message, or about to be."""
        return emoji in self._of(target, alias)

    def set(self, target: int, alias: Alias, emoji: str, *, on: bool) -> None:
        """Note a change that is to be stored; raises Conflict for too many on one message."""
        held = self._of(target, alias)
        if on and len(held) >= REACTIONS_PER_PERSON_MAX:
            raise Conflict(f"at most {REACTIONS_PER_PERSON_MAX} reactions to one message")
        left = tuple(one for one in held if one != emoji)
        self._pending[target, alias] = (*left, emoji) if on else left

    def changed(self, *, without: Collection[int]) -> State:
        """Return what is to be stored, but for messages that are taken back."""
        if not self._pending:
            return NO_REACTIONS
        return {key: held for key, held in self._pending.items() if key[0] not in without}

    def settle(self, *, without: Collection[int]) -> None:
        """What was pending is stored."""
        if not (self._pending or without):
            return
        for (target, alias), held in self._pending.items():
            if target in self._known:
                self._known[target][alias] = held
        for target in without:
            self._known.pop(target, None)
        self._pending.clear()

    def discard(self) -> None:
        """What was pending did not happen."""
        self._pending.clear()

    def _of(self, target: int, alias: Alias) -> tuple[str, ...]:
        pending = self._pending.get((target, alias))
        if pending is not None:
            return pending
        return self._known.get(target, {}).get(alias, ())
