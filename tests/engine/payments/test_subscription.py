"""Subscriptions: where one stands follows from what was paid and from the moment."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.credits.plans import DAY_MS
from engine.errors import Conflict, NotFound
from engine.ids import OrderId, SubscriptionId
from engine.payments.catalogue import on_sale
from engine.payments.order import Ending, Heard, Order
from engine.payments.subscription import (
    GRACE_MS,
    Change,
    Subscription,
    SubscriptionState,
    renewing,
)

MONTH = renewing("premium_month", on_sale().version)
UNTIL = 30 * DAY_MS
ONE = Subscription(SubscriptionId("s" * 16), MONTH, UNTIL)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (0, SubscriptionState.ACTIVE),
        (UNTIL - 1, SubscriptionState.ACTIVE),
        (UNTIL, SubscriptionState.PAST_DUE),
        (UNTIL + GRACE_MS - 1, SubscriptionState.PAST_DUE),
        (UNTIL + GRACE_MS, SubscriptionState.EXPIRED),
    ],
)
def test_who_does_not_pay_is_late_and_then_it_is_over(now: int, state: SubscriptionState) -> None:
    assert ONE.state(now) is state


def test_who_cancels_has_it_to_the_end_of_the_period_and_may_come_back() -> None:
    gone = ONE.changed(Change.CANCEL, 5)
    assert gone.state(UNTIL - 1) is SubscriptionState.CANCELLED
    assert gone.state(UNTIL) is SubscriptionState.EXPIRED
    assert gone.changed(Change.CANCEL, 6) == gone
    assert gone.changed(Change.RESUME, UNTIL - 1) == ONE
    with pytest.raises(Conflict):
        gone.changed(Change.RESUME, UNTIL)
    with pytest.raises(Conflict):
        gone.changed(Change.PAUSE, 6)


def test_who_pauses_is_not_charged_and_pays_from_the_day_they_resume() -> None:
    paused = ONE.changed(Change.PAUSE, 5)
    late = UNTIL + 400 * DAY_MS
    assert paused.state(late) is SubscriptionState.PAUSED
    assert paused.look_at(5) is None
    back = paused.changed(Change.RESUME, late)
    assert (back.paid_until, back.state(late)) == (late, SubscriptionState.PAST_DUE)
    assert back.look_at(late - 1) == late
    assert paused.changed(Change.RESUME, 9) == ONE


@given(now=st.integers(0, 2 * UNTIL), changes=st.lists(st.sampled_from(Change), max_size=4))
def test_there_is_always_a_moment_to_look_at_what_may_be_charged(
    now: int, changes: list[Change]
) -> None:
    one = ONE
    for change in changes:
        try:
            one = one.changed(change, now)
        except Conflict:
            break
    looked = one.look_at(now)
    assert (looked is None) == (one.state(now) is SubscriptionState.PAUSED)
    assert looked is None or looked >= now


def test_what_is_paid_goes_on_from_the_end_of_the_last_period() -> None:
    order = Order(MONTH.good, MONTH.price, sent=True)
    one = replace(ONE, renewal=OrderId("o" * 16))
    assert one.settled(order) == one
    assert one.settled(order.hears(Heard(ending=Ending.FAILED))) == ONE
    paid = order.hears(Heard(MONTH.price.amount)).settled()
    assert one.settled(paid) == replace(ONE, paid_until=UNTIL + 30 * DAY_MS)
    back = paid.hears(Heard(MONTH.price.amount, MONTH.price.amount))
    assert one.settled(back) == one


def test_only_plans_renew() -> None:
    with pytest.raises(Conflict):
        renewing("credits_10", on_sale().version)
    with pytest.raises(NotFound):
        renewing("nothing", on_sale().version)
