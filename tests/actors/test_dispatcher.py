"""The dispatcher and the likes: what was committed is told, at least once and when it is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import trio

from engine.errors import Unavailable
from engine.ids import GroupId, MemberId
from engine.model.account import Gender
from engine.model.group import GroupDraft, GroupType, MemberProfile, MemberState, Role, Visibility
from engine.model.like import Intent, LikeRequest
from engine.ports.outbox import Notice, NoticeKind
from engine.rooms.events import EventName
from engine.wire.close_codes import CloseCode
from store.memory.state import GroupRow, MemberRow
from tests.actors.world import (
    PEOPLE,
    ROOM,
    World,
    account,
    fail_times,
    on_test_clock,
    open_world,
    opened,
    settle,
)

GROUP = GroupId("group00000000000")


def now(world: World) -> int:
    return world.parts.now_ms()


@on_test_clock
async def test_a_notice_is_told_when_it_is_due_and_then_forgotten() -> None:
    async with open_world() as world:
        fox = world.client("fox")
        due = now(world) + 3_250
        world.memory.tell(NoticeKind.MATCH, {"match": "m"}, due_ms=due, account=account("fox"))
        await trio.sleep(3.2)
        assert fox.events == []
        await trio.sleep(0.1)
        assert fox.events == [{"ev": "match.new", "match": "m"}]
        await settle(5)
        assert len(fox.events) == 1
        assert world.memory.outbox == {}


@on_test_clock
async def test_an_outage_only_delays_and_an_unconfirmed_notice_is_told_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_world() as world:
        fox = world.client("fox")
        outbox = world.parts.outbox
        due, confirm = outbox.due, outbox.confirm
        no_due, no_confirm = fail_times(2), fail_times(2)

        async def failing_due(*, now_ms: int, limit: int) -> Sequence[Notice]:
            no_due()
            return await due(now_ms=now_ms, limit=limit)

        async def failing_confirm(numbers: Sequence[int], *, now_ms: int) -> None:
            no_confirm()
            await confirm(numbers, now_ms=now_ms)

        monkeypatch.setattr(outbox, "due", failing_due)
        monkeypatch.setattr(outbox, "confirm", failing_confirm)
        world.memory.tell(NoticeKind.MATCH, {"match": "m"}, due_ms=0, account=account("fox"))
        while not fox.events:
            await settle(0.1)
        late = world.client("fox")
        await settle(10)
        for client in (fox, late):
            assert [one["match"] for one in client.events] == ["m"], "told by each look, heard once"
        assert world.memory.outbox == {}


@on_test_clock
async def test_signing_out_ends_the_sessions() -> None:
    async with open_world() as world:
        fox, owl = world.client("fox"), world.client("owl")
        content: dict[str, object] = {"device": "device"}
        world.memory.tell(NoticeKind.SIGNED_OUT, content, due_ms=0, account=account("fox"))
        await settle()
        assert (fox.line.closed, owl.line.closed) == (CloseCode.BAD_TOKEN, None)


@on_test_clock
async def test_the_end_of_a_room_is_confirmed_only_when_it_is_written() -> None:
    async with open_world() as world:
        fox, owl = opened(world, "fox", "owl")
        await settle()
        world.log.before_append = fail_times(3)
        world.row(ROOM).closing = True
        world.memory.tell(NoticeKind.ROOM_CLOSE, {}, due_ms=now(world), room=ROOM)
        await settle(0.6)
        assert world.memory.outbox
        lost = fox.send(ROOM, "too late")
        await settle(20)
        assert world.memory.outbox == {}
        assert [event.name for event in world.row(ROOM).events] == [EventName.CLOSED]
        assert fox.reply(lost)["code"] in {"unavailable", "room_closed"}
        assert [one["ev"] for one in owl.events] == ["room.closed"]


@on_test_clock
async def test_the_end_of_a_room_that_is_gone_is_told_to_nobody() -> None:
    async with open_world() as world:
        del world.memory.rooms[ROOM]
        world.memory.tell(NoticeKind.ROOM_CLOSE, {}, due_ms=0, room=ROOM)
        await settle()
        assert world.memory.outbox == {}


# --- likes ----------------------------------------------------------------------------------


def open_group(world: World) -> None:
    """Put fox, owl, rat and one more into a group."""
    draft = GroupDraft("g", "", "", (), Visibility.PUBLIC, "")
    world.memory.groups[GROUP] = GroupRow(GROUP, GroupType.CREATED, draft, None, 0)
    world.memory.accounts[account("elk")] = replace(
        world.memory.accounts[account("fox")], account=account("elk"), gender=Gender.FEMALE
    )
    for name in (*PEOPLE, "elk"):
        member = MemberId(f"member{name:0>10}")
        world.memory.members[GROUP, account(name)] = MemberRow(
            member, GROUP, account(name), MemberState.ACTIVE, Role.MEMBER, MemberProfile(name)
        )


@on_test_clock
async def test_two_likes_make_one_match_that_both_are_told_at_one_tick() -> None:
    async with open_world() as world:
        open_group(world)
        fox, owl = world.client("fox"), world.client("owl")

        def sent(whom: str) -> dict[str, object]:
            return {"group": GROUP, "member": f"member{whom:0>10}", "intent": "friend", "cid": "c"}

        first = fox.say("like.send", **sent("owl"))
        await settle(0.1)
        second = owl.say("like.send", **sent("fox"))
        again = owl.say("like.send", **sent("fox"))
        await settle(0.1)
        alone = {**fox.reply(first), "like": 0, "re": 0}
        mutual = {**owl.reply(second), "like": 0, "re": 0}
        assert alone == mutual  # the answer tells nothing (I8)
        assert {**owl.reply(again), "re": 0} == {**owl.reply(second), "re": 0}
        assert fox.events == owl.events == []
        await settle(3)
        (told,), (too,) = fox.events, owl.events
        assert (told["match"], told["room"], told["at"]) == (too["match"], too["room"], too["at"])
        assert told["at"] % 2_000 == 0
        ref = fox.send(told["room"], "hello")
        await settle()
        assert fox.reply(ref)["ok"]


@on_test_clock
async def test_an_outage_of_the_likes_is_answered_and_over_when_it_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_world() as world:
        open_group(world)
        request = LikeRequest(
            GROUP, account("fox"), MemberId("member0000000owl"), Intent.FRIEND, super=False, cid="c"
        )
        place = world.parts.likes.place
        hook = fail_times(1)

        async def failing(*args: object, **kwargs: object) -> object:
            hook()
            return await place(*args, **kwargs)  # type: ignore[arg-type]

        monkeypatch.setattr(world.parts.likes, "place", failing)
        with pytest.raises(Unavailable):
            await world.node.likes.place(request)
        receipt = await world.node.likes.place(request)
        assert await world.node.likes.place(request) == receipt
