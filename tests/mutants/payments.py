"""Guards of money: whose payment it is, how much, who says so, and that it goes back once."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_CONTRACT = "tests/store/test_payments.py"
_OUTAGES = "tests/store/test_payment_outages.py"
_HINTS = "tests/store/test_payment_hints.py"
_STRIPE = "store/providers/stripe_payments.py"
_STRIPE_HOOKS = "store/providers/stripe_hooks.py"
_TOSS = "store/providers/toss_payments.py"
_KAKAO = "store/providers/kakao_payments.py"
_TOLD = "store/providers/payment_told.py"
_CALLS = "store/providers/payment_calls.py"
_BACK_ONCE = f"{_CONTRACT}::test_money_goes_back_in_parts_and_once_for_each_key"
_CURRENCY = f"{_CONTRACT}::test_money_in_another_currency_goes_back_at_once"
_READ = f"{_OUTAGES}::test_a_good_answer_is_read_plain_and_short_or_not_at_all"

MUTANTS = (
    # --- webhooks
    Mutant(
        name="whoever-writes-it-is-stripe",
        promises=("row 36",),
        file=_STRIPE_HOOKS,
        old="stripe.WebhookSignature.verify_header(body, header, key, None)",
        new="len(body)",
        tests=(f"{_HINTS}::test_every_forgery_is_refused_with_the_same_words",),
    ),
    Mutant(
        name="a-webhook-may-come-from-tomorrow",
        promises=("row 37",),
        file=_STRIPE_HOOKS,
        old="if abs(now_ms - at_s * 1_000) > WEBHOOK_WINDOW_S * 1_000:",
        new="if now_ms - at_s * 1_000 > WEBHOOK_WINDOW_S * 1_000:",
        tests=(f"{_HINTS}::test_what_is_stale_or_from_the_future_is_refused",),
    ),
    Mutant(
        name="stripe-signs-for-ever",
        promises=("row 37",),
        file=_STRIPE_HOOKS,
        old="if abs(now_ms - at_s * 1_000) > WEBHOOK_WINDOW_S * 1_000:",
        new="if at_s * 1_000 - now_ms > WEBHOOK_WINDOW_S * 1_000:",
        tests=(f"{_HINTS}::test_what_is_stale_or_from_the_future_is_refused",),
    ),
    # --- how much, in what, and whose
    Mutant(
        name="the-browser-names-the-amount",
        promises=("row 40",),
        file=_TOSS,
        old='"orderId": bill.order, "amount": bill.price.amount}',
        new='"orderId": bill.order, "amount": int(returned["amount"])}',
        tests=(f"{_CONTRACT}::test_an_amount_in_the_address_changes_nothing[toss]",),
    ),
    Mutant(
        name="dollars-are-won-at-toss",
        promises=("row 40",),
        file=_TOSS,
        old="if payment.currency != bill.price.currency and",
        new='if payment.currency == "" and',
        tests=(f"{_CURRENCY}[toss]",),
    ),
    Mutant(
        name="dollars-are-won-at-stripe",
        promises=("row 40",),
        file=_STRIPE,
        old="if charge.currency != bill.price.currency.lower() and",
        new='if charge.currency == "" and',
        tests=(f"{_CURRENCY}[stripe]",),
    ),
    Mutant(
        name="any-payment-pays-any-order",
        promises=("row 41",),
        file=_TOLD,
        old="    if told != order:\n",
        new="    if told is None:\n",
        tests=(
            f"{_CONTRACT}::test_a_payment_of_another_order_is_not_found",
            f"{_CONTRACT}::test_what_another_buyer_brought_back_pays_nothing[stripe]",
        ),
    ),
    Mutant(
        name="any-text-stands-in-a-path",
        promises=("row 41",),
        file=_TOLD,
        old="    return _REFERENCE.match(value) is not None",
        new="    return True",
        tests=(f"{_CONTRACT}::test_what_no_provider_sends_is_a_bad_request",),
    ),
    # --- once, whatever answer was lost
    Mutant(
        name="toss-sends-back-as-often-as-asked",
        promises=("row 42",),
        file=_TOSS,
        old="reply = await self._at(bill).post(path, body, key=key)",
        new="reply = await self._at(bill).post(path, body)",
        tests=(f"{_BACK_ONCE}[toss]",),
    ),
    Mutant(
        name="stripe-sends-back-as-often-as-asked",
        promises=("row 42",),
        file=_STRIPE,
        old='{"idempotency_key": key}',
        new="{}",
        tests=(f"{_BACK_ONCE}[stripe]",),
    ),
    Mutant(
        name="kakaopay-sends-back-as-often-as-asked",
        promises=("row 42",),
        file=_KAKAO,
        old="return any(act.payload == key for act in deal.payment_action_details)",
        new='return key == ""',
        tests=(f"{_BACK_ONCE}[kakao]",),
    ),
    # --- what providers answer
    Mutant(
        name="an-answer-is-read-to-its-end",
        promises=("row 90",),
        file=_CALLS,
        old="body = await read_some(answer, PAYMENT_ANSWER_BYTES_MAX)",
        new="body = await answer.aread()",
        tests=(_READ,),
    ),
    Mutant(
        name="an-answer-may-be-packed",
        promises=("row 90",),
        file=_CALLS,
        old='if answer.headers.get("Content-Encoding", "identity") != "identity":',
        new='if answer.headers.get("Content-Encoding", "identity") == "":',
        tests=(_READ,),
    ),
    Mutant(
        name="a-buyer-is-sent-anywhere",
        promises=("row 90",),
        file=_TOLD,
        old="    if not _of_the_web(url, api):",
        new="    if not url:",
        tests=(f"{_OUTAGES}::test_a_buyer_is_sent_to_pages_only",),
    ),
    Mutant(
        name="a-provider-that-is-down-is-asked-on",
        promises=("row 90",),
        file="engine/model/breaker.py",
        old="rests = failures >= PROVIDER_FAILURES_MAX",
        new="rests = failures < 0",
        tests=(
            "tests/engine/model/test_breaker.py::test_many_in_a_row_are_followed_by_a_rest",
            f"{_OUTAGES}::test_who_fails_often_is_left_alone_for_a_while",
        ),
    ),
    Mutant(
        name="who-hangs-up-takes-a-provider-down",
        promises=("row 90",),
        file=_CALLS,
        old="except (httpx.HTTPError, trio.TooSlowError, Unavailable):",
        new="except (httpx.HTTPError, trio.TooSlowError, Unavailable, trio.Cancelled):",
        tests=(f"{_OUTAGES}::test_callers_who_go_away_do_not_count_against_the_provider",),
    ),
)
