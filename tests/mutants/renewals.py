"""Guards of what renews: one charge for a period, one trial for a person, and an end is an end."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_BILLING = "tests/store/test_stripe_billing.py"
_STORES = "tests/store/test_subscriptions.py"
_STORY = "tests/money/test_subscribing.py"
_RENEWALS = "tests/actors/test_renewals.py"
_STRIPE = "store/providers/stripe_payments.py"
_INVOICES = "store/providers/stripe_billing.py"
_POSTGRES = "store/postgres/subscriptions.py"

MUTANTS = (
    # --- one invoice, one order
    Mutant(
        name="an-invoice-pays-for-every-order",
        promises=("row 39",),
        file=_INVOICES,
        old="if invoice.first or invoice.claimed_by is not None or not invoice.amount_due:",
        new="if invoice.first or not invoice.amount_due:",
        tests=(f"{_BILLING}::test_no_invoice_pays_for_two_orders",),
    ),
    Mutant(
        name="the-first-payment-pays-the-second-period",
        promises=("row 39",),
        file=_INVOICES,
        old="if invoice.first or invoice.claimed_by is not None or not invoice.amount_due:",
        new="if invoice.claimed_by is not None or not invoice.amount_due:",
        tests=(f"{_BILLING}::test_a_period_is_charged_when_it_is_due_and_has_an_order_of_its_own",),
    ),
    Mutant(
        name="any-invoice-is-any-orders",
        promises=("row 41",),
        file=_STRIPE,
        old="            of_order(bill.order, invoice.claimed_by)\n",
        new="",
        tests=(f"{_BILLING}::test_a_period_is_charged_when_it_is_due_and_has_an_order_of_its_own",),
    ),
    Mutant(
        name="what-shall-only-be-found-is-charged",
        promises=("row 42",),
        file=_INVOICES,
        old='return invoice.status == "paid" or (take and invoice.status in ("draft", "open"))',
        new='return invoice.status in ("paid", "draft", "open")',
        tests=(f"{_BILLING}::test_what_was_charged_without_us_is_found_and_what_was_not_is_not",),
    ),
    # --- an end is an end
    Mutant(
        name="an-open-invoice-outlives-the-end",
        promises=("row 42",),
        file=_INVOICES,
        old='if invoice.status == "open":',
        new='if invoice.status == "never":',
        tests=(f"{_BILLING}::test_an_end_leaves_nothing_that_could_be_charged",),
    ),
    Mutant(
        name="the-last-payment-is-not-looked-for",
        promises=("row 42",),
        file="actors/renewals.py",
        old="            await self._charge(held, take=False)\n",
        new="",
        tests=(f"{_STORY}::test_a_payment_in_the_last_moment_that_nobody_told_us_of_counts",),
    ),
    Mutant(
        name="a-second-mandate-is-forgotten",
        promises=("row 39",),
        file=_POSTGRES,
        old="    await db.execute(BEGIN, name, owner, order, *said, *rest)\n",
        new="    if owner:\n        await db.execute(BEGIN, name, owner, order, *said, *rest)\n",
        tests=(f"{_STORES}::test_a_second_mandate_is_nobodys_and_due_to_be_ended",),
    ),
    Mutant(
        name="what-is-nobodys-is-left-alone",
        promises=("row 42",),
        file="engine/ports/subscriptions.py",
        old="if self.owner is None and not self.subscription.ended:",
        new="if self.subscription.ended:",
        tests=(f"{_STORES}::test_a_second_mandate_is_nobodys_and_due_to_be_ended",),
    ),
    # --- whose word counts
    Mutant(
        name="an-old-answer-undoes-a-cancel",
        promises=("row 38",),
        file=_POSTGRES,
        old="    if held.subscription.turn != turn:\n        return held\n",
        new="",
        tests=(f"{_STORES}::test_an_answer_from_before_a_change_changes_nothing",),
    ),
    Mutant(
        name="what-is-cancelled-there-goes-on-here",
        promises=("row 38",),
        file="engine/payments/subscription.py",
        old="        if standing.cancelled:\n            return self.changed(Change.CANCEL, now_ms)\n",
        new="",
        tests=(f"{_STORY}::test_what_is_cancelled_in_the_portal_is_cancelled_here",),
    ),
    Mutant(
        name="a-wish-repeated-later-is-a-new-one",
        promises=("row 42",),
        file=_INVOICES,
        old='update_async(one.id, params, {"idempotency_key": key})',
        new="update_async(one.id, params)",
        tests=(f"{_BILLING}::test_what_a_buyer_wants_reaches_stripe_once_for_each_key",),
    ),
    # --- free days
    Mutant(
        name="free-days-after-every-erasure",
        promises=("row 47",),
        file="store/postgres/orders.py",
        old="had=await db.fetchval(HAD_TRIAL, owner)",
        new="had=False",
        tests=(f"{_STORES}::test_who_was_erased_and_comes_again_has_no_second_trial",),
    ),
    Mutant(
        name="free-days-for-two-pages-at-once",
        promises=("row 47",),
        file=_POSTGRES,
        old="    return not had\n",
        new="    return True\n",
        tests=(f"{_STORES}::test_two_free_weeks_at_once_are_one",),
    ),
    Mutant(
        name="grace-for-who-never-paid",
        promises=("row 47",),
        file="engine/payments/subscription.py",
        old="if late and not self.trial else 0",
        new="if late else 0",
        tests=(f"{_STORES}::test_free_days_are_had_once_and_then_the_first_period_is_charged",),
    ),
    # --- nobody waits for ever
    Mutant(
        name="a-lost-answer-waits-a-day",
        promises=("row 42",),
        file="engine/payments/subscription.py",
        old="return SUBSCRIPTION_TRY_EVERY_MS if answered else SUBSCRIPTION_UNANSWERED_MS",
        new="return SUBSCRIPTION_TRY_EVERY_MS",
        tests=(f"{_STORES}::test_where_no_answer_came_it_is_asked_again_soon",),
    ),
    Mutant(
        name="everybody-is-without-a-plan-while-a-period-is-charged",
        promises=("rule",),
        file="engine/payments/subscription.py",
        old="late = self.wants_charge(now_ms) or self._charged_soon(now_ms)",
        new="late = self.wants_charge(now_ms)",
        tests=(f"{_STORES}::test_nobody_is_without_their_plan_while_a_period_is_charged",),
    ),
    Mutant(
        name="a-pause-keeps-the-days-of-grace",
        promises=("rule",),
        file=_POSTGRES,
        old="    await _give_grace(db, owner, changed, now_ms)\n",
        new="",
        tests=(f"{_STORES}::test_who_wants_no_more_periods_has_no_days_of_grace",),
    ),
    Mutant(
        name="news-before-the-end-of-a-period-delay-its-charge",
        promises=("row 42",),
        file="engine/payments/subscription.py",
        old="        return self.paid_until  # however shortly before it something was heard\n",
        new="        return now_ms + rest_ms\n",
        tests=(
            f"{_STORES}::test_what_is_heard_shortly_before_the_end_of_a_period_delays_no_charge",
        ),
    ),
)
