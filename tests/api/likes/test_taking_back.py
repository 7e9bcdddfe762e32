"""Taking a like back, by both doors: undo with its single refund, cancel without, and no oracle."""

from __future__ import annotations

import pytest

from engine.model.policy import LikePolicy
from tests.api.likes.street import DAY_S, Neighbour, Street
from tests.api.people import Fields

RULES = LikePolicy()


async def take_back(one: Neighbour, how: str, like: object) -> Fields:
    return await (one.undo(like) if how == "undo" else one.cancel(like))


async def test_undo_gives_the_spent_credit_back_once(street: Street) -> None:
    fox, *_ = await street.circle(4)
    await fox.is_given("--credits", "3")
    await fox.love(street.ids[1])
    await street.later(1)
    paid = await fox.love(street.ids[2])
    assert paid["credits"] == 2
    assert (await fox.undo(paid["like"]))["code"] == "premium_required"
    await fox.is_given("--plan", "premium")
    for _ in range(3):
        assert await fox.undo(paid["like"]) == {"ok": True, "left_today": 0, "credits": 3}
    assert await fox.causes() == [("undo", 1), ("like", -1), ("operator", 3)]
    assert (await fox.love(street.ids[2]))["ok"] is True, "as if it had never been"


async def test_undo_is_for_the_latest_like_for_five_minutes_and_for_its_sender(
    street: Street,
) -> None:
    fox, owl, *_ = await street.circle(5)
    for person in (fox, owl):
        await person.is_given("--plan", "premium")
    first = await fox.love(street.ids[1])
    await street.later(1)
    second = await fox.love(street.ids[2])
    assert (await fox.undo(first["like"]))["code"] == "conflict"
    assert (await owl.undo(second["like"]))["code"] == "not_found"
    assert (await fox.undo("x" * 16))["code"] == "not_found"
    assert (await fox.undo(second["like"]))["ok"] is True
    await street.later(RULES.undo_within_s - 1)
    assert (await fox.undo(first["like"]))["ok"] is True
    third = await fox.love(street.ids[3])
    await street.later(RULES.undo_within_s + 1)
    assert (await fox.undo(third["like"]))["code"] == "window_over"
    assert (await fox.cancel(third["like"]))["ok"] is True
    assert (await fox.undo(third["like"]))["code"] == "conflict"


async def test_cancel_is_for_any_like_gives_nothing_back_and_keeps_the_wait(
    street: Street,
) -> None:
    fox, owl, *_ = await street.circle(4)
    await fox.is_given("--credits", "1")
    await fox.love(street.ids[2])
    paid = await fox.love(street.ids[1])
    await street.later(3 * DAY_S)
    assert (await owl.cancel(paid["like"]))["code"] == "not_found"
    for _ in range(2):
        assert (await fox.cancel(paid["like"]))["ok"] is True
    assert await fox.causes() == [("like", -1), ("operator", 1)]
    assert (await fox.love(street.ids[1]))["code"] == "cooldown_active"
    await owl.love(street.ids[0])
    await street.tick()
    assert await owl.matches() == []


@pytest.mark.parametrize("how", ["undo", "cancel"])
async def test_a_match_that_was_told_is_ended_not_taken_back(street: Street, how: str) -> None:
    fox, owl, *_ = await street.circle(4)
    await fox.is_given("--plan", "premium")
    likes = await street.meet(fox, owl, street.ids)
    assert (await take_back(fox, how, likes[0]["like"]))["code"] == "conflict"
    assert await fox.matches() == await owl.matches() == ["open"]


@pytest.mark.parametrize("how", ["undo", "cancel"])
async def test_before_it_is_told_taking_back_is_as_if_there_were_no_match(
    street: Street, how: str
) -> None:
    fox, owl, elk, *_ = await street.circle(4)
    await fox.is_given("--plan", "premium")
    theirs = await owl.love(street.ids[0])
    mine = await fox.love(street.ids[1])
    mutual = [await take_back(fox, how, mine["like"]) for _ in range(2)]
    alone = await fox.love(street.ids[2])
    assert [await take_back(fox, how, alone["like"]) for _ in range(2)] == mutual
    await street.tick()
    assert await fox.matches() == await owl.matches() == await elk.matches() == []
    open_likes = await owl.items(f"/v1/groups/{street.group}/likes")
    assert [one["like"] for one in open_likes] == [theirs["like"]]
    await street.later(RULES.again_after_s)
    await fox.love(street.ids[1])
    await street.tick()
    assert await owl.matches() == ["open"], "the other like was open all the time"
