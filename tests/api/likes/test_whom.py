"""Who may be liked, by both doors: members, both active, not hidden, matching open, 14 days."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

import pytest

from engine.model.policy import LikePolicy
from tests.api.edge import Reply
from tests.api.likes.street import DAY_S, Neighbour, Street
from tests.api.people import Fields

AGAIN_S = LikePolicy().again_after_s


async def test_members_of_the_same_group_and_not_oneself(street: Street) -> None:
    fox, owl, *_ = await street.circle(4)
    here, ids = street.group, street.ids
    assert (await fox.love(ids[0]))["code"] == "bad_request"
    assert (await fox.love("x" * 16))["code"] == "not_found"
    assert (await fox.love("short"))["code"] == "not_found"
    assert (await fox.love(ids[1], intent="love"))["code"] == "bad_request"
    stranger = await street.neighbour("female")
    assert (await stranger.love(ids[1]))["code"] == "not_found"
    street.group, others = await street.another([owl, *cast("list[Neighbour]", street.people[2:])])
    assert (await owl.love(ids[0]))["code"] == "not_found", "a name of another group"
    street.group = here
    assert (await fox.love(others[0]))["code"] == "not_found"
    assert await fox.left() == (1, 0, 0), "nothing was spent on what was refused"


async def leave(_: Neighbour, one: Neighbour, group: str, __: str) -> Reply:
    return await one.call("DELETE", f"/v1/groups/{group}/membership")


async def ban(boss: Neighbour, _: Neighbour, group: str, member: str) -> Reply:
    return await boss.call("POST", f"/v1/groups/{group}/bans", {"member": member})


async def delete(_: Neighbour, one: Neighbour, __: str, ___: str) -> Reply:
    return await one.call("DELETE", "/v1/me")


GOING = [leave, ban, delete]
Go = Callable[[Neighbour, Neighbour, str, str], Awaitable[Reply]]


@pytest.mark.parametrize("go", GOING)
async def test_who_is_gone_is_not_there_to_be_liked_nor_likes(street: Street, go: Go) -> None:
    boss, fox, owl, *_ = await street.circle(7)
    ids = street.ids
    await owl.love(ids[1])
    assert (await go(boss, owl, street.group, ids[2])).status < 300
    nowhere = await fox.love("x" * 16)
    assert await fox.love(ids[2]) == nowhere
    assert nowhere["code"] == "not_found"
    await street.tick()
    assert await fox.matches() == []
    if go is not delete:  # the account that is deleted has no session left
        assert (await owl.love(ids[1]))["code"] == "not_found"


@pytest.mark.parametrize("go", GOING)
async def test_going_wins_over_a_match_that_was_not_told(street: Street, go: Go) -> None:
    boss, fox, owl, *_ = await street.circle(7)
    likes = [await fox.love(street.ids[2]), await owl.love(street.ids[1])]
    assert (await go(boss, owl, street.group, street.ids[2])).status < 300
    await street.tick()
    assert await fox.matches() == []
    assert [event["ev"] for event in fox.client.events] == []
    # With or without the counter-like, the own like is no longer one that is open.
    assert await fox.items(f"/v1/groups/{street.group}/likes") == []
    assert (await fox.cancel(likes[0]["like"]))["ok"] is True


async def test_who_has_blocked_is_as_one_who_is_gone_to_both(street: Street) -> None:
    fox, owl, *_ = await street.circle(5)
    await street.meet(fox, owl, street.ids)
    (match,) = await fox.items("/v1/matches")
    alias = cast("Fields", match["peer"])["alias"]
    blocked = await fox.call("POST", f"/v1/rooms/{match['room']}/blocks", {"member": alias})
    assert blocked.status == 204
    await street.later(AGAIN_S)
    for one, member in ((fox, street.ids[1]), (owl, street.ids[0])):
        assert await one.matches() == ["ended"]
        assert await one.love(member) == await one.love("x" * 16)


async def test_matching_opens_with_four_and_for_love_with_two_and_two(street: Street) -> None:
    fox, *_ = await street.circle(3)
    assert (await fox.love(street.ids[1]))["code"] == "matching_closed"
    await (await street.neighbour("female")).join(street.group)
    assert (await fox.get(f"/v1/groups/{street.group}"))["matching_open"] is True
    romantic = await street.circle(4, genders=("female", "female", "female", "male"))
    fox = romantic[0]
    assert (await fox.love(street.ids[3], intent="romantic"))["code"] == "matching_closed"
    assert await fox.left() == (1, 0, 0)
    late = await street.neighbour("male")
    await late.join(street.group)
    assert (await fox.love(street.ids[3], intent="romantic"))["ok"] is True
    assert (await romantic[1].love(street.ids[2]))["ok"] is True, "friends need no two sides"


async def test_it_closes_again_when_too_few_are_left(street: Street) -> None:
    fox, *_, last = await street.circle(4)
    await leave(fox, last, street.group, street.ids[3])
    assert (await fox.love(street.ids[1]))["code"] == "matching_closed"


async def test_the_same_person_of_a_group_again_after_fourteen_days(street: Street) -> None:
    fox, owl, *_ = people = await street.circle(4)
    first, ids = street.group, street.ids
    await fox.love(ids[1])
    await street.later(DAY_S)
    refused = await fox.love(ids[1])
    assert refused == {
        "ok": False,
        "code": "cooldown_active",
        "retry_after_ms": (AGAIN_S - DAY_S) * 1000,
    }
    street.group, others = await street.another(people)
    assert (await owl.love(others[0]))["ok"] is True
    street.group = first
    await street.later(AGAIN_S - DAY_S - 1)
    assert (await fox.love(ids[1]))["code"] == "cooldown_active"
    await street.later(1)
    assert (await fox.love(ids[1]))["ok"] is True


@pytest.mark.parametrize("whom", [1, 2])
async def test_another_group_does_not_tell_who_was_liked_here(street: Street, whom: int) -> None:
    """Fox likes owl here and somebody there, who is owl or is not: the answers are alike."""
    fox, *_ = people = await street.circle(4)
    await fox.love(street.ids[1])
    await street.later(DAY_S)
    street.group, others = await street.another(people)
    answer = await fox.love(others[whom])
    assert {**answer, "like": ""} == {"ok": True, "like": "", "left_today": 0, "credits": 0}
    assert (await fox.love(others[whom]))["code"] == "cooldown_active"


@pytest.mark.parametrize("intents", [("friend", "romantic"), ("romantic", "friend")])
async def test_only_equal_intents_meet(street: Street, intents: tuple[str, str]) -> None:
    fox, owl, *_ = await street.circle(4)
    answers = [
        await fox.love(street.ids[1], intent=intents[0]),
        await owl.love(street.ids[0], intent=intents[1]),
    ]
    assert all(answer["ok"] for answer in answers)
    await street.tick()
    assert await fox.matches() == await owl.matches() == []
