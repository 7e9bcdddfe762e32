"""Guards of orders: what was heard, what follows of it, and that it is kept whole."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_ORDER = "engine/payments/order.py"
_ORDERS = "store/postgres/orders.py"
_ORDER_TEST = "tests/engine/payments/test_order.py"
_CASHIER_TEST = "tests/actors/test_cashier.py"
_ORDERS_TEST = "tests/store/test_orders.py"
_RACES = "tests/store/test_order_races.py"
_TWO = "tests/money/test_two_processes.py"
_ANY_ORDER = f"{_ORDER_TEST}::test_any_order_any_number_of_times_ends_in_the_same"
_PERMUTED = f"{_RACES}::test_a_story_that_is_heard_in_any_order_ends_alike"
_FOR_NOTHING = f"{_ORDER_TEST}::test_nothing_is_given_for_money_that_is_not_there"
_STANDS = f"{_ORDER_TEST}::test_where_an_order_stands"
_AT_ONCE = f"{_RACES}::test_answers_that_come_at_once_are_all_known"
_OWN = f"{_ORDERS_TEST}::test_an_order_belongs_to_its_buyer_and_is_listed_newest_first"

MUTANTS = (
    # --- what was heard, and what follows of it
    Mutant(
        name="the-last-word-about-money-wins",
        promises=("row 38",),
        file=_ORDER,
        old="max(self.refunded, other.refunded),",
        new="min(other.refunded, max(self.charged, other.charged)),",
        tests=(_ANY_ORDER, _PERMUTED),
    ),
    Mutant(
        name="the-last-word-about-a-dispute-wins",
        promises=("row 38",),
        file=_ORDER,
        old="max(self.dispute, other.dispute),",
        new="other.dispute,",
        tests=(_ANY_ORDER, _PERMUTED),
    ),
    Mutant(
        name="disputed-money-counts",
        promises=("row 38",),
        file=_ORDER,
        old="        if self.heard.dispute in (Dispute.OPEN, Dispute.LOST):\n            return 0\n",
        new="",
        tests=(
            _STANDS,
            f"{_ORDERS_TEST}::test_a_dispute_takes_back_and_gives_again_when_it_is_won",
        ),
    ),
    Mutant(
        name="any-money-is-the-price",
        promises=("row 40",),
        file=_ORDER,
        old="        if self.heard.charged != self.price.amount:\n            return 0\n",
        new="",
        tests=(
            _FOR_NOTHING,
            f"{_ORDERS_TEST}::test_another_amount_than_the_price_gives_nothing_and_goes_back",
        ),
    ),
    Mutant(
        name="money-that-is-not-the-price-is-kept",
        promises=("row 40",),
        file=_ORDER,
        old="wanted = min(self.back, paid) if paid == self.price.amount else paid",
        new="wanted = min(self.back, paid)",
        tests=(_FOR_NOTHING, f"{_CASHIER_TEST}::test_money_of_another_amount_goes_back_once"),
    ),
    Mutant(
        name="shares-are-rounded-up",
        promises=("row 44",),
        file=_ORDER,
        old="return self.whole * kept // self.price.amount",
        new="return -(-self.whole * kept // self.price.amount)",
        tests=(_FOR_NOTHING, _STANDS),
    ),
    Mutant(
        name="amounts-that-no-payment-has",
        promises=("row 45",),
        file=_ORDER,
        old="if not 0 <= self.refunded <= self.charged <= AMOUNT_UNITS_MAX:",
        new="if self.charged is None:",
        tests=(f"{_ORDER_TEST}::test_amounts_that_no_payment_has_are_refused",),
    ),
    Mutant(
        name="less-goes-back-than-was-promised",
        promises=("row 44",),
        file=_ORDER,
        old="amount < max(self.back, self.heard.refunded)",
        new="amount < 0",
        tests=(f"{_ORDERS_TEST}::test_an_operator_has_some_of_the_money_go_back",),
    ),
    Mutant(
        name="each-step-of-an-order-is-the-same-move",
        promises=("row 38", "row 44"),
        file="engine/payments/effect.py",
        old='f"order {order_id} {steps}"',
        new='f"order {order_id}"',
        tests=(f"{_ORDERS_TEST}::test_a_dispute_takes_back_and_gives_again_when_it_is_won",),
    ),
    # --- orders in PostgreSQL
    Mutant(
        name="two-hear-of-an-order-at-once",
        promises=("row 39",),
        file=_ORDERS,
        old='    row = _found(await _one(db, ONE + " FOR UPDATE", order))\n',
        new="    row = _found(await _one(db, ONE, order))\n",
        tests=(f"{_ORDERS_TEST}::test_many_at_once_give_once[postgres]", f"{_AT_ONCE}[postgres]"),
    ),
    Mutant(
        name="a-copy-of-an-event-is-another-event",
        promises=("row 37", "row 39"),
        file=_ORDERS,
        old='        if marked.endswith(" 0"):\n            return held, False\n',
        new="        assert marked\n",
        tests=(f"{_RACES}::test_a_copy_of_an_event_says_nothing_more[postgres]",),
    ),
    Mutant(
        name="who-is-sent-away-forgets-what-was-heard",
        promises=("row 39",),
        file=_ORDERS,
        old='    held = placed_from(_found(await _one(db, ONE + " FOR UPDATE", order)))\n    is_sent',
        new="    held = placed_from(_found(await _one(db, ONE, order)))\n    is_sent",
        tests=(f"{_AT_ONCE}[postgres]",),
    ),
    Mutant(
        name="an-operator-forgets-what-was-heard",
        promises=("row 39",),
        file=_ORDERS,
        old='    held = placed_from(_found(await _one(db, ONE + " FOR UPDATE", order)))\n    wanted',
        new="    held = placed_from(_found(await _one(db, ONE, order)))\n    wanted",
        tests=(f"{_AT_ONCE}[postgres]",),
    ),
    Mutant(
        name="due-orders-are-lent-to-everybody",
        promises=("row 42",),
        file=_ORDERS,
        old="UPDATE orders SET ask_at = $2 WHERE order_id IN (\n",
        new="UPDATE orders SET ask_at = least(ask_at, $2) WHERE order_id IN (\n",
        tests=(
            f"{_ORDERS_TEST}::test_due_orders_are_lent_to_one_who_asks[postgres]",
            f"{_TWO}::test_each_due_order_is_asked_about_by_one",
        ),
    ),
    Mutant(
        name="money-of-who-is-gone-stays-here",
        promises=("row 44",),
        file=_ORDERS,
        old="        heard = heard.without_buyer()\n",
        new="        pass\n",
        tests=(f"{_ORDERS_TEST}::test_records_outlive_the_buyer_and_name_nobody[postgres]",),
    ),
    Mutant(
        name="orders-of-others-are-shown",
        promises=("row 41",),
        file=_ORDERS,
        old="        check_own(placed.owner, owner)\n",
        new="",
        tests=(f"{_OWN}[postgres]",),
    ),
    Mutant(
        name="buyers-are-not-locked",
        promises=("row 39",),
        file=_ORDERS,
        old='sql = "SELECT true FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE"',
        new='sql = "SELECT true FROM accounts WHERE account_id = $1"',
        tests=(
            f"{_RACES}::test_two_months_that_are_paid_at_once_are_two_months[postgres]",
            f"{_RACES}::test_orders_that_are_placed_at_once_are_not_too_many[postgres]",
        ),
    ),
    Mutant(
        name="events-that-say-nothing-are-kept",
        promises=("row 36",),
        file=_ORDERS,
        old="    if known == held and (held.owner is None or not heard.step):\n"
        "        return held, False\n",
        new="",
        tests=(f"{_RACES}::test_an_event_that_brought_nothing_is_not_kept[postgres]",),
    ),
)
