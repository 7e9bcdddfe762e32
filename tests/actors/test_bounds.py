"""Bounds of what a node keeps in memory (I10): who comes beyond them is told to come again."""

from __future__ import annotations

from collections.abc import Sequence
from unittest.mock import patch

import pytest

from actors.commands import Reveal, TakeBackLike
from actors.replies import Waiter
from engine.errors import Busy
from engine.ids import LikeId, MatchId
from engine.limits import CRASHES_MAX, IDLE_S, OPS_IN_FLIGHT_MAX
from engine.model.like_undo import TakeBack
from engine.model.reveal import RevealAct, RevealStep
from engine.ports.outbox import Notice, NoticeKind
from tests.actors.world import account, on_test_clock, open_world, room_id, settle


@on_test_clock
async def test_so_many_rooms_are_awake_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.registry.ACTORS_MAX", 3)
    async with open_world(rooms=5) as world:
        fox = world.client("fox")
        refs = [fox.send(room_id(n), "a") for n in range(5)]
        await settle()
        replies = [fox.reply(ref) for ref in refs]
        assert [one["ok"] for one in replies] == [True] * 3 + [False] * 2
        assert {one["code"] for one in replies[3:]} == {"busy"}
        await settle(IDLE_S * 2)  # the others are put away
        again = fox.send(room_id(4), "a")
        await settle()
        assert fox.reply(again)["ok"]


@pytest.mark.parametrize("op", ["read", "typing"])
@on_test_clock
async def test_ops_that_get_no_answer_do_not_fill_a_mailbox(op: str) -> None:
    async with open_world() as world:
        fox, owl = world.client("fox"), world.client("owl")
        world.log.claim_s = 3.0
        frame = {"op": op, "room": room_id(0), **({"seq": 1} if op == "read" else {"on": True})}
        for _ in range(OPS_IN_FLIGHT_MAX * 3):
            fox.say_raw(frame)
        (room,) = world.node.rooms.registry.statistics()
        assert room.mail <= OPS_IN_FLIGHT_MAX
        ref = owl.send(room_id(0), "a")
        await settle(5.0)
        assert owl.reply(ref)["ok"]
        assert fox.line.unread == []


@on_test_clock
async def test_a_node_remembers_so_many_that_it_has_set_aside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actors.registry.QUARANTINED_MAX", 2)
    async with open_world(rooms=4) as world:
        fox = world.client("fox")

        def bug() -> None:
            raise RuntimeError("always")

        world.log.before_claim = bug
        for n in range(CRASHES_MAX * 4):
            for room in range(4):
                fox.send(room_id(room), f"c{n}")
            await settle()
        assert world.node.rooms.registry.quarantined == 2


@on_test_clock
async def test_the_writers_of_likes_take_so_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.likes.LIKES_MAILBOX_MAX", 4)
    async with open_world() as world:
        undone = [
            TakeBackLike(account("fox"), LikeId(f"like{n:012}"), TakeBack.UNDO, Waiter())
            for n in range(5)
        ]
        for command in undone[:4]:
            world.node.likes.tell(command)
        with pytest.raises(Busy):
            world.node.likes.tell(undone[4])


@on_test_clock
async def test_the_reveals_of_a_match_take_so_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.reveals.REVEAL_MAILBOX_MAX", 4)
    async with open_world() as world:
        offers = [
            Reveal(
                account("fox"),
                MatchId("match00000000000"),
                RevealStep.PROFILE,
                RevealAct.OFFER,
                Waiter(),
            )
            for _ in range(5)
        ]
        for command in offers[:4]:
            world.node.reveals.tell(command)
        with pytest.raises(Busy):
            world.node.reveals.tell(offers[4])


@on_test_clock
async def test_notices_are_taken_a_few_at_a_time_and_none_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actors.dispatcher.OUTBOX_BATCH_MAX", 2)
    async with open_world() as world:
        fox = world.client("fox")
        due, taken = world.parts.outbox.due, []

        async def counted(*, now_ms: int, limit: int) -> Sequence[Notice]:
            found = await due(now_ms=now_ms, limit=limit)
            taken.append(len(found))
            return found

        with patch.object(world.parts.outbox, "due", counted):
            for n in range(5):
                world.memory.tell(
                    NoticeKind.MATCH, {"match": f"m{n}"}, due_ms=0, account=account("fox")
                )
            world.node.nudge()
            await settle()
        assert [one["match"] for one in fox.events] == [f"m{n}" for n in range(5)]
        assert max(taken) == 2
