"""What a like costs, by both doors: free, credits, premium, super-likes, gifts of an operator."""

from __future__ import annotations

from engine.model.policy import LikePolicy
from tests.api.likes.street import DAY_S, Door, Street

RULES = LikePolicy()


async def test_the_free_like_comes_first_then_credits_then_nothing(street: Street) -> None:
    fox, *_ = await street.circle(5)
    assert await fox.left() == (1, 0, 0)
    await fox.is_given("--credits", "2")
    said = [await fox.love(member) for member in street.ids[1:]]
    kept = [{name: one for name, one in answer.items() if name != "like"} for answer in said]
    assert kept == [
        {"ok": True, "left_today": 0, "credits": 2},
        {"ok": True, "left_today": 0, "credits": 1},
        {"ok": True, "left_today": 0, "credits": 0},
        {"ok": False, "code": "not_enough_credits"},
    ]
    assert await fox.causes() == [("like", -1), ("like", -1), ("operator", 2)]
    assert len(await fox.items(f"/v1/groups/{street.group}/likes")) == 3


async def test_the_free_like_comes_back_with_the_day_of_seoul(street: Street) -> None:
    fox, *_ = await street.circle(4)
    await fox.love(street.ids[1])
    await street.later(12 * 3_600 - 1)  # it was noon
    assert (await fox.love(street.ids[2]))["code"] == "not_enough_credits"
    await street.later(1)
    assert await fox.left() == (1, 0, 0)
    assert (await fox.love(street.ids[2]))["ok"] is True


async def test_premium_has_no_limit_pays_nothing_and_ends(street: Street) -> None:
    fox, *_ = await street.circle(6)
    await fox.is_given("--credits", "1", "--plan", "premium", "--days", "1")
    for member in street.ids[1:5]:
        assert (await fox.love(member))["credits"] == 1
    assert await fox.causes() == [("operator", 1)]
    await street.later(DAY_S)
    assert (await fox.get("/v1/credits"))["plan"] == "free"
    like = await fox.love(street.ids[5], super=True)
    assert like["code"] == "premium_required"


async def test_what_an_operator_gives_is_given_once(street: Street) -> None:
    fox, *_ = await street.circle(4)
    for _ in range(2):
        said = await fox.is_given("--credits", "5", "--plan", "premium", "--command", "thanks")
        assert said.startswith("command thanks, credits 5, premium from ")
    assert await fox.causes() == [("operator", 5)]
    purse = await fox.get("/v1/credits")
    assert purse["premium_until"] == street.edge.clock() + 30 * DAY_S * 1000


async def test_three_super_likes_a_day_with_premium(street: Street) -> None:
    fox, *_ = await street.circle(6)
    assert (await fox.love(street.ids[1], super=True))["code"] == "premium_required"
    assert (await fox.love(street.ids[1], line="hi"))["code"] == "bad_request"
    await fox.is_given("--plan", "premium")
    for member in street.ids[1:4]:
        assert (await fox.love(member, super=True))["ok"] is True
        await street.later(1)
    assert await fox.left() == (0, 0, 0)
    refused = await fox.love(street.ids[4], super=True)
    assert refused["code"] == "rate_limited"
    assert refused["retry_after_ms"] == (12 * 3_600 - 3) * 1_000  # until midnight
    assert (await fox.love(street.ids[4]))["ok"] is True  # a plain one is still free of charge
    await street.later(12 * 3_600)
    assert (await fox.love(street.ids[5], super=True))["ok"] is True
    sent = await fox.items(f"/v1/groups/{street.group}/likes")
    assert [one["super"] for one in sent] == [True, False, True, True, True]


async def test_the_line_of_a_super_like_is_read_after_the_match_alone(street: Street) -> None:
    fox, owl, *_ = await street.circle(4)
    await fox.is_given("--plan", "premium")
    line = "I liked what you said about the sea"
    too_long = await fox.love(street.ids[1], super=True, line="x" * (RULES.line_chars_max + 1))
    assert too_long["code"] in {"bad_request", "bad_frame"}
    assert (await fox.love(street.ids[1], super=True, line=line))["ok"] is True
    seen = [await owl.get(path) for path in (f"/v1/groups/{street.group}/members", "/v1/matches")]
    assert line not in str(seen)
    await owl.love(street.ids[0])
    await street.tick()
    await owl.hears("match.new")
    (theirs,), (mine,) = await owl.items("/v1/matches"), await fox.items("/v1/matches")
    assert theirs["line"] == line
    assert "line" not in mine


async def test_a_repeated_like_is_one_like_and_paid_once(street: Street) -> None:
    fox, *_ = await street.circle(4)
    await fox.is_given("--credits", "5")
    await fox.love(street.ids[1])
    first = await fox.love(street.ids[2], cid="again")
    assert await fox.love(street.ids[2], cid="again") == first
    other = await fox.love(street.ids[3], cid="again")
    conflict = "cid_conflict" if street.door is Door.SESSION else "idempotency_conflict"
    assert other["code"] == conflict
    assert await fox.causes() == [("like", -1), ("operator", 5)]
