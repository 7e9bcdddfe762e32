"""Contract of blocks in a shared room: for the two, the other has left; nobody else notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from engine.errors import NotFound
from engine.ids import AccountId, Alias, GroupId, ReportId, RoomId
from engine.ports.outbox import Notice, NoticeKind
from engine.rooms.events import Append, Event, EventName, RoomSummary, Veil
from engine.rooms.report import Category, ReportRequest
from engine.rooms.search import Search, fold_query
from tests.store.blocking import unblock
from tests.store.world import POLICY, World


@dataclass
class Circle:
    """Ann, Ben and Cat in the room of one group."""

    world: World
    group: GroupId
    room: RoomId
    ann: AccountId
    ben: AccountId
    cat: AccountId

    async def alias(self, account: AccountId) -> Alias:
        return await self.world.alias_in(self.room, account)

    async def say(self, account: AccountId, body: str) -> Event:
        """Write a message, as the room's owner does, and nothing of what it should write else."""
        room = await self.world.claim(self.room)
        event = self.world.message(room.seq + 1, await self.alias(account), body=body)
        await self.world.append(Append(room.room, room.fence, room.seq, (event,), {}))
        return event

    async def write(self, notice: Notice) -> None:
        """Write what a notice asks the owner of the room for."""
        room, content = await self.world.claim(self.room), dict(notice.content)
        alias, key = Alias(str(content.pop("alias"))), content.pop("key")
        name = EventName(notice.kind.value)
        event = Event(room.seq + 1, self.world.now_ms, name, alias, f"\x01{name}|{key}", content)
        await self.world.append(Append(room.room, room.fence, room.seq, (event,), {}))

    async def notices(self) -> list[Notice]:
        due = await self.world.store.outbox.due(now_ms=self.world.now_ms, limit=10_000)
        kinds = {NoticeKind.ROOM_PARTED, NoticeKind.ROOM_MET}
        return [one for one in due if one.room == self.room and one.kind in kinds]

    async def part(self) -> None:
        """Write all that was asked for, and confirm it."""
        for notice in await self.notices():
            await self.write(notice)
            await self.world.store.outbox.confirm([notice.number], now_ms=self.world.now_ms)

    async def read(self, account: AccountId) -> Sequence[Event]:
        found = await self.world.store.directory.history(
            self.room, account, before=None, limit=99, now_ms=self.world.now_ms
        )
        return found.page.events

    async def said(self, account: AccountId) -> list[object]:
        """What somebody reads: words, else the name of the event."""
        events = await self.read(account)
        return [one.content.get("body", one.name) for one in events]

    async def summary(self, account: AccountId) -> RoomSummary:
        found = await self.world.store.directory.rooms(
            account, now_ms=self.world.now_ms, after=None, limit=99
        )
        return next(room for room in found if room.room == self.room)

    async def found(self, account: AccountId, words: str) -> list[int]:
        search = Search(fold_query(words), self.room, None, 9)
        found = await self.world.store.search.find(account, search, now_ms=self.world.now_ms)
        return [hit.event.seq for hit in found.hits]

    async def veils(self, account: AccountId) -> tuple[Veil, ...]:
        occupants = await self.world.store.room_log.occupants(self.room)
        return next(one.veils for one in occupants if one.account == account)


@pytest.fixture
async def circle(world: World) -> Circle:
    ann, ben, cat = [(await world.enter(world.phone())).account for _ in range(3)]
    group = await world.make_group(ann)
    await world.join(group, ben, "ben")
    await world.join(group, cat, "cat")
    (room,) = await world.store.directory.rooms(ann, now_ms=world.now_ms, after=None, limit=9)
    return Circle(world, group, room.room, ann, ben, cat)


async def names(circle: Circle, account: AccountId) -> set[str]:
    return {nickname for _, nickname in (await circle.summary(account)).members}


async def test_each_of_the_two_has_left_for_the_other(circle: Circle) -> None:
    await circle.say(circle.ann, "before")
    await circle.world.block(circle.ann, circle.ben)
    await circle.part()
    await circle.say(circle.ann, "a secret apple")
    await circle.say(circle.ben, "a bitter apple")
    await circle.say(circle.cat, "an apple for all")
    left, blank = EventName.LEFT, EventName.BLANK
    everything = ["a secret apple", "a bitter apple", "an apple for all"]
    assert await circle.said(circle.ann) == ["before", left, everything[0], blank, everything[2]]
    assert await circle.said(circle.ben) == ["before", left, blank, *everything[1:]]
    assert await circle.said(circle.cat) == ["before", blank, *everything]
    assert await names(circle, circle.ann) == {"주인", "cat"}
    assert await names(circle, circle.ben) == {"ben", "cat"}
    assert await names(circle, circle.cat) == {"주인", "ben", "cat"}
    assert await circle.found(circle.ben, "apple") == [5, 4]
    assert await circle.found(circle.ann, "apple") == [5, 3]
    assert await circle.found(circle.cat, "apple") == [5, 4, 3]
    unread = [(await circle.summary(who)).unread for who in (circle.ann, circle.ben, circle.cat)]
    assert unread == [1, 2, 3]  # what was said before counts for Ben and Cat


async def test_who_left_reads_what_was_said_last_and_is_not_shown_a_blank(circle: Circle) -> None:
    await circle.world.block(circle.ann, circle.ben)
    await circle.part()
    await circle.say(circle.ann, "secret")
    last = {}
    for who in (circle.ann, circle.ben, circle.cat):
        event = (await circle.summary(who)).last
        last[who] = event and (event.name, event.sender)
    ann = await circle.alias(circle.ann)
    assert last == {
        circle.ann: (EventName.MESSAGE, ann),
        circle.ben: (EventName.LEFT, ann),
        circle.cat: (EventName.MESSAGE, ann),
    }


async def test_for_the_others_a_block_alone_is_nothing_new(circle: Circle) -> None:
    said = await circle.say(circle.cat, "hello")
    await circle.world.block(circle.ann, circle.ben)
    await circle.part()
    assert (await circle.summary(circle.cat)).last == said


async def test_a_block_asks_the_room_once_and_its_end_too(circle: Circle) -> None:
    world = circle.world
    mine = await world.block(circle.ann, circle.ben)
    await world.block(circle.ann, circle.ben)
    theirs = await world.block(circle.ben, circle.ann)
    assert [one.kind for one in await circle.notices()] == [NoticeKind.ROOM_PARTED]
    await circle.part()
    await unblock(world, circle.ann, mine)
    assert await circle.notices() == []  # Ben's is still there
    await unblock(world, circle.ben, theirs)
    (met,) = await circle.notices()
    assert (met.kind, met.content["key"]) == (NoticeKind.ROOM_MET, theirs)
    assert met.content["nickname"] == "ben"


async def test_what_was_said_while_apart_stays_hidden(circle: Circle) -> None:
    block = await circle.world.block(circle.ann, circle.ben)
    await circle.part()
    await circle.say(circle.ann, "secret")
    await unblock(circle.world, circle.ann, block)
    await circle.part()
    await circle.say(circle.ann, "hello again")
    left, blank, joined = EventName.LEFT, EventName.BLANK, EventName.JOINED
    assert await circle.said(circle.ben) == [left, blank, joined, "hello again"]
    assert await names(circle, circle.ben) == {"주인", "ben", "cat"}
    (joining,) = [one for one in await circle.read(circle.ben) if one.name is joined]
    assert joining.content == {"nickname": "주인"}


async def test_blocked_again_at_once_is_hidden_again(circle: Circle) -> None:
    world = circle.world
    await unblock(world, circle.ann, await world.block(circle.ann, circle.ben))
    await world.block(circle.ann, circle.ben)
    (veil,) = await circle.veils(circle.ben)
    assert veil.until is None
    await circle.part()
    await circle.say(circle.ann, "secret")
    assert (await circle.said(circle.ben))[-1] == EventName.BLANK


async def test_who_comes_back_is_still_hidden(circle: Circle) -> None:
    world = circle.world
    await world.block(circle.ann, circle.ben)
    await circle.part()
    before = await circle.alias(circle.ben)
    await world.store.groups.leave(circle.group, circle.ben, now_ms=world.now_ms)
    await world.join(circle.group, circle.ben, "ben2")
    await circle.say(circle.ben, "me again")
    assert (await circle.said(circle.ann))[-1] == EventName.BLANK
    assert await names(circle, circle.ann) == {"주인", "cat"}
    (veil,) = await circle.veils(circle.ann)
    assert veil.aliases == {before, await circle.alias(circle.ben)}


async def test_who_was_blocked_elsewhere_enters_unseen(circle: Circle) -> None:
    world = circle.world
    dan = (await world.enter(world.phone())).account
    await world.block(circle.ann, dan)
    await world.join(circle.group, dan, "dan")
    assert await circle.notices() == []
    await circle.say(dan, "good evening")
    assert (await circle.said(circle.ann))[-1] == EventName.BLANK
    assert (await circle.said(circle.cat))[-1] == "good evening"
    assert await names(circle, dan) == {"ben", "cat", "dan"}


async def test_the_owner_of_the_room_is_told_whom_each_does_not_see(circle: Circle) -> None:
    await circle.say(circle.cat, "hello")
    await circle.world.block(circle.ann, circle.ben)
    ann, ben = await circle.alias(circle.ann), await circle.alias(circle.ben)
    snapshot = await circle.world.claim(circle.room)
    held = {one.account: one.veils for one in snapshot.occupants}
    assert held == {
        circle.ann: (Veil(frozenset({ben}), 1),),
        circle.ben: (Veil(frozenset({ann}), 1),),
        circle.cat: (),
    }


async def test_what_is_hidden_cannot_be_reported_and_what_was_seen_can(circle: Circle) -> None:
    before = await circle.say(circle.ann, "before")
    await circle.world.block(circle.ann, circle.ben)
    await circle.part()
    hidden = await circle.say(circle.ann, "secret")
    ann = await circle.alias(circle.ann)

    async def report(seq: int) -> ReportId:
        request = ReportRequest(circle.ben, circle.room, ann, seq, Category.OTHER)
        return await circle.world.store.reports.file(
            request,
            ReportId(circle.world.chance.fresh_id()),
            POLICY.reports,
            now_ms=circle.world.now_ms,
        )

    await report(before.seq)
    with pytest.raises(NotFound):
        await report(hidden.seq)
