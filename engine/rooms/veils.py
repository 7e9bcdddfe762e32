"""Who is hidden from whom in a room, and how the log looks to each of its members.

Whoever blocks somebody has left, as far as the other can see, and the other way round. What one of
the two does from then on keeps its place in the log, so that no seq is missing, and says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from engine.ids import Alias
from engine.rooms.events import Content, Event, EventName, Occupant, Veil

NOTHING: Final[Content] = {}

# A block, and its end, as the log has them: `other` is whom the sender has blocked.
PARTINGS: Final = frozenset({EventName.PARTED, EventName.MET})
_PARTED, _MET = EventName.PARTED, EventName.MET  # hashing a member with every message shows


def hides(veils: Sequence[Veil], event: Event) -> bool:
    """Say whether a member with these veils does not see an event."""
    return any(veil.hides(event) for veil in veils)


def hidden_now(veils: Iterable[Veil]) -> frozenset[Alias]:
    """Return whom a member with these veils does not see now."""
    return frozenset(alias for veil in veils if veil.until is None for alias in veil.aliases)


def veils_of(occupants: Iterable[Occupant]) -> dict[Alias, tuple[Veil, ...]]:
    """Return the veils of those who have some."""
    return {one.alias: one.veils for one in occupants if one.veils}


def apart(veils: Mapping[Alias, Sequence[Veil]]) -> dict[Alias, frozenset[Alias]]:
    """Return who is hidden from whom now."""
    pairs = ((alias, hidden_now(theirs)) for alias, theirs in veils.items())
    return {alias: hidden for alias, hidden in pairs if hidden}


def blank(event: Event) -> Event:
    """Return the place of an event that is not for somebody."""
    return Event(event.seq, event.at, EventName.BLANK, None, None, NOTHING)


def in_public(events: Sequence[Event]) -> Sequence[Event]:
    """Return events as everybody sees them who has nothing to do with a block."""
    for event in events:
        if event.name is _PARTED or event.name is _MET:
            return [blank(event) if event.name in PARTINGS else event for event in events]
    return events


def as_seen(
    events: Sequence[Event],
    me: Alias,
    veils: Sequence[Veil],
    find: Callable[[int], Event | None] = lambda _: None,
) -> Sequence[Event]:
    """Return events as a member sees them; `find` knows older messages that they speak of."""
    if not veils:
        return in_public(events)
    at_hand = {event.seq: event for event in events}

    def target_hidden(event: Event) -> bool:
        seq = event.content.get("target", event.content.get("reply_to"))
        target = (at_hand.get(seq) or find(seq)) if isinstance(seq, int) else None
        return target is not None and hides(veils, target)

    return [_seen(event, me, veils, target_hidden) for event in events]


def newest_seen(events: Sequence[Event], me: Alias, veils: Sequence[Veil]) -> Event | None:
    """Return the newest of some events, oldest first, that says something to a member."""
    seen = as_seen(events, me, veils)
    return next((event for event in reversed(seen) if event.name is not EventName.BLANK), None)


def _seen(
    event: Event, me: Alias, veils: Sequence[Veil], target_hidden: Callable[[Event], bool]
) -> Event:
    if event.name in PARTINGS:
        return _parting(event, me)
    if hides(veils, event):
        return blank(event)
    if event.name is EventName.MESSAGE:
        if "reply_to" in event.content and target_hidden(event):
            content = {name: said for name, said in event.content.items() if name != "reply_to"}
            return msgspec.structs.replace(event, content=content)
        return event
    return blank(event) if "target" in event.content and target_hidden(event) else event


def _parting(event: Event, me: Alias) -> Event:
    """Return what a block is to its two: the other has left; and what its end is: they came."""
    other = Alias(str(event.content["other"]))
    if event.sender is None or me not in (event.sender, other):
        return blank(event)
    mine = me == event.sender
    whom = other if mine else event.sender
    if event.name is EventName.PARTED:
        return Event(event.seq, event.at, EventName.LEFT, whom, None, NOTHING)
    nickname = event.content["others_nickname" if mine else "nickname"]
    return Event(event.seq, event.at, EventName.JOINED, whom, None, {"nickname": nickname})
