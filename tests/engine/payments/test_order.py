"""Orders: whatever is heard in whatever order, the buyer has what the money is worth, once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.credits.plans import Plan
from engine.errors import BadRequest
from engine.limits_outside import AMOUNT_UNITS_MAX
from engine.payments.catalogue import CreditsGood, Money, PlanGood
from engine.payments.order import Dispute, Ending, Heard, Order, OrderState

TEN = Order(CreditsGood(10), Money(4_500))
MONTH = Order(PlanGood(Plan.PREMIUM, 30), Money(9_900))

orders = st.sampled_from([TEN, MONTH])
endings = st.sampled_from(Ending)
disputes = st.sampled_from(Dispute)


@st.composite
def heard(draw: st.DrawFn, price: int) -> Heard:
    """Draw one answer of a provider, mostly about the right amount."""
    charged = draw(st.sampled_from([0, price, price, price, price - 1, 1]))
    return Heard(charged, draw(st.integers(0, charged)), draw(disputes), draw(endings))


@st.composite
def stories(draw: st.DrawFn) -> tuple[Order, list[Heard], list[Heard]]:
    """Draw an order, answers about it, and the same in another order, some of them twice."""
    order = draw(orders)
    first = draw(st.lists(heard(order.price.amount), min_size=1, max_size=6))
    again = draw(st.permutations([*first, *draw(st.lists(st.sampled_from(first), max_size=3))]))
    return order, first, again


@given(story=stories())
def test_any_order_any_number_of_times_ends_in_the_same(
    story: tuple[Order, list[Heard], list[Heard]],
) -> None:
    order, first, again = story
    ends, moved = [], []
    for answers in (first, again):
        now, total = order, 0
        for answer in answers:
            now = now.hears(answer)
            total += now.step
            now = now.settled()
            assert 0 <= now.given <= now.whole
            assert now.settled() == now
        ends.append(now)
        moved.append(total)
    assert ends[0] == ends[1]
    assert moved[0] == moved[1] == ends[0].given


@given(story=stories())
def test_nothing_is_given_for_money_that_is_not_there(
    story: tuple[Order, list[Heard], list[Heard]],
) -> None:
    order, answers, _ = story
    for answer in answers:
        order = order.hears(answer).settled()
    kept = order.heard.charged - order.heard.refunded
    assert order.given * order.price.amount <= order.whole * kept
    if order.heard.charged != order.price.amount:
        assert order.given == 0
        assert order.to_refund == kept


@pytest.mark.parametrize(
    ("answer", "state", "given"),
    [
        (Heard(), OrderState.AWAITING, 0),
        (Heard(ending=Ending.CANCELLED), OrderState.CANCELLED, 0),
        (Heard(ending=Ending.FAILED), OrderState.FAILED, 0),
        (Heard(ending=Ending.TRIAL), OrderState.APPLIED, 0),
        (Heard(4_500), OrderState.APPLIED, 10),
        (Heard(4_500, ending=Ending.CANCELLED), OrderState.APPLIED, 10),
        (Heard(4_500, 450), OrderState.APPLIED, 9),
        (Heard(4_500, 451), OrderState.APPLIED, 8),
        (Heard(4_500, 4_500), OrderState.REFUNDED, 0),
        (Heard(4_500, dispute=Dispute.OPEN), OrderState.DISPUTED, 0),
        (Heard(4_500, dispute=Dispute.WON), OrderState.APPLIED, 10),
        (Heard(4_500, dispute=Dispute.LOST), OrderState.DISPUTED, 0),
        (Heard(1), OrderState.REFUNDING, 0),
        (Heard(1, 1), OrderState.REFUNDED, 0),
    ],
)
def test_where_an_order_stands(answer: Heard, state: OrderState, given: int) -> None:
    sent = Order(TEN.good, TEN.price, sent=True)
    settled = sent.hears(answer).settled()
    assert (settled.state, settled.given) == (state, given)


def test_money_that_has_come_is_confirmed_until_the_benefit_is_given() -> None:
    paid = TEN.hears(Heard(4_500))
    assert paid.state is OrderState.CONFIRMED
    assert paid.step == 10
    assert paid.settled().state is OrderState.APPLIED


def test_an_order_that_nobody_was_sent_away_with_is_new() -> None:
    assert TEN.state is OrderState.CREATED


def test_a_benefit_that_was_taken_back_comes_again_when_the_dispute_is_won() -> None:
    lost = TEN.hears(Heard(4_500)).settled().hears(Heard(4_500, dispute=Dispute.OPEN))
    assert lost.step == -10
    won = lost.settled().hears(Heard(4_500, dispute=Dispute.WON))
    assert won.step == 10


@pytest.mark.parametrize(
    ("charged", "refunded"), [(-1, 0), (1, 2), (0, -1), (AMOUNT_UNITS_MAX + 1, 0)]
)
def test_amounts_that_no_payment_has_are_refused(charged: int, refunded: int) -> None:
    with pytest.raises(BadRequest):
        Heard(charged, refunded)
