"""Subscriptions: where one stands follows from what was paid and from the moment."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.credits.plans import DAY_MS, Plan, Term
from engine.errors import Conflict, NotFound
from engine.ids import OrderId, SubscriptionId
from engine.limits_payments import SUBSCRIPTION_LEAD_MS, SUBSCRIPTION_TRIAL_DAYS
from engine.payments.catalogue import on_sale
from engine.payments.order import Ending, Heard, Order
from engine.payments.subscription import (
    GRACE_MS,
    Change,
    Standing,
    Subscription,
    SubscriptionState,
    check_trial,
    renewing,
    rest_after,
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


def test_what_is_late_is_not_paused() -> None:
    """Paused and resumed every few days, it would have its days of grace for ever."""
    for late in (UNTIL, UNTIL + GRACE_MS - 1):
        with pytest.raises(Conflict):
            ONE.changed(Change.PAUSE, late)
        gone = ONE.changed(Change.CANCEL, late)
        assert gone.state(late) is SubscriptionState.EXPIRED


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


def test_free_days_are_no_period_and_who_does_not_pay_after_them_has_no_grace() -> None:
    one = Subscription.begun(SubscriptionId("s" * 16), MONTH, 0, trial=True)
    end = SUBSCRIPTION_TRIAL_DAYS * DAY_MS
    assert (one.paid_until, one.state(end - 1)) == (end, SubscriptionState.TRIAL)
    assert (one.state(end), one.grace_days(end)) == (SubscriptionState.PAST_DUE, 0)
    assert one.changed(Change.CANCEL, 1).state(end - 1) is SubscriptionState.CANCELLED
    paid = Order(MONTH.good, MONTH.price).hears(Heard(MONTH.price.amount)).settled()
    first = replace(one, renewal=OrderId("o" * 16)).settled(paid)
    assert (first.paid_until, first.trial) == (end + 30 * DAY_MS, False)
    assert first.grace_days(first.paid_until) == 7


def test_free_days_are_for_who_had_none_and_no_plan() -> None:
    check_trial((), had=False)
    with pytest.raises(Conflict):
        check_trial((), had=True)
    with pytest.raises(Conflict):
        check_trial((Term("t", Plan.PREMIUM, 0, 1),), had=False)


def test_what_was_changed_at_the_provider_is_changed_here() -> None:
    stopped, held, going = Standing(True, False), Standing(False, True), Standing(False, False)
    assert ONE.stands(stopped, 5) == ONE.changed(Change.CANCEL, 5)
    assert ONE.stands(held, 5) == ONE.changed(Change.PAUSE, 5)
    assert ONE.stands(stopped, 5).stands(going, 6) == ONE
    late = UNTIL + 5
    paused = ONE.stands(held, 5)
    assert paused.stands(held, late) == paused
    assert paused.stands(going, late).paid_until == late
    assert paused.stands(stopped, late).state(late) is SubscriptionState.EXPIRED
    over = replace(ONE, ended=True)
    assert over.stands(going, 5) == over


def test_what_was_tried_rests_and_what_has_ended_is_left_alone() -> None:
    assert ONE.look_at(UNTIL, rest_ms=rest_after(answered=True)) == UNTIL + DAY_MS
    again = ONE.look_at(UNTIL, rest_ms=rest_after(answered=False))
    assert again is not None
    assert UNTIL < again <= UNTIL + 600_000
    lead_at = UNTIL - SUBSCRIPTION_LEAD_MS
    assert (ONE.look_at(5), ONE.look_at(lead_at)) == (lead_at, UNTIL)
    assert (ONE.grace_days(lead_at - 1), ONE.grace_days(lead_at)) == (0, 7)
    for early in (ONE, ONE.changed(Change.CANCEL, 5)):
        assert early.look_at(UNTIL - 1, rest_ms=DAY_MS) == UNTIL
    last = UNTIL + GRACE_MS
    assert ONE.look_at(last - 1, rest_ms=DAY_MS) == last
    assert ONE.look_at(last, rest_ms=DAY_MS) == last + DAY_MS
    assert replace(ONE, ended=True).look_at(5, rest_ms=DAY_MS) is None


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
