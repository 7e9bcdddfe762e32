"""Guards of cards: kept before they are charged, charged once, sealed, and forgotten at the end."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_CARDS = "store/providers/toss_cards.py"
_TOSS = "store/providers/toss_payments.py"
_CASHIER = "actors/cashier.py"
_PROVIDER = "tests/store/test_toss_cards.py"
_ORDERS = "tests/actors/test_card_orders.py"
_MANDATES = "tests/store/test_mandates.py"
_LOST = f"{_ORDERS}::test_an_answer_of_the_charge_that_was_lost_is_found_within_minutes"

MUTANTS = (
    # --- whose card
    Mutant(
        name="any-card-pays-any-order",
        promises=("row 41",),
        file=_CARDS,
        old='        of_order(bill.order, returned.get("customerKey"))\n',
        new="",
        tests=(f"{_PROVIDER}::test_the_card_of_another_order_is_nobodys",),
    ),
    Mutant(
        name="a-billing-key-is-an-address",
        promises=("row 41",),
        file=_CARDS,
        old="        path = f\"/v1/billing/{quote(key, safe='')}\"\n",
        new='        path = f"/v1/billing/{key}"\n',
        tests=(f"{_PROVIDER}::test_a_card_is_shown_and_charged_once_for_each_order",),
    ),
    # --- once
    Mutant(
        name="each-charge-is-a-new-one",
        promises=("row 42",),
        file=_CARDS,
        old='key=f"charge-{bill.order}")',
        new="key=None)",
        tests=(f"{_PROVIDER}::test_an_empty_card_is_told_and_nothing_is_taken",),
    ),
    Mutant(
        name="under-way-is-a-refusal",
        promises=("row 42",),
        file=_CARDS,
        old="        if reply.status == HTTPStatus.CONFLICT:\n",
        new="        if reply.status == HTTPStatus.IM_A_TEAPOT:\n",
        tests=(f"{_PROVIDER}::test_a_charge_that_is_under_way_is_no_refusal",),
    ),
    Mutant(
        name="a-refusal-is-believed",
        promises=("row 42",),
        file=_TOSS,
        old="        # Not asked to take it, or refused: because it was taken already, or the bank says no.\n",
        new='        if take:\n            raise Conflict("no")\n',
        tests=(f"{_PROVIDER}::test_an_answer_that_was_lost_charges_nobody_twice",),
    ),
    Mutant(
        name="to-find-is-to-take",
        promises=("row 42",),
        file=_TOSS,
        old="        if take:\n            reply = await self._cards.charge(bill, mandate)\n",
        new="        if bill:\n            reply = await self._cards.charge(bill, mandate)\n",
        tests=(f"{_PROVIDER}::test_to_find_a_charge_takes_none",),
    ),
    # --- kept first
    Mutant(
        name="a-mandate-is-asked-about-when-its-turn-comes",
        promises=("row 42",),
        file="store/memory/orders.py",
        old="replace(held, agreed=True, ask_at=ask_at, asked=0)",
        new="replace(held, agreed=True)",
        tests=(
            _LOST,
            f"{_MANDATES}::test_an_order_keeps_the_first_mandate_and_is_asked_about_soon",
        ),
    ),
    Mutant(
        name="the-reconciler-knows-no-mandates",
        promises=("row 42",),
        file=_CASHIER,
        old="        if placed.agreed:\n            return await self._first(placed)\n",
        new="",
        tests=(f"{_ORDERS}::test_who_is_erased_meanwhile_is_charged_nothing",),
    ),
    Mutant(
        name="a-webhook-tells-all",
        promises=("row 42",),
        file=_CASHIER,
        old="        if not mandate and placed.agreed:",
        new="        if not mandate and placed.agreed and event is None:",
        tests=(f"{_ORDERS}::test_a_webhook_of_the_charge_begins_what_renews_too",),
    ),
    Mutant(
        name="the-last-card-wins",
        promises=("row 42",),
        file="store/postgres/orders.py",
        old=" AND ending = 0 AND mandate = ''\n",
        new=" AND ending = 0\n",
        tests=(f"{_MANDATES}::test_an_order_keeps_the_first_mandate_and_is_asked_about_soon",),
    ),
    Mutant(
        name="whoever-comes-back-ends-the-card",
        promises=("row 42",),
        file=_CASHIER,
        old="            kept = await self._orders.mandate(placed.order_id)\n",
        new='            kept = "another"\n',
        tests=(f"{_ORDERS}::test_a_browser_that_comes_back_again_ends_no_card_in_use",),
    ),
    # --- nobody is charged for nothing
    Mutant(
        name="who-is-gone-is-charged",
        promises=("rule",),
        file=_CASHIER,
        old="take = placed.created_at, placed.owner is not None\n",
        new="take = placed.created_at, True\n",
        tests=(f"{_ORDERS}::test_who_is_erased_meanwhile_is_charged_nothing",),
    ),
    Mutant(
        name="a-refused-card-stays",
        promises=("rule",),
        file=_CASHIER,
        old="            await self._forget(placed, mandate)\n            return told\n",
        new="            return told\n",
        tests=(f"{_ORDERS}::test_a_card_that_is_refused_is_forgotten_and_said",),
    ),
    Mutant(
        name="a-card-stays-after-the-end",
        promises=("rule",),
        file=_TOSS,
        old="        if wish is Wish.END:\n",
        new="        if wish is Wish.END and not key:\n",
        tests=(f"{_PROVIDER}::test_an_end_forgets_the_card_and_nothing_else_does",),
    ),
    # --- nobody reads it
    Mutant(
        name="a-mandate-stands-in-the-open",
        promises=("rule",),
        file="store/mandates.py",
        old="        return _SEALED + b64encode(self._vault.seal(mandate.encode(), _place(row))).decode()\n",
        new="        return mandate\n",
        tests=(f"{_MANDATES}::test_at_rest_a_mandate_is_sealed",),
    ),
    Mutant(
        name="a-mandate-opens-anywhere",
        promises=("rule",),
        file="store/mandates.py",
        old='    return f"mandate|{row}"\n',
        new='    return f"mandate|{row[:0]}"\n',
        tests=(f"{_MANDATES}::test_a_mandate_opens_in_its_own_row_only",),
    ),
    Mutant(
        name="addresses-are-logged",
        promises=("rule",),
        file="store/providers/payment_calls.py",
        old='    logging.getLogger("httpx").setLevel(logging.WARNING)',
        new='    logging.getLogger("httpx").setLevel(logging.DEBUG)',
        tests=(f"{_PROVIDER}::test_a_billing_key_reaches_no_log",),
    ),
    Mutant(
        name="every-script-runs-beside-a-card",
        promises=("rule",),
        file="api/rest/cards.py",
        old="        f\"default-src 'none'; script-src 'self' {site}; ",
        new="        f\"default-src 'none'; script-src *; ",
        tests=("tests/api/rest/test_cards.py::test_the_page_runs_our_script_and_one_other",),
    ),
)
