"""Contract of files of rooms: for who is in the room, as long as their message is there."""

from __future__ import annotations

from typing import cast

import pytest

from engine.errors import NotFound, RoomClosed
from engine.ids import AccountId, FileId, RoomId
from engine.limits_files import ROOM_FILE_UNSENT_MS
from engine.model.blob import Shelf
from engine.ports.room_files import RoomUpload
from engine.ports.seeding import SeededUser, SeedPlan
from engine.rooms.events import Append, Event, EventName
from store.memory.blobs import MemoryBlobs
from tests.pictures import PIXEL
from tests.store.test_erasure import leave_for_good
from tests.store.world import World

UPLOAD = RoomUpload("c1", "image/png", PIXEL)


def held(world: World) -> set[str]:
    """Name the files that lie there."""
    lying = cast("MemoryBlobs", world.store.blobs).held
    return {key.name for key in lying if key.shelf is Shelf.CHAT}


async def hand_in(
    world: World, room: RoomId, who: AccountId, upload: RoomUpload = UPLOAD
) -> FileId:
    """Hand a file in."""
    return await world.store.room_files.put(room, who, upload, now_ms=world.now_ms)


async def read(world: World, room: RoomId, who: AccountId, file: FileId) -> tuple[str, bytes]:
    """Read it."""
    found = await world.store.room_files.get(room, who, file, now_ms=world.now_ms)
    return found.kind, found.data


async def sweep(world: World) -> None:
    """Let go of what is not needed, and destroy it."""
    while await world.store.room_files.purge(now_ms=world.now_ms):
        pass
    while await world.store.doomed_files.destroy_due(now_ms=world.now_ms):
        pass


async def say(world: World, room: RoomId, who: AccountId, cid: str = "c1") -> int:
    """Write the message that shows it; return its seq."""
    claimed = await world.claim(room)
    me = await world.alias_in(room, who)
    event = world.message(claimed.seq + 1, me, cid=cid)
    await world.append(Append(room, claimed.fence, claimed.seq, (event,), {}))
    return event.seq


async def take_back(world: World, room: RoomId, who: AccountId, target: int) -> None:
    """Take a message back."""
    claimed = await world.claim(room)
    me = await world.alias_in(room, who)
    seq = claimed.seq + 1
    event = Event(seq, world.now_ms, EventName.DELETED, me, None, {"target": target})
    await world.append(Append(room, claimed.fence, claimed.seq, (event,), {}))


async def pair_of(world: World) -> tuple[SeededUser, SeededUser, SeededUser, RoomId]:
    """Two in a room, and one who is not."""
    plan = SeedPlan(4, 1, pairs=True)
    one, other, stranger, *_ = await world.store.seeding.seed(plan, now_ms=world.now_ms)
    assert one.room is not None
    assert one.room == other.room != stranger.room
    return one, other, stranger, one.room


async def test_who_is_in_the_room_reads_it_and_nobody_else(world: World) -> None:
    one, other, stranger, room = await pair_of(world)
    file = await hand_in(world, room, one.account)
    for reader in (one, other):
        assert await read(world, room, reader.account, file) == ("image/png", PIXEL)
    assert stranger.room is not None
    for reader, where in ((stranger, room), (stranger, stranger.room), (one, stranger.room)):
        with pytest.raises(NotFound):
            await read(world, where, reader.account, file)
    with pytest.raises(NotFound):
        await hand_in(world, room, stranger.account)
    with pytest.raises(NotFound):
        await read(world, room, one.account, FileId("x" * 16))
    assert held(world) == {file}


async def test_a_second_one_for_the_same_message_is_the_only_one(world: World) -> None:
    one, other, _, room = await pair_of(world)
    first = await hand_in(world, room, one.account)
    theirs = await hand_in(world, room, other.account)
    second = await hand_in(world, room, one.account)
    with pytest.raises(NotFound):
        await read(world, room, one.account, first)
    await sweep(world)
    assert held(world) == {second, theirs}


async def test_a_message_that_is_taken_back_takes_its_file_along(world: World) -> None:
    one, other, _, room = await pair_of(world)
    file = await hand_in(world, room, one.account)
    kept = await hand_in(world, room, one.account, RoomUpload("c2", "image/png", PIXEL))
    target = await say(world, room, one.account)
    await take_back(world, room, one.account, target)
    with pytest.raises(NotFound):
        await read(world, room, other.account, file)
    await sweep(world)
    assert held(world) == {kept}


async def test_what_is_never_sent_is_let_go_after_a_day(world: World) -> None:
    one, other, _, room = await pair_of(world)
    sent = await hand_in(world, room, one.account)
    await hand_in(world, room, one.account, RoomUpload("c2", "image/png", PIXEL))
    await say(world, room, one.account)
    await sweep(world)
    assert len(held(world)) == 2
    world.clock.now_ms += ROOM_FILE_UNSENT_MS
    await sweep(world)
    assert held(world) == {sent}
    world.clock.now_ms += ROOM_FILE_UNSENT_MS
    await sweep(world)
    assert await read(world, room, other.account, sent) == ("image/png", PIXEL)


async def test_a_room_that_has_ended_shows_what_was_said_and_takes_nothing_more(
    world: World,
) -> None:
    one, other, _, room = await pair_of(world)
    file = await hand_in(world, room, one.account)
    await say(world, room, one.account)
    claimed = await world.claim(room)
    end = Event(claimed.seq + 1, world.now_ms, EventName.CLOSED, None, None, {})
    await world.append(Append(room, claimed.fence, claimed.seq, (end,), {}))
    assert await read(world, room, other.account, file) == ("image/png", PIXEL)
    with pytest.raises(RoomClosed):
        await hand_in(world, room, one.account)


async def test_an_erasure_leaves_no_file_of_the_person(world: World) -> None:
    users = await world.store.seeding.seed(SeedPlan(3, 1, room_size=3), now_ms=world.now_ms)
    one, other, _ = users
    assert one.room is not None
    await hand_in(world, one.room, one.account)
    kept = await hand_in(world, one.room, other.account)
    for speaker in (one, other):
        await say(world, one.room, speaker.account)
    await leave_for_good(world, one.account)
    await sweep(world)
    assert held(world) == {kept}
