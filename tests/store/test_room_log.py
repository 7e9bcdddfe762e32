"""Contract of the room log: all or nothing, in order, once, by one owner."""

from __future__ import annotations

import random

import pytest
import trio

from engine.errors import NotFound
from engine.ids import Alias, NodeId, RoomId
from engine.limits import ROOM_TAIL_EVENTS
from engine.rooms.events import (
    Append,
    Event,
    EventName,
    Lost,
    Outcome,
    Repeated,
    RoomKind,
    Snapshot,
    Written,
)
from tests.store.world import DAY_MS, NODE, World

OTHER = NodeId("node-b")
NOWHERE = RoomId("nowhere000000000")


async def seqs(world: World, room: Snapshot) -> list[int]:
    """Read the numbers of the whole log."""
    page = await world.store.room_log.page(room.room, after=0, before=None, limit=10_000)
    return [event.seq for event in page.events]


def closing(world: World, seq: int) -> Event:
    """Make the event that closes a room."""
    return Event(seq, world.now_ms, EventName.CLOSED, None, None, {})


async def test_an_owner_finds_the_room_as_it_is(world: World) -> None:
    room = await world.room(3)
    assert (room.kind, room.seq, room.epoch, room.closed, room.tail) == (
        RoomKind.GROUP,
        0,
        1,
        False,
        (),
    )
    assert len({occupant.alias for occupant in room.occupants}) == 3
    assert [occupant.read for occupant in room.occupants] == [0, 0, 0]
    append = world.write(room, count=5)
    assert await world.append(append) == [Written()]
    again = await world.claim(room.room)
    assert again.fence > room.fence
    assert (again.seq, again.tail) == (5, append.events)
    assert again.occupants == room.occupants


async def test_an_owner_can_ask_which_rooms_it_has_lost(world: World) -> None:
    rooms = [await world.room() for _ in range(3)]
    held = {room.room: room.fence for room in rooms}
    taken = world.store.room_log.taken
    assert await taken(held) == []
    assert await taken({}) == []
    await world.claim(rooms[1].room)
    assert await taken(held) == [rooms[1].room]
    assert set(await taken({**held, NOWHERE: 1})) == {rooms[1].room, NOWHERE}


async def test_claiming_what_is_not_there_gives_nothing(world: World) -> None:
    room = await world.room()
    claim = world.store.room_log.claim
    found = await claim([NOWHERE, room.room], OTHER, now_ms=world.now_ms)
    assert [one.room for one in found] == [room.room]
    assert await claim([room.room], OTHER, now_ms=world.now_ms - DAY_MS) == []
    assert await claim([], OTHER, now_ms=world.now_ms) == []


async def test_the_tail_is_bounded(world: World) -> None:
    room = await world.room()
    await world.append(world.write(room, count=ROOM_TAIL_EVENTS + 10))
    tail = (await world.claim(room.room)).tail
    assert [event.seq for event in tail] == list(range(11, ROOM_TAIL_EVENTS + 11))


async def test_every_kind_of_content_comes_back_as_it_was(world: World) -> None:
    room = await world.room()
    alias = room.occupants[0].alias
    events = (
        Event(1, 5, EventName.MESSAGE, alias, "1", {"kind": "text", "body": "안녕 👋 \u2028 \\ '"}),
        Event(2, 6, EventName.MESSAGE, alias, "2", {"kind": "location", "body": {"lat": 37.5}}),
        Event(3, 7, EventName.JOINED, alias, None, {"nickname": "여우"}),
        Event(4, 8, EventName.LEFT, alias, None, {}),
        Event(5, 9, EventName.MESSAGE, alias, "x" * 64, {"kind": "text", "body": "b" * 4_000}),
    )
    await world.append(Append(room.room, room.fence, 0, events, {}))
    page = await world.store.room_log.page(room.room, after=0, before=None, limit=9)
    assert page.events == events


async def test_an_old_owner_cannot_write(world: World) -> None:
    room = await world.room()
    newer = await world.claim(room.room, OTHER)
    assert await world.append(world.write(room)) == [Lost()]
    assert await seqs(world, room) == []
    assert await world.append(world.write(newer)) == [Written()]


async def test_a_wrong_base_is_refused(world: World) -> None:
    room = await world.room()
    await world.append(world.write(room, count=2))
    for base in (0, 1, 3):
        assert await world.append(world.write(room, base=base)) == [Lost()]
    assert await world.append(world.write(room, base=2)) == [Written()]
    assert await seqs(world, room) == [1, 2, 3]


async def test_a_batch_answers_in_its_order_each_for_itself(world: World) -> None:
    rooms = [await world.room() for _ in range(5)]
    stale = rooms[1]
    await world.claim(stale.room, OTHER)
    batch = [
        world.write(rooms[4], count=3),
        world.write(stale),
        Append(NOWHERE, 1, 0, (), {}),
        world.write(rooms[0]),
        world.write(rooms[2], base=7),
        world.write(rooms[3], count=2),
    ]
    outcomes = await world.append(*batch)
    assert outcomes == [Written(), Lost(), Lost(), Written(), Lost(), Written()]
    assert [len(await seqs(world, room)) for room in rooms] == [1, 0, 0, 2, 3]
    assert await world.append() == []


async def test_a_stale_and_a_fresh_owner_in_one_batch(world: World) -> None:
    stale = await world.room()
    fresh = await world.claim(stale.room)
    ours = world.write(fresh)
    assert await world.append(world.write(stale), ours) == [Lost(), Written()]
    page = await world.store.room_log.page(stale.room, after=0, before=None, limit=9)
    assert page.events == ours.events


async def test_a_repeated_cid_writes_nothing_and_shows_the_first(world: World) -> None:
    room, other = await world.room(), await world.room()
    alias = room.occupants[0].alias
    first = world.message(1, alias, cid="once", body="first")
    await world.append(Append(room.room, room.fence, 0, (first,), {}))
    fresh = world.message(2, alias, cid="fresh")
    again = world.message(3, alias, cid="once", body="second")
    outcomes = await world.append(
        Append(room.room, room.fence, 1, (fresh, again), {}), world.write(other)
    )
    assert outcomes == [Repeated({(alias, "once"): first}), Written()]
    assert await seqs(world, room) == [1]
    assert await world.append(Append(room.room, room.fence, 1, (fresh,), {})) == [Written()]


async def test_the_same_cid_of_another_sender_or_room_is_another_message(world: World) -> None:
    room, other = await world.room(), await world.room()
    one, two = (occupant.alias for occupant in room.occupants)
    events = (world.message(1, one, cid="same"), world.message(2, two, cid="same"))
    theirs = (world.message(1, other.occupants[0].alias, cid="same"),)
    assert await world.append(
        Append(room.room, room.fence, 0, events, {}),
        Append(other.room, other.fence, 0, theirs, {}),
    ) == [Written(), Written()]


async def test_a_cid_of_any_characters_is_kept_and_known_again(world: World) -> None:
    room = await world.room()
    alias = room.occupants[0].alias
    odd = ["NULL", "null", '","', "\\n", "a\nb", "\x01\x7f", "{}", " ", 'q"\\', "가나", "\\"]
    events = [world.message(seq, alias, cid=cid) for seq, cid in enumerate(odd, start=1)]
    whole = Append(room.room, room.fence, 0, tuple(events), {})
    assert await world.append(whole) == [Written()]
    page = await world.store.room_log.page(room.room, after=0, before=None, limit=20)
    assert page.events == whole.events
    for event in events:
        again = world.message(len(odd) + 1, alias, cid=event.cid or "")
        append = Append(room.room, room.fence, len(odd), (again,), {})
        assert await world.append(append) == [Repeated({(alias, event.cid or ""): event})]


async def test_read_marks_rise_only(world: World) -> None:
    room = await world.room()
    me, peer = room.occupants
    await world.append(world.write(room, count=5))
    reads = {me.alias: 4, peer.alias: 2, Alias("nobody0000000000"): 1}
    assert await world.append(Append(room.room, room.fence, 5, (), reads)) == [Written()]
    assert await world.append(Append(room.room, room.fence, 5, (), {me.alias: 3})) == [Written()]
    stale = Append(room.room, room.fence - 1, 5, (), {peer.alias: 5})
    assert await world.append(stale) == [Lost()]
    again = await world.claim(room.room)
    assert [occupant.read for occupant in again.occupants] == [4, 2]


async def test_a_closing_room_takes_nothing_but_its_end(world: World) -> None:
    one, other, *_ = await world.people(4)
    ids = await world.match(one, other)
    room = await world.claim(ids.room)
    await world.append(world.write(room))
    await world.store.likes.end_match(ids.match, one.account, now_ms=world.now_ms)
    assert await world.append(world.write(room, base=1)) == [Lost()]
    end = Append(room.room, room.fence, 1, (closing(world, 2),), {})
    assert await world.append(end) == [Written()]
    again = await world.claim(ids.room)
    assert again.closed
    assert [event.name for event in again.tail] == [EventName.MESSAGE, EventName.CLOSED]
    assert await world.append(world.write(again, base=2)) == [Lost()]
    twice = Append(again.room, again.fence, 2, (closing(world, 3),), {})
    assert await world.append(twice) == [Lost()]
    marks = Append(again.room, again.fence, 2, (), {again.occupants[0].alias: 2})
    assert await world.append(marks) == [Written()]


async def test_a_room_that_is_ending_is_there_by_any_clock(world: World) -> None:
    one, other, *_ = await world.people(4)
    ids = await world.match(one, other)
    world.clock.now_ms -= 600_000
    assert await world.store.room_log.claim([ids.room], NODE, now_ms=world.now_ms) == []
    await world.store.likes.end_match(ids.match, one.account, now_ms=world.now_ms + 600_000)
    assert (await world.claim(ids.room)).room == ids.room


async def test_pages_go_both_ways(world: World) -> None:
    room = await world.room()
    await world.append(world.write(room, count=10))

    async def page(
        after: int | None = None, before: int | None = None, limit: int = 4
    ) -> tuple[list[int], bool]:
        found = await world.store.room_log.page(room.room, after=after, before=before, limit=limit)
        assert found.epoch == 1
        return [event.seq for event in found.events], found.more

    assert await page() == ([7, 8, 9, 10], True)
    assert await page(limit=10) == (list(range(1, 11)), False)
    assert await page(before=7) == ([3, 4, 5, 6], True)
    assert await page(before=4) == ([1, 2, 3], False)
    assert await page(before=1) == ([], False)
    assert await page(after=0) == ([1, 2, 3, 4], True)
    assert await page(after=6) == ([7, 8, 9, 10], False)
    assert await page(after=10) == ([], False)
    with pytest.raises(NotFound):
        await world.store.room_log.page(NOWHERE, after=None, before=None, limit=9)


async def test_two_owners_never_interleave(world: World, rng: random.Random) -> None:
    room = await world.room()
    acknowledged: list[str] = []

    async def own(node: NodeId, pause_s: float) -> None:
        for _ in range(6):
            mine = await world.claim(room.room, node)
            base = mine.seq
            for _ in range(8):
                append = world.write(mine, base=base, count=2)
                (outcome,) = await world.append(append)
                if outcome == Lost():
                    break
                assert outcome == Written()
                acknowledged.extend(event.cid or "" for event in append.events)
                base += 2
            await trio.sleep(pause_s)

    async with trio.open_nursery() as nursery:
        for number in range(4):
            nursery.start_soon(own, NodeId(f"node-{number}"), rng.random() / 200)
    page = await world.store.room_log.page(room.room, after=0, before=None, limit=10_000)
    assert [event.seq for event in page.events] == list(range(1, len(page.events) + 1))
    assert sorted(event.cid or "" for event in page.events) == sorted(acknowledged)


async def test_two_writers_of_the_same_seq_one_wins(world: World) -> None:
    room = await world.room()
    outcomes: list[Outcome] = []

    async def write() -> None:
        outcomes.extend(await world.append(world.write(room)))

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(write)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Lost"] * 7 + ["Written"]
    assert await seqs(world, room) == [1]


async def test_the_same_cid_written_at_once_is_in_the_log_once(world: World) -> None:
    room = await world.room()
    event = world.message(1, room.occupants[0].alias, cid="once")
    outcomes: list[Outcome] = []

    async def write() -> None:
        outcomes.extend(await world.append(Append(room.room, room.fence, 0, (event,), {})))

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(write)
    assert outcomes.count(Written()) == 1
    assert await seqs(world, room) == [1]


async def test_a_cancelled_append_is_in_the_log_whole_or_not_at_all(
    world: World, rng: random.Random
) -> None:
    rooms = [await world.room() for _ in range(6)]
    base = 0
    for _ in range(40):
        batch = [world.write(room, base=base, count=3) for room in rooms]
        with trio.move_on_after(rng.random() * 0.006):
            await world.append(*batch)
        # When the cancelled call has come back its work is over: nothing appears later.
        lengths = {len(await seqs(world, room)) for room in rooms}
        assert lengths in ({base}, {base + 3})
        await trio.sleep(0.001)
        assert {len(await seqs(world, room)) for room in rooms} == lengths
        (base,) = lengths
