"""Contract of photos: one for each membership, for its owner and for who it was revealed to."""

from __future__ import annotations

from typing import cast

import pytest

from engine.errors import BadRequest, NotFound, Unauthenticated, Unavailable
from engine.ids import AccountId, GroupId, MatchId
from engine.limits_files import UPLOAD_UNCLAIMED_MS
from engine.model.blob import BlobKey, Shelf
from engine.model.picture import Picture, clean_picture
from engine.ports.likes import FreshIds
from engine.ports.seeding import SeededUser
from engine.rooms.events import Append, Event, EventName
from store.memory.blobs import MemoryBlobs
from tests.pictures import jpeg, png
from tests.store.meeting import make_party
from tests.store.test_erasure import leave_for_good
from tests.store.world import World

FACE, OTHER_FACE = clean_picture(png(3, 3)), clean_picture(jpeg(5, 4))


def held(world: World) -> dict[BlobKey, bytes]:
    """Return the files that lie there."""
    return cast("MemoryBlobs", world.store.blobs).held


async def put(world: World, group: GroupId, who: AccountId, picture: Picture = FACE) -> BlobKey:
    """Show a photo; return where its file lies."""
    name = await world.store.photos.put(group, who, picture, now_ms=world.now_ms)
    return BlobKey(Shelf.PHOTOS, name)


async def sweep(world: World) -> None:
    """Destroy what is due."""
    while await world.store.doomed_files.destroy_due(now_ms=world.now_ms):
        pass


async def reveal(world: World, ids: FreshIds, step: str, name: EventName) -> None:
    """Write what the room writes when somebody takes a step."""
    room = await world.claim(ids.room)
    me = room.occupants[0].alias
    content = {"match": ids.match, "step": step, "mine": {}, "theirs": {}}
    event = Event(room.seq + 1, world.now_ms, name, me, None, content)
    await world.append(Append(ids.room, room.fence, room.seq, (event,), {}))


async def peer_photo(world: World, match: MatchId, who: SeededUser) -> bytes:
    """Read the photo of the other one."""
    found = await world.store.photos.of_peer(match, who.account, now_ms=world.now_ms)
    return found.data


async def test_a_photo_is_its_owners_and_the_newest_is_the_only_one(world: World) -> None:
    me, *_ = await world.people()
    photos = world.store.photos
    with pytest.raises(NotFound):
        await photos.mine(me.group, me.account)
    first = await put(world, me.group, me.account)
    found = await photos.mine(me.group, me.account)
    assert (found.photo, found.kind, found.data) == (first.name, FACE.kind, FACE.data)
    second = await put(world, me.group, me.account, OTHER_FACE)
    assert (await photos.mine(me.group, me.account)).data == OTHER_FACE.data
    await sweep(world)
    assert first not in held(world)
    assert second in held(world)
    await photos.remove(me.group, me.account)
    await photos.remove(me.group, me.account)
    with pytest.raises(NotFound):
        await photos.mine(me.group, me.account)
    await sweep(world)
    assert second not in held(world)


async def test_a_photo_is_of_one_group(world: World) -> None:
    me, *_ = await world.people()
    elsewhere = await world.make_group(me.account)
    await put(world, me.group, me.account)
    with pytest.raises(NotFound):
        await world.store.photos.mine(elsewhere, me.account)
    there = await put(world, elsewhere, me.account)
    # The same picture lies there twice, and nothing of the files is the same.
    here = BlobKey(Shelf.PHOTOS, (await world.store.photos.mine(me.group, me.account)).photo)
    assert here != there


async def test_only_who_is_in_shows_a_photo_and_nobody_does_at_a_meeting(world: World) -> None:
    (me, *_), (stranger, *_) = await world.people(), await world.people()
    for call in (
        lambda: put(world, me.group, stranger.account),
        lambda: world.store.photos.mine(me.group, stranger.account),
        lambda: world.store.photos.remove(me.group, stranger.account),
        lambda: put(world, GroupId("nowhere000000000"), me.account),
    ):
        with pytest.raises(NotFound):
            await call()
    meeting = await make_party(world)
    with pytest.raises(BadRequest):
        await put(world, meeting.group, meeting.people[0])
    await world.hands.ban_account(me.account)
    with pytest.raises(Unauthenticated):
        await put(world, me.group, me.account)
    assert held(world) == {}


async def test_the_other_of_a_match_sees_it_once_both_have_revealed_theirs(world: World) -> None:
    one, other, third, *_ = await world.people()
    ids = await world.match(one, other)
    await put(world, one.group, one.account, FACE)
    await put(world, one.group, other.account, OTHER_FACE)

    async def hidden_from(*people: SeededUser) -> None:
        for who in people:
            with pytest.raises(NotFound):
                await peer_photo(world, ids.match, who)

    await hidden_from(one, other, third)
    await reveal(world, ids, "profile", EventName.REVEAL_DONE)
    await hidden_from(one, other, third)
    await reveal(world, ids, "photo", EventName.REVEAL_OFFERED)
    await hidden_from(one, other, third)
    await reveal(world, ids, "photo", EventName.REVEAL_DONE)
    assert await peer_photo(world, ids.match, one) == OTHER_FACE.data
    assert await peer_photo(world, ids.match, other) == FACE.data
    await hidden_from(third)
    # The next step changes nothing of it; without a photo there is none; the end ends it.
    await reveal(world, ids, "contact", EventName.REVEAL_OFFERED)
    assert await peer_photo(world, ids.match, one) == OTHER_FACE.data
    await world.store.photos.remove(one.group, other.account)
    await hidden_from(one)
    await world.store.likes.end_match(ids.match, one.account, now_ms=world.now_ms)
    await hidden_from(one, other)


async def test_a_reveal_names_the_photo(world: World) -> None:
    one, other, *_ = await world.people()
    ids = await world.match(one, other)
    name = (await put(world, one.group, one.account)).name
    shown = await world.store.room_log.revealable(
        ids.room, now_ms=world.now_ms, timezone="Asia/Seoul"
    )
    assert {side.photo for side in shown.values()} == {name, None}


@pytest.mark.parametrize("how", ["leave", "ban", "erase", "end"])
async def test_a_photo_goes_with_its_membership(world: World, how: str) -> None:
    owner, me, *_ = await world.people()
    group = await world.make_group(owner.account)
    joined = await world.join(group, me.account)
    file = await put(world, group, me.account)
    owners = await put(world, group, owner.account)
    match how:
        case "leave":
            await world.store.groups.leave(group, me.account, now_ms=world.now_ms)
        case "ban":
            await world.store.groups.ban(group, owner.account, joined.member, now_ms=world.now_ms)
        case "erase":
            await leave_for_good(world, me.account)
        case _:
            await world.store.groups.leave(group, me.account, now_ms=world.now_ms)
            await world.store.groups.leave(group, owner.account, now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await world.store.photos.mine(group, me.account)
    await sweep(world)
    assert file not in held(world)
    assert (owners in held(world)) is (how != "end")
    # Who comes back has none.
    if how == "leave":
        await world.join(group, me.account)
        with pytest.raises(NotFound):
            await world.store.photos.mine(group, me.account)


async def lose_the_answer(blobs: MemoryBlobs, key: BlobKey, data: bytes) -> None:
    """Write a file, and then say that it was not written."""
    blobs.held[key] = data
    raise Unavailable


async def test_a_file_that_nobody_claims_is_destroyed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, *_ = await world.people()
    kept = await put(world, me.group, me.account)
    with monkeypatch.context() as broken:
        broken.setattr(MemoryBlobs, "put", lose_the_answer)
        with pytest.raises(Unavailable):
            await put(world, me.group, me.account, OTHER_FACE)
    assert (await world.store.photos.mine(me.group, me.account)).data == FACE.data
    await sweep(world)
    assert len(held(world)) == 2
    world.clock.now_ms += UPLOAD_UNCLAIMED_MS
    await sweep(world)
    assert held(world).keys() == {kept}
