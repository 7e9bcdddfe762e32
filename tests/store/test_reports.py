"""Contract of reports: evidence that outlives its room, and a log of every look at it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from engine.errors import BadRequest, Conflict, Forbidden, NotFound, RateLimited, Unauthenticated
from engine.ids import AccountId, Alias, GroupId, ReportId, RoomId
from engine.model.look import LoggedLook, Look, first_broken
from engine.rooms.events import DELETED_CONTENT, Append, Event, EventName, Snapshot
from engine.rooms.report import Category, Report, ReportOutcome, ReportRequest
from tests.store.world import DAY_MS, POLICY, SECOND_MS, World

RULES = replace(POLICY.reports, per_day_max=3, messages_before=2, messages_after=1)
LOOK = Look("ops-kim", "desk-1", "the report itself")


async def file(world: World, request: ReportRequest) -> ReportId:
    return await world.store.reports.file(
        request, ReportId(world.chance.fresh_id()), RULES, now_ms=world.now_ms
    )


async def read(world: World, report: ReportId) -> Report:
    return await world.store.reports.read(report, LOOK, now_ms=world.now_ms)


async def waiting(world: World) -> list[ReportId]:
    found = await world.store.reports.waiting(after=None, limit=10_000)
    return [head.report for head in found]


async def looks(world: World) -> list[LoggedLook]:
    return list(await world.store.operator_log.page(after=0, limit=10_000))


async def room_of(world: World, members: int = 3, said: int = 6) -> tuple[Snapshot, ReportRequest]:
    """Make a room in which its first member has spoken; its second reports the third message."""
    room = await world.room(members)
    await world.append(world.write(room, count=said))
    speaker, reporter = room.occupants[0], room.occupants[1]
    return room, ReportRequest(
        reporter.account, room.room, speaker.alias, 3, Category.THREAT, "I am afraid"
    )


async def test_a_report_keeps_what_was_said_around_it(world: World) -> None:
    room, request = await room_of(world)
    report = await file(world, request)
    found = await read(world, report)
    assert (found.head.category, found.head.at) == (Category.THREAT, world.now_ms)
    assert (found.alias, found.seq, found.outcome) == (request.alias, 3, None)
    assert [event.seq for event in found.evidence.events] == [1, 2, 3, 4]
    assert found.evidence.events[2].content == {"kind": "text", "body": "hi"}
    assert found.evidence.text == "I am afraid"
    assert found.evidence.me == room.occupants[1].alias
    assert found.evidence.nickname == room.occupants[0].nickname
    await world.hands.erase_key(room.room)
    assert await read(world, report) == found


async def test_a_report_of_the_person_keeps_the_newest(world: World) -> None:
    _, request = await room_of(world)
    found = await read(world, await file(world, replace(request, seq=None)))
    assert found.seq is None
    assert [event.seq for event in found.evidence.events] == [5, 6]


async def test_the_same_is_reported_once_until_it_is_closed(world: World) -> None:
    _, request = await room_of(world)
    names: list[ReportId] = []

    async def report() -> None:
        names.append(await file(world, request))

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(report)
    assert len(set(names)) == 1
    assert await file(world, replace(request, category=Category.SPAM)) == names[0]
    await world.store.reports.close(names[0], ReportOutcome.WARNED, LOOK, now_ms=world.now_ms)
    again = await file(world, request)
    assert again != names[0]
    assert (await read(world, again)).reports_of_reported == 2


async def test_a_day_has_room_for_some_reports_only(world: World) -> None:
    _, request = await room_of(world)
    for seq in (1, 2, 3):
        await file(world, replace(request, seq=seq))
        world.clock.now_ms += SECOND_MS
    with pytest.raises(RateLimited) as refused:
        await file(world, replace(request, seq=4))
    assert refused.value.retry_after_ms == DAY_MS - 3 * SECOND_MS
    await file(world, replace(request, seq=3))  # what is there already costs nothing
    world.clock.now_ms += DAY_MS
    await file(world, replace(request, seq=4))


async def test_only_what_the_reporter_can_see_is_reported(world: World) -> None:
    room, request = await room_of(world)
    stranger = (await world.enter(world.phone())).account
    me = room.occupants[1].alias
    for wrong, why in (
        (replace(request, reporter=stranger), NotFound),
        (replace(request, room=RoomId("nowhere000000000")), NotFound),
        (replace(request, alias=Alias("nobody0000000000")), NotFound),
        (replace(request, alias=me), BadRequest),
        (replace(request, seq=99), NotFound),
        (replace(request, alias=room.occupants[2].alias), NotFound),  # they did not say this
    ):
        with pytest.raises(why):
            await file(world, wrong)
    await world.hands.ban_account(request.reporter)
    with pytest.raises(Unauthenticated):
        await file(world, request)


async def test_who_has_left_and_who_came_back_is_still_reported(world: World) -> None:
    owner, one, other = [(await world.enter(world.phone())).account for _ in range(3)]
    group = await world.make_group(owner)
    await world.join(group, one, "one")
    await world.join(group, other, "other")
    (summary,) = await world.store.directory.rooms(one, now_ms=world.now_ms, after=None, limit=9)
    room = await world.claim(summary.room)
    alias = await world.alias_in(room.room, other)
    event = world.message(room.seq + 1, alias)
    await world.append(Append(room.room, room.fence, room.seq, (event,), {}))
    request = ReportRequest(one, room.room, alias, event.seq, Category.FRAUD)

    async def account(of: Alias) -> AccountId:
        directory = world.store.directory
        found, _ = await directory.account_in(room.room, one, of, now_ms=world.now_ms)
        return found

    await world.store.groups.leave(group, other, now_ms=world.now_ms)
    first = await file(world, request)
    assert await account(alias) == other
    await world.join(group, other, "another")
    assert await world.alias_in(room.room, other) != alias
    assert await account(alias) == other
    assert await file(world, request) == first
    assert (await read(world, first)).evidence.events[-1] == event


async def test_what_was_taken_back_is_gone_from_later_reports_only(world: World) -> None:
    room, request = await room_of(world)
    early = await file(world, request)
    name, content = EventName.DELETED, {"target": 3}
    deletion = Event(7, world.now_ms, name, request.alias, None, content)
    await world.append(Append(room.room, room.fence, 6, (deletion,), {}))
    await world.store.reports.close(early, ReportOutcome.NOTHING, LOOK, now_ms=world.now_ms)
    late = await file(world, request)
    bodies = [(await read(world, report)).evidence.events[2].content for report in (early, late)]
    assert bodies == [{"kind": "text", "body": "hi"}, DELETED_CONTENT]


async def test_open_reports_come_oldest_first_and_by_pages(world: World) -> None:
    _, request = await room_of(world)
    mine = []
    for seq in (1, 2):
        mine.append(await file(world, replace(request, seq=seq)))
        world.clock.now_ms += SECOND_MS
    assert [report for report in await waiting(world) if report in mine] == mine
    everything = await waiting(world)
    (next_one,) = await world.store.reports.waiting(after=mine[0], limit=1)
    assert next_one.report == everything[everything.index(mine[0]) + 1]
    await world.store.reports.close(mine[0], ReportOutcome.NOTHING, LOOK, now_ms=world.now_ms)
    assert mine[0] not in await waiting(world)


async def test_a_report_is_closed_once_and_dropped_when_its_time_is_over(world: World) -> None:
    _, request = await room_of(world)
    report, reports = await file(world, request), world.store.reports
    for _ in range(2):
        await reports.close(report, ReportOutcome.WARNED, LOOK, now_ms=world.now_ms)
    with pytest.raises(Conflict):
        await reports.close(report, ReportOutcome.NOTHING, LOOK, now_ms=world.now_ms)
    assert (await read(world, report)).outcome is ReportOutcome.WARNED
    ends_ms = world.now_ms + RULES.keep_s * SECOND_MS
    await reports.purge(RULES, now_ms=ends_ms)
    await read(world, report)
    assert await reports.purge(RULES, now_ms=ends_ms + 1) >= 1
    with pytest.raises(NotFound):
        await read(world, report)


async def reported_in_a_group(world: World) -> tuple[GroupId, AccountId, ReportRequest]:
    """Have somebody say something in a group's room; its owner may report them."""
    owner, other = [(await world.enter(world.phone())).account for _ in range(2)]
    group = await world.make_group(owner)
    await world.join(group, other, "other")
    (summary,) = await world.store.directory.rooms(owner, now_ms=world.now_ms, after=None, limit=9)
    room = await world.claim(summary.room)
    alias = await world.alias_in(room.room, other)
    event = world.message(room.seq + 1, alias)
    await world.append(Append(room.room, room.fence, room.seq, (event,), {}))
    return group, other, ReportRequest(owner, room.room, alias, event.seq, Category.FRAUD)


async def close(world: World, report: ReportId, outcome: ReportOutcome) -> None:
    await world.store.reports.close(report, outcome, LOOK, now_ms=world.now_ms)


@pytest.mark.parametrize("gone", [False, True])
async def test_who_is_banned_by_an_operator_is_out_and_stays_out(
    world: World, *, gone: bool
) -> None:
    group, other, request = await reported_in_a_group(world)
    report = await file(world, request)
    if gone:
        await world.store.groups.leave(group, other, now_ms=world.now_ms)
    for _ in range(2):
        await close(world, report, ReportOutcome.BANNED)
    assert (await read(world, report)).outcome is ReportOutcome.BANNED
    with pytest.raises(Forbidden):
        await world.join(group, other, "again")
    seen = await world.store.groups.get(group, request.reporter)
    assert seen.members == 1
    assert len(await world.store.groups.people(group, request.reporter)) == 1
    left = await world.store.directory.rooms(other, now_ms=world.now_ms, after=None, limit=9)
    assert left == []


@pytest.mark.parametrize("before", [False, True])
async def test_nobody_of_the_group_lifts_a_ban_of_an_operator(
    world: World, *, before: bool
) -> None:
    group, other, request = await reported_in_a_group(world)
    report, owner = await file(world, request), request.reporter
    if before:
        people = await world.store.groups.people(group, owner)
        (them,) = (one.member for one in people if not one.me)
        await world.store.groups.ban(group, owner, them, now_ms=world.now_ms)
    await close(world, report, ReportOutcome.BANNED)
    (banned,) = await world.store.admissions.banned(group, owner)
    with pytest.raises(Forbidden):
        await world.store.admissions.lift_ban(group, owner, banned.member)
    with pytest.raises(Forbidden):
        await world.join(group, other, "again")


async def test_a_warning_bans_nobody(world: World) -> None:
    group, other, request = await reported_in_a_group(world)
    await close(world, await file(world, request), ReportOutcome.WARNED)
    assert len(await world.store.groups.people(group, other)) == 2


async def test_an_owner_is_not_banned_and_their_report_stays_open(world: World) -> None:
    group, other, request = await reported_in_a_group(world)
    owner, room = request.reporter, request.room
    alias = await world.alias_in(room, owner)
    report = await file(world, ReportRequest(other, room, alias, None, Category.THREAT))
    before = len(await looks(world))
    with pytest.raises(Conflict):
        await close(world, report, ReportOutcome.BANNED)
    assert report in await waiting(world)
    assert len(await looks(world)) == before
    assert len(await world.store.groups.people(group, other)) == 2


async def test_every_look_is_a_link_of_one_chain(world: World) -> None:
    _, request = await room_of(world)
    report = await file(world, request)
    before = len(await looks(world))

    async def look() -> None:
        await read(world, report)

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(look)
    await world.store.reports.close(report, ReportOutcome.NOTHING, LOOK, now_ms=world.now_ms)
    with pytest.raises(NotFound):
        await read(world, ReportId("nowhere000000000"))
    chain = await looks(world)
    assert [one.deed for one in chain[before:]] == ["report read"] * 8 + ["report closed: nothing"]
    assert {one.look for one in chain[before:]} == {LOOK}
    assert all(report in one.subject for one in chain[before:])
    assert first_broken(None, chain) is None
    forged = [replace(one, deed="nothing") if n == before else one for n, one in enumerate(chain)]
    assert first_broken(None, forged) == before + 1
    assert first_broken(None, chain[:before] + chain[before + 1 :]) == before + 2
