"""Subscriptions by Stripe from end to end: REST, workers, both stores, and Stripe's double."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest

from api.dev_providers.trouble import Fault
from engine.credits.plans import DAY_MS
from engine.ids import OrderId
from engine.model.look import Look
from tests.money.stripe_story import Story, open_story

PRICE = 9_900
LOOK = Look("kim", "desk", "asked for it")


both_stores = pytest.mark.parametrize("place", ["memory", "postgres"], indirect=True)


@pytest.fixture
def place(request: pytest.FixtureRequest) -> str | None:
    """A database, or none."""
    if getattr(request, "param", "memory") == "memory":
        return None
    dsn = request.getfixturevalue("dsn")
    assert isinstance(dsn, str)
    return dsn


@pytest.fixture
async def story(place: str | None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Story]:
    """A buyer who has nothing yet."""
    monkeypatch.setattr("store.providers.payment_calls.PAYMENT_CALL_S_MAX", 1.0)
    async with open_story(place) as one:
        yield one
        await one.check()


@both_stores
async def test_periods_follow_each_other_and_each_is_charged_once(story: Story) -> None:
    await story.subscribe()
    for month in range(1, 4):
        assert (await story.state(), await story.plan()) == ("active", "premium")
        assert story.taken == month * PRICE
        await story.days(30.25)
    assert [(one["state"], one["renews"]) for one in await story.orders()] == [
        ("applied", True)
    ] * 4


async def test_what_nobody_told_us_of_is_found(story: Story) -> None:
    story.posts = False
    await story.subscribe()
    await story.days(32)
    assert await story.seen() == (
        "active",
        "premium",
        2 * PRICE,
    )


@both_stores
async def test_who_is_late_has_a_week_and_pays_by_another_card(story: Story) -> None:
    order = await story.subscribe()
    story.double.begun(order).good = False
    await story.days(31)
    assert await story.seen() == ("past_due", "premium", PRICE)
    await story.portal("card")
    await story.post()
    await story.work()
    assert (await story.state(), await story.plan()) == ("active", "premium")
    shown = await story.fox.get("/v1/subscription")
    assert int(str(shown["paid_until"])) > story.clock() + 28 * DAY_MS
    assert story.taken == 2 * PRICE


async def test_who_never_pays_has_nothing_after_a_week_and_is_charged_no_more(story: Story) -> None:
    order = await story.subscribe()
    story.double.begun(order).good = False
    await story.days(38)
    assert await story.seen() == ("none", "free", PRICE)
    theirs = story.double.begun(order)
    assert (theirs.over, theirs.forgotten, theirs.invoices[-1].status) == (True, True, "void")
    theirs.good = True
    await story.days(40)
    assert story.taken == PRICE
    assert [one["state"] for one in await story.orders()] == ["applied", "failed"]
    await story.subscribe()
    assert (await story.state(), await story.plan()) == ("active", "premium")


async def test_a_payment_in_the_last_moment_that_nobody_told_us_of_counts(story: Story) -> None:
    order = await story.subscribe()
    theirs = story.double.begun(order)
    theirs.good = False
    await story.days(36.75)
    story.posts = False
    story.double.billing.card(theirs, good=True)
    await story.days(1)
    assert await story.seen() == (
        "active",
        "premium",
        2 * PRICE,
    )


@pytest.mark.parametrize("posts", [True, False])
async def test_who_cancels_keeps_what_is_paid_and_may_come_back(
    story: Story, *, posts: bool
) -> None:
    await story.subscribe()
    story.posts = posts
    assert (await story.change("cancel")).fields["state"] == "cancelled"
    await story.days(10)
    assert (await story.state(), await story.plan()) == ("cancelled", "premium")
    assert (await story.change("resume")).fields["state"] == "active"
    await story.days(21)
    assert (await story.state(), story.taken) == ("active", 2 * PRICE)
    await story.change("cancel")
    await story.days(30)
    assert await story.seen() == ("none", "free", 2 * PRICE)
    assert (await story.change("resume")).status == 404


async def test_what_is_cancelled_in_the_portal_is_cancelled_here(story: Story) -> None:
    await story.subscribe()
    await story.portal("cancel")
    await story.days(1)
    assert await story.state() == "cancelled"
    await story.portal("resume")
    await story.days(1)
    assert await story.state() == "active"
    story.posts = False
    await story.portal("cancel")
    await story.days(30)
    assert await story.seen() == ("none", "free", PRICE)


async def test_who_pauses_pays_from_the_day_they_resume(story: Story) -> None:
    await story.subscribe()
    assert (await story.change("pause")).fields["state"] == "paused"
    await story.days(40)
    assert await story.seen() == ("paused", "free", PRICE)
    await story.change("resume")
    await story.days(1)
    assert await story.seen() == (
        "active",
        "premium",
        2 * PRICE,
    )


async def test_free_days_come_once_and_before_the_first_period(story: Story) -> None:
    await story.subscribe(trial=True)
    assert await story.seen() == ("trial", "trial", 0)
    (order,) = await story.orders()
    assert (order["state"], order["trial"]) == ("applied", True)
    await story.days(8)
    assert await story.seen() == ("active", "premium", PRICE)
    body = {"product": "premium_month", "provider": "stripe", "renews": True, "trial": True}
    assert (await story.fox.call("POST", "/v1/orders", body)).code == "conflict"


async def test_who_cancels_in_the_free_days_pays_nothing(story: Story) -> None:
    await story.subscribe(trial=True)
    await story.change("cancel")
    await story.days(6)
    assert (await story.state(), await story.plan()) == ("cancelled", "trial")
    await story.days(20)
    assert await story.seen() == ("none", "free", 0)


async def test_an_empty_card_after_the_free_days_gives_nothing_more(story: Story) -> None:
    order = await story.subscribe(trial=True)
    story.double.begun(order).good = False
    await story.days(8)
    assert (await story.state(), await story.plan()) == ("past_due", "free")
    await story.days(8)
    assert (await story.state(), story.taken) == ("none", 0)


async def test_money_that_goes_back_takes_its_days_along(story: Story) -> None:
    await story.subscribe()
    await story.days(31)
    first, second = [OrderId(str(one["order"])) for one in await story.orders()]
    await story.store.orders.take_back(second, PRICE, LOOK, now_ms=story.clock())
    await story.days(0.5)
    assert (await story.plan(), story.taken) == ("free", PRICE)
    await story.store.orders.take_back(first, PRICE, LOOK, now_ms=story.clock())
    await story.days(0.5)
    assert [one["state"] for one in await story.orders()] == ["refunded", "refunded"]
    assert story.taken == 0


async def test_a_dispute_of_a_period_takes_its_days_and_a_won_one_gives_them_back(
    story: Story,
) -> None:
    await story.subscribe()
    await story.days(31)
    second = str((await story.orders())[1]["order"])
    for status, plan in [("needs_response", "free"), ("won", "premium")]:
        story.double.dispute(second, status)
        await story.post()
        assert await story.plan() == plan


@both_stores
async def test_a_second_subscription_is_ended_where_it_was_made(story: Story) -> None:
    body = {"product": "premium_month", "provider": "stripe", "renews": True}
    replies = [await story.fox.call("POST", "/v1/orders", body) for _ in range(2)]
    for reply in replies:  # two pages that were open at once
        await story.press(str(reply.fields["pay_url"]), "pay")
    await story.days(1)
    theirs = list(story.double.billing.subscriptions.values())
    assert [one.over for one in theirs] == [False, True]
    await story.days(62)
    assert story.taken == 4 * PRICE  # two orders, which were paid, and two more months of one
    assert await story.plan() == "premium"


@both_stores
async def test_who_is_erased_is_charged_no_more_and_forgotten_there(story: Story) -> None:
    order = await story.subscribe()
    assert (await story.fox.call("DELETE", "/v1/me")).status in {200, 202, 204}
    for _ in range(20):
        story.clock.now_ms += DAY_MS
        await story.store.erasures.erase_due(now_ms=story.clock())
        await story.work()
    theirs = story.double.begun(order)
    assert (theirs.over, theirs.forgotten) == (True, True)
    story.clock.now_ms += 60 * DAY_MS
    story.double.tick()
    assert story.taken == PRICE


async def test_events_in_any_order_twice_late_or_never_end_alike(story: Story) -> None:
    rng = random.Random(7)
    order = await story.subscribe()
    story.posts = False
    theirs = story.double.begun(order)
    for turn in range(16):
        theirs.good = turn % 3 != 0
        await story.days(4)
        bodies = rng.choices(story.double.hooks, k=3)
        for body in [*bodies, *bodies[::-1]]:
            assert (await story.hook(body)).status == 204
    theirs.good = True
    await story.days(8)
    assert (await story.state(), await story.plan()) == ("active", "premium")
    assert story.taken == len(await story.orders()) * PRICE


@pytest.mark.parametrize("step", ["query", "invoices", "finalize", "pay"])
async def test_stripe_may_fall_silent_at_any_step_of_a_renewal(story: Story, step: str) -> None:
    await story.subscribe()
    story.posts = False
    await story.days(29.75)
    for fault in (Fault.LOSE, Fault.REFUSE, Fault.GARBLE):
        story.double.troubles.plan(step, fault)
    await story.days(3)
    assert await story.seen() == (
        "active",
        "premium",
        2 * PRICE,
    )


async def test_a_wish_that_stripe_did_not_hear_is_no_promise(story: Story) -> None:
    order = await story.subscribe()
    story.double.troubles.plan("subscriptions", Fault.DROP)
    assert (await story.change("cancel")).code == "unavailable"
    assert await story.state() == "active"
    story.double.troubles.plan("subscriptions", Fault.LOSE)
    assert (await story.change("cancel")).code == "unavailable"
    await story.post()
    await story.work()
    assert (await story.state(), story.double.begun(order).stops) == ("cancelled", True)
