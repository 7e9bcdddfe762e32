"""Contract of what rooms hear of their members."""

from __future__ import annotations

from engine.ids import AccountId, RoomId
from engine.ports.outbox import Notice, NoticeKind
from tests.store.world import World


async def change(world: World, account: AccountId, *, shows: bool | None) -> None:
    """Change a setting of one's own."""
    await world.store.accounts.change(account, nickname=None, show_read_marks=shows)


async def told(world: World, *rooms: RoomId) -> list[Notice]:
    """List the notices to the owners of rooms."""
    due = await world.store.outbox.due(now_ms=world.now_ms, limit=10_000)
    return [notice for notice in due if notice.room in rooms]


async def test_rooms_are_told_when_a_member_lets_others_see_more_or_less(world: World) -> None:
    room = await world.room()
    me = room.occupants[0]
    await change(world, me.account, shows=True)
    await change(world, me.account, shows=None)
    assert await told(world, room.room) == []
    await change(world, me.account, shows=False)
    (notice,) = await told(world, room.room)
    assert (notice.kind, notice.account) == (NoticeKind.ROOM_MEMBERS, None)
    found = await world.store.room_log.occupants(room.room)
    assert {one.alias: one.shows_read_marks for one in found} == {
        one.alias: one.alias != me.alias for one in room.occupants
    }


async def test_who_is_in_a_room_is_found_as_its_owner_found_it(world: World) -> None:
    room = await world.room(3)
    await world.hands.give(room.occupants[0].account, credit=0, premium_until=2**50)
    claimed = await world.claim(room.room)
    found = await world.store.room_log.occupants(room.room)
    assert list(found) == list(claimed.occupants)
    assert found[0].premium_until == 2**50
    assert list(await world.store.room_log.occupants(RoomId("nowhere000000000"))) == []
