"""Contract of group rooms: in with the group, out with it, in the same transaction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import Forbidden, NotFound
from engine.ids import AccountId, Alias, MemberId, RoomId
from engine.model.group import MemberProfile
from engine.ports.outbox import Notice, NoticeKind
from engine.ports.seeding import SeedPlan
from engine.rooms.events import Append, Event, RoomKind, RoomSummary, Written
from tests.store.searching import find, say, texts
from tests.store.world import POLICY, World


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
    alias = await world.alias_in(room, newcomer)
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
        await world.alias_in(room, newcomer)
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
        aliases.add(await world.alias_in(room, newcomer))
        await world.store.groups.leave(group, newcomer, now_ms=world.now_ms)
    assert len(aliases) == 2


async def test_a_new_group_has_a_room_and_its_owner_is_in_it(world: World) -> None:
    owner = (await world.enter(world.phone())).account
    group = await world.make_group(owner)
    (mine,) = await seen(world, owner)
    assert (mine.kind, mine.group, mine.closed) == (RoomKind.GROUP, group, False)
    newcomer = (await world.enter(world.phone())).account
    await world.join(group, newcomer)
    (theirs,) = await seen(world, newcomer)
    assert theirs.room == mine.room
    assert {nickname for _, nickname in theirs.members} == {"주인", "nick"}
    assert theirs.me != mine.me


async def test_a_group_without_a_room_gets_one_with_all_of_its_members(world: World) -> None:
    users = await world.people(3)
    newcomer = (await world.enter(world.phone())).account
    assert await seen(world, users[0].account) == []
    await world.join(users[0].group, newcomer)
    rooms = [await seen(world, one) for one in (newcomer, *(user.account for user in users))]
    assert len({room.room for (room,) in rooms}) == 1
    assert len(rooms[0][0].members) == 4
    assert len({room.me for (room,) in rooms}) == 4


@pytest.mark.parametrize("history", [False, True])
async def test_what_was_said_before_is_not_for_who_joins_later(
    world: World, *, history: bool
) -> None:
    """Not in the list, not in history, not in the search, not unread; unless the policy says so."""
    owner, newcomer = [(await world.enter(world.phone())).account for _ in range(2)]
    group = await world.make_group(owner)
    (mine,) = await seen(world, owner)
    room = await world.claim(mine.room)
    await say(world, room, "점심 먹자", "저녁 먹자")
    policy = replace(POLICY.groups, history_before_joining=history)
    member, profile = MemberId(world.chance.fresh_id()), MemberProfile("새벗")
    await world.store.groups.join(group, member, newcomer, profile, policy, now_ms=world.now_ms)
    before = ["점심 먹자", "저녁 먹자"] if history else []
    (summary,) = await seen(world, newcomer)
    assert (summary.seq, summary.unread) == (2, 0)
    assert (summary.last is not None) is history
    assert texts(await find(world, newcomer, "먹자")) == before[::-1]
    assert texts(await find(world, owner, "먹자")) == ["저녁 먹자", "점심 먹자"]
    said = world.message(3, room.occupants[0].alias, body="이제 먹자")
    assert await world.append(Append(room.room, room.fence, 2, (said,), {})) == [Written()]
    (summary,) = await seen(world, newcomer)
    assert (summary.unread, summary.last) == (1, said)
    assert await history_of(world, mine.room, newcomer) == [*before, "이제 먹자"]
    assert await history_of(world, mine.room, owner) == ["점심 먹자", "저녁 먹자", "이제 먹자"]
    assert texts(await find(world, newcomer, "먹자")) == ["이제 먹자", *before[::-1]]
    since = {one.account: one.since for one in await world.store.room_log.occupants(mine.room)}
    assert since == {owner: 0, newcomer: 0 if history else 2}
    assert {one.since for one in (await world.claim(mine.room)).occupants} == {*since.values()}


async def test_who_comes_back_sees_what_is_said_from_then_on(world: World) -> None:
    owner, member = [(await world.enter(world.phone())).account for _ in range(2)]
    group = await world.make_group(owner)
    await world.join(group, member)
    (mine,) = await seen(world, owner)
    room = await world.claim(mine.room)
    await say(world, room, "하나", "둘이")
    assert await history_of(world, mine.room, member) == ["하나", "둘이"]
    await world.store.groups.leave(group, member, now_ms=world.now_ms)
    await world.join(group, member)
    assert await history_of(world, mine.room, member) == []
    assert await find(world, member, "둘이") == []


async def test_history_comes_in_pages_down_to_the_joining(world: World) -> None:
    owner, member = [(await world.enter(world.phone())).account for _ in range(2)]
    group = await world.make_group(owner)
    (mine,) = await seen(world, owner)
    room = await world.claim(mine.room)
    await say(world, room, *(f"line {n}" for n in range(1, 4)))
    await world.join(group, member)
    later = tuple(world.message(n, room.occupants[0].alias, body=f"line {n}") for n in (4, 5, 6))
    await world.append(Append(room.room, room.fence, 3, later, {}))
    found: list[Event] = []
    before, more = None, True
    while more:
        page = (
            await world.store.directory.history(
                mine.room, member, before=before, limit=2, now_ms=world.now_ms
            )
        ).page
        found = [*page.events, *found]
        before, more = page.events[0].seq, page.more
    assert [event.seq for event in found] == [4, 5, 6]
    below = await world.store.directory.history(
        mine.room, member, before=4, limit=2, now_ms=world.now_ms
    )
    assert (below.page.events, below.page.more) == ((), False)


async def seen(world: World, account: AccountId) -> list[RoomSummary]:
    """List somebody's rooms."""
    found = await world.store.directory.rooms(account, now_ms=world.now_ms, after=None, limit=9)
    return list(found)


async def history_of(world: World, room: RoomId, account: AccountId) -> list[object]:
    """Read the texts a member may read."""
    found = await world.store.directory.history(
        room, account, before=None, limit=50, now_ms=world.now_ms
    )
    return [event.content["body"] for event in found.page.events]


async def test_who_is_banned_is_out_of_the_room_at_once_and_for_good(world: World) -> None:
    owner, member = [(await world.enter(world.phone())).account for _ in range(2)]
    group = await world.make_group(owner)
    banned = await world.join(group, member)
    (mine,) = await seen(world, owner)
    alias = await world.alias_in(mine.room, member)
    for _ in range(2):
        await world.store.groups.ban(group, owner, banned.member, now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await world.alias_in(mine.room, member)
    left = (await told(world, mine.room))[-1]
    assert (left.kind, left.content) == (NoticeKind.ROOM_LEFT, {"alias": alias})
    assert len(await told(world, mine.room)) == 2
    with pytest.raises(Forbidden):
        await world.join(group, member)
    assert (await world.store.groups.get(group, owner)).members == 1


async def test_nobody_bans_who_stands_as_high_or_is_elsewhere(world: World) -> None:
    owner, member, other = [(await world.enter(world.phone())).account for _ in range(3)]
    group = await world.make_group(owner)
    theirs = (await world.join(group, member)).member
    ban, now_ms = world.store.groups.ban, world.now_ms
    mine = next(one for one in await world.store.groups.people(group, owner) if one.me)
    for by, whom in ((member, mine.member), (member, theirs), (owner, mine.member)):
        with pytest.raises(Forbidden):
            await ban(group, by, whom, now_ms=now_ms)
    for by, whom in ((other, theirs), (owner, MemberId("nobody0000000000"))):
        with pytest.raises(NotFound):
            await ban(group, by, whom, now_ms=now_ms)
    assert len(await world.store.groups.people(group, owner)) == 2


async def test_an_alias_names_somebody_for_who_is_in_the_room_only(world: World) -> None:
    owner, member, stranger = [(await world.enter(world.phone())).account for _ in range(3)]
    group = await world.make_group(owner)
    await world.join(group, member)
    (mine,) = await seen(world, owner)
    alias = await world.alias_in(mine.room, member)
    account_in, now_ms = world.store.directory.account_in, world.now_ms
    assert await account_in(mine.room, owner, alias, now_ms=now_ms) == (member, "nick")
    await world.store.groups.leave(group, member, now_ms=now_ms)
    assert await account_in(mine.room, owner, alias, now_ms=now_ms) == (member, "nick")
    nobody = Alias("nobody0000000000")
    for viewer, named in ((stranger, mine.me), (member, mine.me), (owner, nobody)):
        with pytest.raises(NotFound):
            await account_in(mine.room, viewer, named, now_ms=now_ms)
