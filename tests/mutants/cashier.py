"""Guards of the cashier: whom it asks, how often, and what it does with an answer."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_CASHIER = "actors/cashier.py"
_CASHIER_TEST = "tests/actors/test_cashier.py"
_REST_TEST = "tests/api/rest/test_orders.py"
_RETURNS = f"{_CASHIER_TEST}::test_browsers_that_come_back_again_and_again_reach_the_provider_once"
_AMOUNTS = (
    "tests/store/test_payment_outages.py::test_states_and_amounts_that_cannot_be_are_an_outage"
)

MUTANTS = (
    Mutant(
        name="an-order-is-paid-wherever-one-says",
        promises=("row 41",),
        file=_CASHIER,
        old="        if placed.draft.provider is not name:\n            raise NotFound\n"
        "        if not placed",
        new="        if not placed",
        tests=(f"{_CASHIER_TEST}::test_an_order_stays_with_the_provider_it_was_placed_at",),
    ),
    Mutant(
        name="any-provider-tells-of-any-order",
        promises=("row 41",),
        file=_CASHIER,
        old="        if placed.draft.provider is not name:\n            raise NotFound\n"
        "        if not hint",
        new="        if not hint",
        tests=(f"{_CASHIER_TEST}::test_a_webhook_is_a_reason_to_ask_and_nothing_else",),
    ),
    Mutant(
        name="a-forger-is-told-what-was-wrong",
        promises=("row 36",),
        file=_CASHIER,
        old='raise BadRequest("this is no event") from None',
        new="raise",
        tests=(f"{_REST_TEST}::test_a_forged_webhook_says_nothing_of_why_and_does_nothing",),
    ),
    Mutant(
        name="each-refund-has-a-key-of-its-own",
        promises=("row 42",),
        file=_CASHIER,
        old='key = f"{placed.order_id}-{order.heard.refunded}"',
        new='key = f"{placed.order_id}-{self._now_ms()}"',
        tests=(f"{_CASHIER_TEST}::test_two_who_send_the_same_money_back_send_it_once",),
    ),
    Mutant(
        name="an-order-is-asked-about-once",
        promises=("row 42",),
        file=_CASHIER,
        old="        await self._orders.ask_again(placed.order_id, at_ms=at_ms, in_vain=True)",
        new="        await self._orders.ask_again(placed.order_id, at_ms=None, in_vain=True)",
        tests=(f"{_CASHIER_TEST}::test_while_a_provider_is_down_no_order_is_given_up",),
    ),
    Mutant(
        name="a-lost-answer-is-money-of-nobody",
        promises=("row 42",),
        file="engine/payments/asking.py",
        old="    if state in _FINAL:\n        return None",
        new="    if state in _FINAL or state is OrderState.AWAITING:\n        return None",
        tests=(
            f"{_CASHIER_TEST}::test_a_charge_whose_answer_was_lost_is_found_within_ten_minutes",
        ),
    ),
    Mutant(
        name="who-does-not-answer-has-no-money",
        promises=("row 42",),
        file=_CASHIER,
        old="if over is not None and answered:",
        new="if over is not None:",
        tests=(f"{_CASHIER_TEST}::test_while_a_provider_is_down_no_order_is_given_up",),
    ),
    Mutant(
        name="a-page-that-did-not-open-is-open-for-a-day",
        promises=("rule",),
        file=_CASHIER,
        old="            await self._hear(placed, _NO_MONEY)\n            raise",
        new="            raise",
        tests=(f"{_CASHIER_TEST}::test_a_page_that_did_not_open_leaves_no_open_order",),
    ),
    Mutant(
        name="browsers-ask-providers-as-they-like",
        promises=("row 83",),
        file=_CASHIER,
        old="not placed.order.waits or not self._returns.may(order, now_ms=self._now_ms())",
        new="not placed.order.waits",
        tests=(_RETURNS,),
    ),
    Mutant(
        name="webhooks-of-anybody-ask-as-they-like",
        promises=("row 83",),
        file=_CASHIER,
        old="return free and self._hints.may(order, now_ms=self._now_ms())",
        new="return free",
        tests=(f"{_CASHIER_TEST}::test_a_flood_of_webhooks_that_anybody_sends_asks_once",),
    ),
    Mutant(
        name="webhooks-of-anybody-take-all-the-room",
        promises=("row 83",),
        file=_CASHIER,
        old="free = self._hints_asked.available_tokens > 0",
        new="free = True",
        tests=(f"{_CASHIER_TEST}::test_webhooks_that_anybody_sends_leave_room_for_buyers",),
    ),
    Mutant(
        name="toss-is-believed-to-have-signed",
        promises=("row 36",),
        file="store/providers/toss_payments.py",
        old="key, vouched=False)",
        new="key)",
        tests=(
            "tests/store/test_payment_hints.py::test_an_event_of_toss_makes_us_ask_and_no_more",
        ),
    ),
    Mutant(
        name="amounts-that-cannot-be-are-nothing",
        promises=("row 45",),
        file="store/providers/payment_told.py",
        old='raise Unavailable("a provider of payments tells of amounts that cannot be") from None',
        new="return Heard()",
        tests=(_AMOUNTS,),
    ),
    Mutant(
        name="one-order-stops-the-reconciler",
        promises=("row 42",),
        file=_CASHIER,
        old="except Outage:  # its lease ends",
        new="except ZeroDivisionError:  # its lease ends",
        tests=(f"{_CASHIER_TEST}::test_an_order_that_the_store_loses_does_not_hold_up_the_others",),
    ),
    Mutant(
        name="an-outage-ends-the-reconciler",
        promises=("row 42",),
        file=_CASHIER,
        old='            except Outage:\n                self._meter.count("payments_total", provider=""',
        new="            except ZeroDivisionError:\n"
        '                self._meter.count("payments_total", provider=""',
        tests=(f"{_CASHIER_TEST}::test_an_outage_only_delays",),
    ),
)
