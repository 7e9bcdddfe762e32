"""Who may do what over the WebSocket: every op for every standing, and an op not classed fails.

What is not one's own is not there: same code, same words as for what does not exist.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import get_args

import pytest

from engine.ids import AccountId
from engine.model.group import Role
from engine.wire.frames import ClientFrame
from tests.actors.test_reveals import MATCH, matched
from tests.actors.world import (
    ROOM,
    Client,
    World,
    account,
    add_room,
    on_test_clock,
    open_world,
    room_id,
    settle,
)
from tests.attacks.worlds import GROUP, member, settle_town

OPS = {kind.__struct_config__.tag: kind for kind in get_args(ClientFrame)}
NOWHERE = "nowhere000000000"
# fox owns the group and everything that a frame names; eel has left it; cat never was in.
STANDINGS = {"cat": "stranger", "eel": "ex", "rat": "member", "hen": "moderator", "fox": "owner"}
PEOPLE = ("fox", "owl", "rat", "hen", "eel", "cow")
INSIDE = "not_found not_found ok ok ok"
OWN = "not_found not_found not_found not_found ok"
SENT = "not_found not_found forbidden forbidden ok"  # all in the room see whose it is
SEND = {"cid": "c", "kind": "text", "body": "hi"}
JOIN = {"pool": GROUP, "me": {}, "want": {"intent": "friend"}, "cid": "c"}
LIKE = {"group": GROUP, "member": member("cow"), "intent": "friend", "cid": "c"}
PAIR = room_id(99)


@dataclass(frozen=True)
class Row:
    """An op, what it says, the answers by standing, and which field names something."""

    op: str
    fields: Mapping[str, object]
    answers: str
    named: str


ROWS = (
    Row("room.open", {"room": ROOM}, INSIDE, "room"),
    Row("room.open", {"room": PAIR}, OWN, "room"),
    Row("room.close", {"room": ROOM}, INSIDE, "room"),
    Row("room.close", {"room": PAIR}, OWN, "room"),
    Row("msg.send", {"room": ROOM, **SEND}, INSIDE, "room"),
    Row("msg.send", {"room": PAIR, **SEND}, OWN, "room"),
    Row("msg.delete", {"room": ROOM, "seq": 1}, SENT, "room"),
    Row("msg.react", {"room": ROOM, "seq": 1, "emoji": "👍", "on": True}, INSIDE, "room"),
    Row("read", {"room": ROOM, "seq": 1}, INSIDE, "room"),
    Row("read", {"room": PAIR, "seq": 1}, OWN, "room"),
    Row("typing", {"room": ROOM, "on": True}, INSIDE, "room"),
    Row("typing", {"room": PAIR, "on": True}, OWN, "room"),
    Row("reveal.offer", {"match": MATCH, "step": "profile"}, OWN, "match"),
    Row("reveal.accept", {"match": MATCH, "step": "profile"}, OWN, "match"),
    Row("reveal.withdraw", {"match": MATCH, "step": "profile"}, OWN, "match"),
    Row("like.send", LIKE, INSIDE, "group"),
    Row("like.undo", {"like": "@like"}, OWN, "like"),
    Row("like.cancel", {"like": "@like"}, OWN, "like"),
    Row("pool.join", JOIN, INSIDE, "pool"),
    Row("pool.update", {"ticket": "@ticket", "me": {}}, OWN, "ticket"),
    Row("pool.leave", {"ticket": "@ticket"}, OWN, "ticket"),
    Row("pool.explain", {"ticket": "@ticket"}, OWN, "ticket"),
)


@dataclass
class House:
    """The world, who is connected, and what `@name` stands for."""

    world: World
    clients: Mapping[str, Client]
    ids: dict[str, object]

    async def say(self, who: str, op: str, fields: Mapping[str, object]) -> dict[str, object]:
        """Say something and return the answer."""
        ref = self.clients[who].say(op, **fields)
        await settle()
        return self.clients[who].reply(ref)

    async def ask(self, who: str, row: Row, **instead: object) -> dict[str, object]:
        """Do what a row says, with other names on wish."""
        filled = {key: self.ids.get(str(value), value) for key, value in row.fields.items()}
        return await self.say(who, row.op, filled | instead)


@asynccontextmanager
async def open_house(row: Row) -> AsyncIterator[House]:
    """Make a group with a room, a match, and of each thing one that is the fox's."""
    async with open_world() as world:
        settle_town(world, PEOPLE)
        add_room(world.memory, 0, PEOPLE)
        world.row(ROOM).group = GROUP
        matched(world)
        for name, role in (("fox", Role.OWNER), ("hen", Role.MODERATOR)):
            world.memory.members[GROUP, account(name)].role = role
        add_room(world.memory, 7, ("cat",))
        await world.store.groups.leave(GROUP, account("eel"), now_ms=0)
        house = House(world, {name: world.client(name) for name in STANDINGS}, {})
        await house.say("fox", "msg.send", {"room": ROOM, **SEND, "cid": "first"})
        await _own(house, row)
        yield house


async def _own(house: House, row: Row) -> None:
    """Give the fox what the row is about."""
    if row.named == "like":
        _give_premium(house.world, account("fox"))
        house.ids["@like"] = (await house.say("fox", "like.send", LIKE))["like"]
    if row.named == "ticket":
        house.ids["@ticket"] = (await house.say("fox", "pool.join", JOIN))["ticket"]
    if row.op == "reveal.accept":
        owl = house.world.client("owl")
        owl.say("reveal.offer", match=MATCH, step="profile")
        await settle()
    if row.op == "reveal.withdraw":
        await house.say("fox", "reveal.offer", {"match": MATCH, "step": "profile"})


def _give_premium(world: World, who: AccountId) -> None:
    world.memory.accounts[who].premium_until = 2**50


def test_every_op_is_classed() -> None:
    assert {row.op for row in ROWS} == OPS.keys() - {"hello"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.op} {row.fields[row.named]}")
@on_test_clock
async def test_a_standing_opens_what_it_should_and_nothing_else(row: Row) -> None:
    answers = {}
    async with open_house(row) as house:
        for who in STANDINGS:
            reply = await house.ask(who, row)
            answers[who] = "ok" if reply["ok"] else str(reply["code"])
            if answers[who] == "not_found":
                none = await house.ask(who, row, **{row.named: NOWHERE})
                assert reply | {"re": 0} == none | {"re": 0}
    assert " ".join(answers.values()) == row.answers
