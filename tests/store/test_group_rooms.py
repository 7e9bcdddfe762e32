"""Contract of group rooms: in with the group, out with it, in the same transaction."""

from __future__ import annotations

import pytest

from engine.errors import NotFound
from engine.ids import RoomId
from engine.ports.outbox import Notice, NoticeKind
from engine.ports.seeding import SeedPlan
from engine.rooms.events import Written
from tests.store.world import World


async def told(world: World, room: RoomId) -> list[Notice]:
    """List the notices to the owner of the room."""
    due = await world.store.outbox.due(now_ms=world.now_ms, limit=10_000)
    return [notice for notice in due if notice.room == room]


async def test_who_joins_is_in_the_room_and_who_leaves_is_out(world: World) -> None:
    users = await world.store.seeding.seed(SeedPlan(4, 1, room_size=4), now_ms=world.now_ms)
    group, room = users[0].group, users[0].room
    assert room is not None
    claimed = await world.claim(room)
    assert await world.append(world.write(claimed, count=3)) == [Written()]
    newcomer = (await world.enter(world.phone())).account
    entered = await world.join(group, newcomer)
    alias = await world.store.directory.alias_in(room, newcomer, now_ms=world.now_ms)
    (notice,) = await told(world, room)
    assert (notice.kind, notice.content) == (
        NoticeKind.ROOM_JOINED,
        {"alias": alias, "nickname": entered.nickname},
    )
    (seen,) = await world.store.directory.rooms(newcomer, now_ms=world.now_ms, after=None, limit=9)
    assert (seen.room, seen.unread) == (room, 0)
    assert len(await world.store.room_log.occupants(room)) == 5
    await world.store.groups.leave(group, newcomer, now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await world.store.directory.alias_in(room, newcomer, now_ms=world.now_ms)
    assert (await told(world, room))[1].content == {"alias": alias}
    assert (await told(world, room))[1].kind is NoticeKind.ROOM_LEFT
    assert alias not in {one.alias for one in await world.store.room_log.occupants(room)}
    assert alias not in {one.alias for one in (await world.claim(room)).occupants}


async def test_who_comes_back_has_another_alias(world: World) -> None:
    users = await world.store.seeding.seed(SeedPlan(2, 1, room_size=2), now_ms=world.now_ms)
    group, room = users[0].group, users[0].room
    assert room is not None
    newcomer = (await world.enter(world.phone())).account
    aliases = set()
    for _ in range(2):
        await world.join(group, newcomer)
        aliases.add(await world.store.directory.alias_in(room, newcomer, now_ms=world.now_ms))
        await world.store.groups.leave(group, newcomer, now_ms=world.now_ms)
    assert len(aliases) == 2


async def test_a_group_without_a_room_stays_without(world: World) -> None:
    owner = (await world.enter(world.phone())).account
    group = await world.make_group(owner)
    newcomer = (await world.enter(world.phone())).account
    await world.join(group, newcomer)
    assert not await world.store.directory.rooms(newcomer, now_ms=world.now_ms, after=None, limit=9)
