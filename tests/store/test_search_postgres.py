"""What only PostgreSQL's search has: bounds of one call, and what is in its tables."""

from __future__ import annotations

import pytest

from engine.ids import RoomId
from engine.rooms.events import Append, Event, EventName
from engine.rooms.search import says
from store.asyncio_bridge import open_bridge
from store.grams import FILTER_BYTES, GRAMS_BYTES
from store.postgres import open_postgres_store
from store.postgres.search import PgMessageSearch
from tests.store.hands import PostgresHands
from tests.store.searching import find, say, several_rooms, texts
from tests.store.world import MASTER_KEY, World


@pytest.fixture
def place(module_dsn: str) -> str:
    """Only in a database."""
    return module_dsn


def hands_of(world: World) -> PostgresHands:
    """Return hands that write SQL."""
    assert isinstance(world.hands, PostgresHands)
    return world.hands


@pytest.mark.parametrize(("events_max", "candidates_max"), [(16, 100), (60, 3), (1_000, 1)])
async def test_a_bounded_call_goes_on_where_it_ended(
    world: World, events_max: int, candidates_max: int
) -> None:
    me, said = await several_rooms(world)
    store = world.store.search
    assert isinstance(store, PgMessageSearch)
    small = PgMessageSearch(
        store._postgres, store._vault, events_max=events_max, candidates_max=candidates_max
    )
    expected = [event for event in said if says(event, "사과 1")]
    hits = await find(world, me.account, "사과 1", limit=5, by=small)
    assert [hit.event for hit in hits] == expected


async def grams_of(hands: PostgresHands, room: RoomId) -> list[bytes | None]:
    """Read the index of a room, oldest first."""
    sql = "SELECT array_agg(grams ORDER BY seq) FROM room_events WHERE room_id = $1"
    found = await hands.value(sql, room)
    assert isinstance(found, list)
    return found


async def test_the_index_shows_nothing_without_the_key(world: World) -> None:
    one, other = await world.room(), await world.room()
    await say(world, one, "같은 말", "같은 말", "가" * 1_000, "나")
    await say(world, other, "같은 말")
    found = await grams_of(hands_of(world), one.room)
    assert found[3] is None, "one character cannot be looked for"
    found += await grams_of(hands_of(world), other.room)
    filters = [bits for bits in found if bits]
    assert {len(bits) for bits in filters} == {GRAMS_BYTES}
    # Each half of a random filter is 256 fair coins: 6 sigma are 48 of them.
    for index, bits in enumerate(filters):
        for later in filters[index + 1 :]:
            alike = int.from_bytes(bits[-FILTER_BYTES:]) ^ int.from_bytes(later[-FILTER_BYTES:])
            assert abs(alike.bit_count() - FILTER_BYTES * 4) < FILTER_BYTES * 1.1


async def test_messages_from_before_the_index_are_found_all_the_same(world: World) -> None:
    room = await world.room()
    await say(world, room, "옛날 이야기", "딴 말", "새 이야기")
    sql = "UPDATE room_events SET grams = $2 WHERE room_id = $1 AND seq < 3"
    await hands_of(world).value(sql, room.room, b"")
    me = room.occupants[0].account
    assert texts(await find(world, me, "이야기")) == ["새 이야기", "옛날 이야기"]


async def test_a_deletion_takes_the_index_along(world: World) -> None:
    room = await world.room()
    await say(world, room, "지울 이야기", "남을 이야기")
    alias = room.occupants[0].alias
    deletion = Event(3, world.now_ms, EventName.DELETED, alias, None, {"target": 1})
    await world.append(Append(room.room, room.fence, 2, (deletion,), {}))
    found = await grams_of(hands_of(world), room.room)
    assert [bool(grams) for grams in found] == [False, True, False]


async def test_another_master_key_finds_nothing(module_dsn: str, world: World) -> None:
    room = await world.room()
    await say(world, room, "비밀 이야기")
    await hands_of(world).value(
        "UPDATE rooms SET key_wrapped = $2 WHERE room_id = $1", room.room, b"x"
    )
    async with (
        open_bridge() as bridge,
        open_postgres_store(
            bridge, module_dsn, master_key=MASTER_KEY, chance=world.chance
        ) as other,
    ):
        account = room.occupants[0].account
        assert await find(world, account, "비밀", by=other.search) == []
