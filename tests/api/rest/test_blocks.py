"""Blocks over REST: from the room, listed, taken back; in a shared room the other has left."""

from __future__ import annotations

from typing import cast

import pytest

from tests.api.people import Fields, Person, Town, make_town


@pytest.fixture
def town() -> Town:
    return make_town()


async def room_of(person: Person, group: str) -> Fields:
    return next(room for room in await person.items("/v1/rooms") if room.get("group") == group)


def alias_in(room: Fields, nickname: str) -> str:
    members = cast("list[Fields]", room["members"])
    return str(next(one["alias"] for one in members if one["nickname"] == nickname))


async def circle(town: Town) -> tuple[str, list[Person], Fields]:
    """Make a group of four, and return its room as the first of them sees it."""
    group, people, _ = await town.group_of(4)
    return group, people, await room_of(people[0], group)


async def block(person: Person, room: Fields, nickname: str) -> Fields:
    """Block somebody of a room; return the newest block."""
    path = f"/v1/rooms/{room['room']}/blocks"
    reply = await person.call("POST", path, {"member": alias_in(room, nickname)})
    assert reply.status == 204
    return (await person.items("/v1/blocks"))[0]


async def test_ones_blocks_are_listed_and_taken_back(town: Town) -> None:
    _, (fox, owl, *_), room = await circle(town)
    assert await fox.items("/v1/blocks") == []
    blocks = []
    for nickname in ("fox2", "fox3", "fox4"):
        blocks.append(await block(fox, room, nickname))
        town.edge.clock.sleep(1)
    assert [one["nickname"] for one in blocks] == ["fox2", "fox3", "fox4"]
    assert blocks[0].keys() == {"block", "nickname", "at"}
    first = await fox.get("/v1/blocks?limit=2")
    assert first["items"] == blocks[:0:-1]
    rest = await fox.get(f"/v1/blocks?limit=2&cursor={first['cursor']}")
    assert rest == {"items": blocks[:1], "cursor": None}
    assert await owl.items("/v1/blocks") == []
    path = f"/v1/blocks/{blocks[1]['block']}"
    assert (await owl.call("DELETE", path)).status == 204  # nothing of theirs
    assert len(await fox.items("/v1/blocks")) == 3
    for _ in range(2):
        assert (await fox.call("DELETE", path)).status == 204
    assert await fox.items("/v1/blocks") == [blocks[2], blocks[0]]
    assert (await owl.call("GET", f"/v1/blocks?cursor={first['cursor']}")).status == 400


async def test_the_room_is_told_before_the_answer(town: Town) -> None:
    _, (fox, *_), room = await circle(town)
    assert town.edge.looks == []
    await block(fox, room, "fox2")
    assert town.edge.looks == [room["room"]]


async def test_in_a_shared_room_the_other_is_there_no_more(town: Town) -> None:
    group, (fox, owl, rat, *_), room = await circle(town)
    known = alias_in(room, "fox2")
    block_of_owl = await block(fox, room, "fox2")
    names = {
        person: {str(one["nickname"]) for one in cast("list[Fields]", seen["members"])}
        for person, seen in (
            ("fox", await room_of(fox, group)),
            ("owl", await room_of(owl, group)),
            ("rat", await room_of(rat, group)),
        )
    }
    everybody = {"fox1", "fox2", "fox3", "fox4"}
    assert names == {"fox": everybody - {"fox2"}, "owl": everybody - {"fox1"}, "rat": everybody}
    await town.say(str(room["room"]), known, "not for foxes")
    history = await fox.items(f"/v1/rooms/{room['room']}/messages")
    assert [(one["ev"], one.get("from")) for one in history] == [("room.blank", None)]
    assert (await room_of(fox, group))["unread"] == 0
    assert await fox.items("/v1/search/messages?query=foxes") == []
    assert len(await rat.items("/v1/search/messages?query=foxes")) == 1
    assert (await fox.call("DELETE", f"/v1/blocks/{block_of_owl['block']}")).status == 204
    assert alias_in(await room_of(fox, group), "fox2") == known


async def test_who_was_blocked_learns_no_more_than_of_who_has_left(town: Town) -> None:
    """What the blocked can do with the blocker's alias is what they can do with a leaver's."""
    group, (fox, owl, rat, cat), room = await circle(town)
    fox_alias, cat_alias = (alias_in(room, name) for name in ("fox1", "fox4"))
    for alias in (fox_alias, cat_alias):
        await town.say(str(room["room"]), alias, "hello")
    await block(fox, room, "fox2")
    assert (await cat.call("DELETE", f"/v1/groups/{group}/membership")).status == 204
    said = []
    for alias, seq in ((fox_alias, 1), (cat_alias, 2)):
        body = {"member": alias, "category": "other", "seq": seq}
        reports = await owl.call("POST", f"/v1/rooms/{room['room']}/reports", body)
        blocks = await owl.call("POST", f"/v1/rooms/{room['room']}/blocks", {"member": alias})
        said.append((reports.status, len(reports.data), blocks.status, blocks.data))
    assert said[0] == said[1]
    assert {one["nickname"] for one in await owl.items("/v1/blocks")} == {"fox1", "fox4"}
    assert len(await rat.items("/v1/blocks")) == 0


async def test_a_member_of_the_list_is_hidden_from_before_one_has_met(town: Town) -> None:
    group, (fox, owl, *_), members = await town.group_of(4)
    path = f"/v1/groups/{group}/blocks"
    assert (await fox.call("POST", path, {"member": members[1]})).status == 204
    assert (await fox.call("POST", path, {"member": members[1]})).status == 204
    (kept,) = await fox.items("/v1/blocks")
    assert kept["nickname"] == "fox2"
    for one, other in ((fox, members[1]), (owl, members[0])):
        listed = [card["member"] for card in await one.items(f"/v1/groups/{group}/members")]
        assert other not in listed
    # For the other, whoever hides has left: their id names nobody any more.
    hidden = await owl.call("POST", path, {"member": members[0]})
    gone = await owl.call("POST", path, {"member": "N" * 16})
    assert (hidden.status, hidden.data) == (404, gone.data)
    assert (await fox.call("POST", path, {"member": members[0]})).code == "bad_request"
    assert (await fox.call("DELETE", f"/v1/blocks/{kept['block']}")).status == 204
    assert len(await owl.items(f"/v1/groups/{group}/members")) == 4


async def test_who_has_blocked_somebody_may_say_so_again_by_the_list(town: Town) -> None:
    group, (fox, owl, *_), members = await town.group_of(4)
    path = f"/v1/groups/{group}/blocks"
    room = await room_of(owl, group)
    await block(owl, room, "fox1")
    assert (await fox.call("POST", path, {"member": members[1]})).status == 404
    for _ in range(2):
        assert (await owl.call("POST", path, {"member": members[0]})).status == 204
