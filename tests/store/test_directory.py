"""Contract of the directory: which rooms a person is in, and what is unread there."""

from __future__ import annotations

import pytest

from engine.errors import NotFound
from engine.ids import AccountId, RoomId
from engine.limits import UNREAD_MESSAGES_MAX
from engine.ports.seeding import SeededUser
from engine.rooms.events import Append, RoomKind, RoomMark
from tests.store.world import DAY_MS, SECOND_MS, World


async def matched(world: World, count: int = 3) -> tuple[SeededUser, list[RoomId]]:
    """Make a person with some matches and return their rooms, oldest first."""
    me, *others = await world.people(max(4, count + 1))
    await world.hands.give(me.account, credit=0, premium_until=2**50)
    return me, [(await world.match(me, other)).room for other in others[:count]]


async def test_the_most_recently_active_room_comes_first(world: World) -> None:
    me, rooms = await matched(world)
    first = await world.claim(rooms[0])
    world.clock.now_ms += SECOND_MS
    await world.append(world.write(first, count=2))
    marks = await world.store.directory.marks(me.account, now_ms=world.now_ms, limit=9)
    assert marks == [
        RoomMark(rooms[0], 1, 2, 0),
        RoomMark(rooms[2], 1, 0, 0),
        RoomMark(rooms[1], 1, 0, 0),
    ]
    few = await world.store.directory.marks(me.account, now_ms=world.now_ms, limit=2)
    assert list(few) == marks[:2]


async def test_rooms_show_members_and_the_last_event(world: World) -> None:
    me, (room,) = await matched(world, 1)
    claimed = await world.claim(room)
    mine = next(one for one in claimed.occupants if one.account == me.account)
    peer = next(one for one in claimed.occupants if one.account != me.account)
    (empty,) = await world.store.directory.rooms(
        me.account, now_ms=world.now_ms, after=None, limit=9
    )
    assert (empty.kind, empty.seq, empty.unread, empty.last, empty.closed) == (
        RoomKind.MATCH,
        0,
        0,
        None,
        False,
    )
    assert (empty.me, empty.group) == (mine.alias, me.group)
    assert set(empty.members) == {(mine.alias, mine.nickname), (peer.alias, peer.nickname)}
    (match,) = await world.store.likes.matches(me.account, now_ms=world.now_ms, after=None, limit=9)
    assert empty.match == match.match
    events = (
        world.message(1, peer.alias),
        world.message(2, mine.alias),
        world.message(3, peer.alias, body="last"),
    )
    await world.append(Append(room, claimed.fence, 0, events, {mine.alias: 1}))
    (full,) = await world.store.directory.rooms(
        me.account, now_ms=world.now_ms, after=None, limit=9
    )
    assert (full.seq, full.read, full.unread, full.last) == (3, 1, 1, events[2])


async def test_unread_counting_ends_somewhere(world: World) -> None:
    room = await world.room()
    me, peer = room.occupants
    count = UNREAD_MESSAGES_MAX + 10
    events = tuple(world.message(seq, peer.alias) for seq in range(1, count + 1))
    await world.append(Append(room.room, room.fence, 0, events, {}))
    (seen,) = await world.store.directory.rooms(
        me.account, now_ms=world.now_ms, after=None, limit=9
    )
    assert seen.unread == UNREAD_MESSAGES_MAX


async def test_rooms_come_in_pages(world: World) -> None:
    me, rooms = await matched(world, 5)
    found: list[RoomId] = []
    after = None
    while page := await world.store.directory.rooms(
        me.account, now_ms=world.now_ms, after=after, limit=2
    ):
        found += [room.room for room in page]
        after = page[-1].room
    assert found == rooms[::-1]


async def test_a_room_is_there_for_who_is_in_it(world: World) -> None:
    me, (room,) = await matched(world, 1)
    assert len(await world.alias_in(room, me.account)) == 16
    for place, account, now_ms in (
        (room, AccountId("stranger00000000"), world.now_ms),
        (RoomId("nowhere000000000"), me.account, world.now_ms),
        (room, me.account, world.now_ms - DAY_MS),
    ):
        with pytest.raises(NotFound):
            await world.store.directory.history(place, account, before=None, limit=1, now_ms=now_ms)
