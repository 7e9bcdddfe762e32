"""One's own subscription over HTTP."""

from __future__ import annotations

from typing import cast

import pytest

from tests.api.people import Fields, Person, make_town
from tests.api.rest.test_orders import buyer, come_back, order


async def subscriber() -> Person:
    fox = await buyer()
    name, _ = await order(fox, "premium_month", renews=True)
    await come_back(fox, name)
    return fox


async def change(fox: Person, what: str) -> tuple[int, object]:
    reply = await fox.call("POST", "/v1/subscription", {"change": what})
    return reply.status, reply.fields["state"] if reply.status == 200 else reply.code


async def test_a_subscription_is_seen_and_changed() -> None:
    fox = await subscriber()
    shown = await fox.get("/v1/subscription")
    until = fox.town.edge.clock() + 30 * 86_400_000
    assert (shown["product"], shown["state"], shown["paid_until"]) == (
        "premium_month",
        "active",
        until,
    )
    assert await change(fox, "pause") == (200, "paused")
    assert await change(fox, "resume") == (200, "active")
    for _ in range(2):
        assert await change(fox, "cancel") == (200, "cancelled")
    assert await change(fox, "pause") == (409, "conflict")
    assert await change(fox, "resume") == (200, "active")
    assert await change(fox, "burn") == (400, "bad_request")


async def test_who_is_late_is_told_until_when_it_can_be_paid() -> None:
    fox = await subscriber()
    assert "pay_by" not in await fox.get("/v1/subscription")
    fox.town.edge.clock.now_ms += 31 * 86_400_000
    fox = await fox.town.sign_in(fox.phone)
    shown = await fox.get("/v1/subscription")
    assert shown["state"] == "past_due"
    assert shown["pay_by"] == cast("int", shown["paid_until"]) + 7 * 86_400_000


async def test_an_order_says_that_it_is_a_period_of_what_renews() -> None:
    fox = await subscriber()
    await order(fox, "premium_month")
    assert [one.get("renews") for one in await fox.items("/v1/orders")] == [None, True]


async def test_who_has_none_is_told_so() -> None:
    fox = await make_town().newcomer()
    assert (await fox.call("GET", "/v1/subscription")).status == 404
    assert await change(fox, "cancel") == (404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        {"product": "credits_10", "provider": "toss", "renews": True},
        {"product": "premium_month", "provider": "toss", "renews": True},
    ],
)
async def test_credits_do_not_renew_and_nobody_subscribes_twice(body: Fields) -> None:
    fox = await subscriber()
    reply = await fox.call("POST", "/v1/orders", body)
    assert (reply.status, reply.code) == (409, "conflict")


async def test_the_page_for_cards_is_the_providers() -> None:
    fox = await subscriber()
    reply = await fox.call("POST", "/v1/subscription/portal")
    assert (reply.status, str(reply.fields["url"])[:27]) == (200, "https://till.example/portal")
    other = await fox.town.newcomer()
    assert (await other.call("POST", "/v1/subscription/portal")).code == "not_found"
    fox.town.edge.till.down = True
    assert (await fox.call("POST", "/v1/subscription/portal")).code == "unavailable"


async def test_free_days_are_ordered_once_and_with_what_renews() -> None:
    fox = await buyer()
    shown = await fox.get("/v1/catalogue")
    assert (shown["trial_days"], shown["trying"]) == (7, shown["renewing"])
    plan: Fields = {"product": "premium_month", "provider": "stripe", "trial": True}
    assert (await fox.call("POST", "/v1/orders", plan)).code == "conflict"
    name, _ = await order(fox, "premium_month", renews=True, trial=True)
    await come_back(fox, name)
    assert (await fox.get("/v1/subscription"))["state"] == "trial"
    assert (await fox.get("/v1/credits"))["plan"] == "trial"
    shown = await fox.get(f"/v1/orders/{name}")
    assert (shown["state"], shown["trial"], shown["renews"]) == ("applied", True, True)
    await change(fox, "cancel")
    fox.town.edge.till.tries = False
    reply = await fox.call("POST", "/v1/orders", plan | {"renews": True})
    assert (reply.status, reply.code) == (409, "conflict")
    assert (await fox.get("/v1/catalogue"))["trying"] == []
