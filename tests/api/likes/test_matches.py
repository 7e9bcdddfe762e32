"""Mutual likes, by both doors: one match, one room, told to both at one tick, ended by either."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import trio

from engine.model.policy import LikePolicy
from tests.api.likes.street import Neighbour, Street
from tests.api.people import Fields

RULES = LikePolicy()


def anonymous(answer: Fields) -> Fields:
    return {**answer, "like": ""}


@pytest.mark.parametrize("intent", ["friend", "romantic"])
async def test_two_likes_make_one_match_told_to_both_at_one_tick(
    street: Street, intent: str
) -> None:
    fox, owl, *_ = await street.circle(4)
    alone = await fox.love(street.ids[1], intent=intent)
    mutual = await owl.love(street.ids[0], intent=intent)
    assert anonymous(alone) == anonymous(mutual)
    for person, like in ((fox, alone), (owl, mutual)):
        assert person.client.events == []
        assert await person.matches() == await person.match_rooms() == []
        open_likes = await person.items(f"/v1/groups/{street.group}/likes")
        assert [one["like"] for one in open_likes] == [like["like"]], "still as if it were open"
    await street.tick()
    (told,), (too,) = [await person.hears("match.new") for person in (fox, owl)]
    names = ("match", "room", "group", "at")
    assert [told[name] for name in names] == [too[name] for name in names]
    assert told["at"] == street.edge.clock()
    for person, event in ((fox, told), (owl, too)):
        (seen,) = await person.items("/v1/matches")
        assert seen["state"] == "open"
        assert {name: seen[name] for name in (*names, "peer")} == {
            name: event[name] for name in (*names, "peer")
        }
        assert [room["room"] for room in await person.match_rooms()] == [told["room"]]
    for person in (fox, owl):
        assert (await person.said("room.open", room=told["room"]))["ok"] is True
    assert (await fox.said("msg.send", room=told["room"], cid="m", kind="text", body="Hello!"))[
        "ok"
    ] is True
    await owl.hears("msg.new")


async def test_likes_that_race_make_exactly_one_match_each(street: Street) -> None:
    people = await street.circle(6)
    for person in people:
        await person.is_given("--plan", "premium")
    answers: list[Fields] = []

    async def love(one: Neighbour, member: str) -> None:
        answers.append(anonymous(await one.love(member, cid=f"only-{member}")))

    async with trio.open_nursery() as nursery:
        for one in people:
            for other, member in zip(people, street.ids, strict=True):
                for _ in range(2 if one is not other else 0):
                    nursery.start_soon(love, one, member)
    # A repetition by REST that comes while the first one is under way is told to come again.
    assert {answer.get("code", "busy") for answer in answers} == {"busy"}
    assert len([answer for answer in answers if answer["ok"]]) >= 30
    await street.tick()
    for person in people:
        await person.hears("match.new", 5)
        assert await person.matches() == ["open"] * 5
        assert len(await person.match_rooms()) == 5


async def test_either_side_ends_a_match_at_once_and_may_meet_again_later(street: Street) -> None:
    fox, owl, *_ = await street.circle(4)
    await street.meet(fox, owl, street.ids)
    (match,) = await fox.items("/v1/matches")
    for person in (fox, owl):
        assert (await person.said("room.open", room=match["room"]))["ok"] is True
    assert (await street.neighbour("male")).client.events == []
    for _ in range(2):
        assert (await owl.call("DELETE", f"/v1/matches/{match['match']}")).status == 204
    street.node.nudge()
    for person in (fox, owl):
        assert await person.matches() == ["ended"]
        (ended,) = await person.hears("match.ended")
        assert (ended["match"], ended["room"]) == (match["match"], match["room"])
        await person.hears("room.closed")
        late = await person.said("msg.send", room=match["room"], cid="l", kind="text", body="?")
        assert late["code"] == "room_closed"
    assert (await fox.love(street.ids[1]))["code"] == "cooldown_active"
    await street.later(RULES.again_after_s)
    await street.meet(fox, owl, street.ids)
    assert await fox.matches() == await owl.matches() == ["open", "ended"]


async def test_who_is_matched_is_not_liked_again(street: Street) -> None:
    fox, owl, *_ = await street.circle(4)
    await street.meet(fox, owl, street.ids)
    await street.later(RULES.again_after_s)
    await fox.is_given("--credits", "2")
    refused = await fox.love(street.ids[1])
    assert refused["code"] == "cooldown_active"
    assert await fox.left() == (1, 0, 2)


async def test_a_match_of_others_is_none(street: Street) -> None:
    fox, owl, elk, *_ = await street.circle(4)
    await street.meet(fox, owl, street.ids)
    (match,) = await fox.items("/v1/matches")
    paths: Sequence[str] = (f"/v1/matches/{match['match']}", f"/v1/matches/{'x' * 16}")
    answers = [await elk.call("DELETE", path) for path in paths]
    assert answers[0].data == answers[1].data
    assert answers[0].status == 404
    assert await fox.matches() == ["open"]
