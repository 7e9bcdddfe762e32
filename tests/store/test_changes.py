"""Contract of changes: a body that goes is gone, reactions are as they were left, or nothing is."""

from __future__ import annotations

from msgspec.structs import replace

from engine.ids import Alias
from engine.rooms.events import (
    DELETED_CONTENT,
    Append,
    Event,
    EventName,
    Lost,
    Repeated,
    Snapshot,
    Written,
)
from tests.store.world import World


def deletion(world: World, seq: int, sender: Alias, target: int) -> Event:
    """Make the event of a deletion."""
    return Event(seq, world.now_ms, EventName.DELETED, sender, None, {"target": target})


def reaction(world: World, seq: int, sender: Alias, target: int) -> Event:
    """Make the event of a reaction."""
    content = {"target": target, "emoji": "👍", "on": True}
    return Event(seq, world.now_ms, EventName.REACTION, sender, None, content)


def erase(world: World, room: Snapshot, seq: int, target: int) -> Append:
    """Make the append of one deletion by the first member."""
    event = deletion(world, seq, room.occupants[0].alias, target)
    return Append(room.room, room.fence, seq - 1, (event,), {})


async def test_a_deleted_body_is_gone_from_everywhere_and_its_place_stays(world: World) -> None:
    room = await world.room()
    await world.append(world.write(room, count=3))
    assert await world.append(erase(world, room, 4, 2)) == [Written()]
    page = await world.store.room_log.page(room.room, after=0, before=None, limit=9)
    assert [event.seq for event in page.events] == [1, 2, 3, 4]
    assert [event.deleted for event in page.events] == [False, True, False, False]
    gone = page.events[1]
    assert (gone.name, gone.content) == (EventName.MESSAGE, DELETED_CONTENT)
    assert (await world.claim(room.room)).tail == page.events


async def test_the_cid_of_a_deleted_message_stays_taken(world: World) -> None:
    room = await world.room()
    sent = world.write(room)
    await world.append(sent)
    await world.append(erase(world, room, 2, 1))
    again = replace(sent.events[0], seq=3)
    (outcome,) = await world.append(Append(room.room, room.fence, 2, (again,), {}))
    assert isinstance(outcome, Repeated)
    (known,) = outcome.known.values()
    assert (known.seq, known.deleted) == (1, True)


async def test_a_refused_append_erases_nothing(world: World) -> None:
    room = await world.room()
    await world.append(world.write(room, count=2))
    stale = replace(erase(world, room, 3, 1), fence=room.fence - 1)
    ahead = erase(world, room, 4, 1)
    assert await world.append(stale, ahead) == [Lost(), Lost()]
    page = await world.store.room_log.page(room.room, after=0, before=None, limit=9)
    assert not any(event.deleted for event in page.events)


async def test_a_deleted_message_is_not_unread(world: World) -> None:
    room = await world.room()
    peer = room.occupants[1]
    await world.append(world.write(room, count=3))

    async def unread() -> int:
        (seen,) = await world.store.directory.rooms(
            peer.account, now_ms=world.now_ms, after=None, limit=9
        )
        return seen.unread

    assert await unread() == 3
    await world.append(erase(world, room, 4, 2))
    assert await unread() == 2
    mark = Append(room.room, room.fence, 4, (), {peer.alias: 2})
    await world.append(mark)
    assert await unread() == 1
    await world.append(erase(world, room, 5, 3))
    assert await unread() == 0


async def test_reactions_are_as_they_were_left(world: World) -> None:
    room = await world.room()
    one, other = (occupant.alias for occupant in room.occupants)
    await world.append(world.write(room, count=2))
    reactions = world.store.room_log.reactions

    async def set_to(seq: int, **held: tuple[str, ...]) -> None:
        states = {(1, {"one": one, "other": other}[name]): emojis for name, emojis in held.items()}
        event = reaction(world, seq, one, 1)
        append = Append(room.room, room.fence, seq - 1, (event,), {}, states)
        assert await world.append(append) == [Written()]

    assert await reactions(room.room, 1) == {}
    await set_to(3, one=("👍", "🎉"))
    await set_to(4, other=("👍",))
    assert await reactions(room.room, 1) == {one: ("👍", "🎉"), other: ("👍",)}
    assert await reactions(room.room, 2) == {}
    await set_to(5, one=("🎉",), other=())
    assert await reactions(room.room, 1) == {one: ("🎉",)}
    await world.append(erase(world, room, 6, 1))
    assert await reactions(room.room, 1) == {}


async def test_a_refused_append_changes_no_reaction(world: World) -> None:
    room = await world.room()
    alias = room.occupants[0].alias
    await world.append(world.write(room))
    event = reaction(world, 2, alias, 1)
    good = Append(room.room, room.fence, 1, (event,), {}, {(1, alias): ("👍",)})
    stale = replace(good, fence=room.fence - 1, reactions={(1, alias): ("🎉",)})
    assert await world.append(stale) == [Lost()]
    assert await world.store.room_log.reactions(room.room, 1) == {}
    assert await world.append(good, stale) == [Written(), Lost()]
    assert await world.store.room_log.reactions(room.room, 1) == {alias: ("👍",)}
