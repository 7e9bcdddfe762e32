"""What somebody who opens a room is shown: how it stands, and what they have missed."""

from __future__ import annotations

from actors.audience import Audience
from actors.commands import Open, Opened
from actors.history import History
from engine.rooms.room import Room
from engine.rooms.veils import as_seen, hidden_now


async def open_room(
    room: Room, history: History, audience: Audience, command: Open, *, now_ms: int
) -> Opened:
    """Let the listener in, from the `seq` of the answer on; raises NotFound, Unavailable."""
    me = room.alias_of(command.account)
    since = room.since(me)
    after, events = command.after, None
    resumes = after is not None and after[0] == room.epoch and after[1] >= since
    if after is not None and resumes and await history.reaches(after[1]):
        events = await history.after(after[1], command.limit)
    recovered = after is None or events is not None
    if after is None or events is None:
        events, more = await history.newest(min(command.limit, room.seq - since)), False
    else:
        more = bool(events) and events[-1].seq < room.seq
    if command.listener.follows(room.room):
        audience.join(command.listener, me)
    signals = audience.signals
    veils = room.veils.get(me, ())
    hidden = hidden_now(veils)
    members = tuple(one for one in room.occupants if one.alias not in hidden)
    here = (one.alias for one in members if signals.online(one.alias))
    return Opened(
        epoch=room.epoch,
        seq=room.seq,
        recovered=recovered,
        more=more,
        me=me,
        members=members,
        reads=frozenset(
            one.alias for one in members if one.alias == me or one.reads_seen(now_ms=now_ms)
        ),
        online=frozenset((me, *here)) if signals.shows_presence else None,
        events=tuple(as_seen(events, me, veils, room.find)),
    )
