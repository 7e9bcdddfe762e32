"""What stays in a room's log of somebody who is erased: the places of what they did."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import msgspec

from engine.ids import Alias
from engine.rooms.events import DELETED_CONTENT, Content, Event, EventName
from engine.rooms.veils import PARTINGS


def without_person(event: Event, aliases: AbstractSet[Alias]) -> Event:
    """Return an event without what somebody with these aliases said or was called."""
    content = _content(event, aliases)
    return event if content == event.content else msgspec.structs.replace(event, content=content)


def without_names(content: Content, aliases: AbstractSet[Alias]) -> Content:
    """Return news of a room without the nicknames of these aliases: of `alias`, and of `other`."""
    names = (("alias", "nickname"), ("other", "others_nickname"))
    gone = {name: "" for who, name in names if content.get(who) in aliases and name in content}
    return {**content, **gone}


def _content(event: Event, aliases: AbstractSet[Alias]) -> Content:
    if event.name in PARTINGS:
        named = without_names({**event.content, "alias": event.sender}, aliases)
        return {name: named[name] for name in event.content}
    if event.sender not in aliases:
        return event.content
    match event.name:
        case EventName.MESSAGE:
            return DELETED_CONTENT
        case EventName.JOINED:
            return {"nickname": ""}
        case _:
            return event.content
