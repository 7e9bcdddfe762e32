"""Webhooks of payments: Stripe's are signed and fresh, or nothing; those of Toss make us ask."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from api.dev_providers.door import Answer
from api.dev_providers.stripe import Stripe, signed
from api.dev_providers.toss import Toss
from api.dev_providers.trouble import Fault
from engine.errors import BadRequest, Unauthenticated, Unavailable
from engine.limits_outside import WEBHOOK_WINDOW_S
from engine.payments.order import Dispute, Heard
from engine.ports.payments import Hint
from tests.store.paying import BILL, ORDER, Till, answering, open_till, paid

NOW_S = 1_795_000_000
NOW_MS = NOW_S * 1_000


@pytest.fixture
async def stripe() -> AsyncIterator[Till]:
    """Stripe."""
    async with open_till("stripe") as till:
        yield till


@pytest.fixture
async def toss() -> AsyncIterator[Till]:
    """TossPayments."""
    async with open_till("toss") as till:
        yield till


def hooks(till: Till) -> list[bytes]:
    assert isinstance(till.double, Stripe | Toss)
    return till.double.hooks


async def hint(till: Till, body: bytes, *, at_s: int = NOW_S) -> Hint | None:
    return await till.provider.hint(signed(body, at_s=at_s), body, now_ms=NOW_MS)


# ---------------------------------------------------------------- Stripe: faults.md 36 and 37
async def test_a_signed_event_names_the_order_and_its_session(stripe: Till) -> None:
    reference = await paid(stripe)
    (body,) = hooks(stripe)
    assert await hint(stripe, body) == Hint("evt_000000000000000000", ORDER, reference)


async def test_headers_are_found_however_they_are_written(stripe: Till) -> None:
    await paid(stripe)
    (body,) = hooks(stripe)
    headers = {name.lower(): value for name, value in signed(body, at_s=NOW_S).items()}
    assert await stripe.provider.hint(headers, body, now_ms=NOW_MS) is not None


@pytest.mark.parametrize("late_s", [-WEBHOOK_WINDOW_S, 0, WEBHOOK_WINDOW_S])
async def test_a_signature_is_good_for_the_window(stripe: Till, late_s: int) -> None:
    await paid(stripe)
    (body,) = hooks(stripe)
    assert await hint(stripe, body, at_s=NOW_S + late_s) is not None


@pytest.mark.parametrize("late_s", [-WEBHOOK_WINDOW_S - 1, WEBHOOK_WINDOW_S + 1, 86_400])
async def test_what_is_stale_or_from_the_future_is_refused(stripe: Till, late_s: int) -> None:
    await paid(stripe)
    (body,) = hooks(stripe)
    with pytest.raises(Unauthenticated):
        await hint(stripe, body, at_s=NOW_S + late_s)


async def test_every_forgery_is_refused_with_the_same_words(stripe: Till) -> None:
    await paid(stripe)
    (body,) = hooks(stripe)
    good = signed(body, at_s=NOW_S)
    (header,) = good.values()
    at, signature = header.split(",")
    stamp = at.removeprefix("t=")
    headers = [
        {},
        {"Stripe-Signature": ""},
        {"Stripe-Signature": at},
        {"Stripe-Signature": signature},
        {"Stripe-Signature": f"t={NOW_S + 1},{signature}"},
        {"Stripe-Signature": f"t=,{signature}"},
        {"Stripe-Signature": f"t=NaN,{signature}"},
        {"Stripe-Signature": f"{at},{signature.replace('v1', 'v0')}"},
        {"Stripe-Signature": f"{at},{signature[:-1]}"},
        {"Stripe-Signature": f"t={NOW_S - 9_999},t={stamp},{signature}"},
        {"Stripe-Signature": "t=" + "9" * 5_000 + f",{signature}"},
        {"Stripe-Signature": "=,=,,"},
        signed(body, at_s=NOW_S, secret="whsec_of_somebody_else"),
        signed(body + b" ", at_s=NOW_S),
    ]
    asked = len(stripe.door.asked)
    told = set()
    for forged in headers:
        with pytest.raises(Unauthenticated) as caught:
            await stripe.provider.hint(forged, body, now_ms=NOW_MS)
        told.add(str(caught.value))
    # One byte of the body, or the same object written in another way.
    changed = [body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :] for at in range(0, len(body), 7)]
    for other in [*changed, json.dumps(json.loads(body), indent=1).encode(), b"", b"\xff" + body]:
        with pytest.raises(Unauthenticated) as caught:
            await stripe.provider.hint(good, other, now_ms=NOW_MS)
        told.add(str(caught.value))
    assert (len(told), len(stripe.door.asked)) == (1, asked)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b'{"id":1}', b"[" * 100_000])
async def test_a_signed_body_that_is_no_event_is_a_bad_request(stripe: Till, body: bytes) -> None:
    with pytest.raises(BadRequest):
        await hint(stripe, body)


@pytest.mark.parametrize(
    "about",
    [
        {"object": "customer", "id": "cus_1"},
        {"object": "checkout.session", "id": "cs_1", "client_reference_id": None},
        {"object": "checkout.session", "id": "cs_1", "client_reference_id": "not an id"},
        {"object": "charge", "id": "ch_1", "payment_intent": "pi_of_another_shop"},
    ],
)
async def test_other_business_of_the_account_is_not_ours(
    stripe: Till, about: dict[str, object]
) -> None:
    body = json.dumps({"id": "evt_1", "type": "x", "data": {"object": about}}).encode()
    assert await hint(stripe, body) is None


async def test_refunds_and_disputes_find_their_order(stripe: Till) -> None:
    reference = await paid(stripe)
    assert isinstance(stripe.double, Stripe)
    await stripe.provider.refund(BILL, reference, 500, key="r")
    states = [
        ("warning_needs_response", Dispute.NONE),
        ("needs_response", Dispute.OPEN),
        ("under_review", Dispute.OPEN),
        ("won", Dispute.WON),
        ("lost", Dispute.LOST),
        ("of_next_year", Dispute.OPEN),
    ]
    for status, dispute in states:
        stripe.double.dispute(ORDER, status)
        told = await stripe.provider.ask(BILL, reference)
        assert told.heard == Heard(4_500, 500, dispute)
    found = [await hint(stripe, body) for body in hooks(stripe)]
    assert len(found) == 2 + len(states)
    assert {(one.order, one.reference) for one in found if one} == {(ORDER, reference)}
    assert len({one.event for one in found if one}) == len(found)


async def test_a_hint_that_cannot_be_looked_up_comes_again(stripe: Till) -> None:
    await paid(stripe)
    assert isinstance(stripe.double, Stripe)
    stripe.double.dispute(ORDER, "needs_response")
    *_, body = hooks(stripe)
    stripe.troubles.plan("query", Fault.REFUSE)
    with pytest.raises(Unavailable):
        await hint(stripe, body)
    assert await hint(stripe, body) is not None


# ---------------------------------------------------------------- Toss and KakaoPay
async def test_an_event_of_toss_makes_us_ask_and_no_more(toss: Till) -> None:
    reference = await paid(toss)
    found = [await toss.provider.hint({}, body, now_ms=NOW_MS) for body in hooks(toss)]
    assert {(one.order, one.reference) for one in found if one} == {(ORDER, reference)}
    assert not any(one.vouched for one in found if one), "whoever sent it"
    assert len({one.event for one in found if one}) == len(found)
    again = await toss.provider.hint({}, hooks(toss)[0], now_ms=NOW_MS)
    assert again == found[0]


async def test_a_forged_event_of_toss_changes_nothing(toss: Till) -> None:
    page = await toss.provider.begin(BILL)
    data = {"orderId": ORDER, "paymentKey": page.reference, "status": "DONE", "totalAmount": 4_500}
    body = json.dumps({"eventType": "PAYMENT_STATUS_CHANGED", "data": data}).encode()
    forged = await toss.provider.hint({}, body, now_ms=NOW_MS)
    assert forged is not None
    assert (await toss.provider.ask(BILL, forged.reference)).heard == Heard()


async def test_a_name_that_is_none_is_left_out(toss: Till) -> None:
    for name in ("../../x", "x" * 300, ""):
        data = {"orderId": ORDER, "paymentKey": name}
        body = json.dumps({"eventType": "PAYMENT_STATUS_CHANGED", "data": data}).encode()
        found = await toss.provider.hint({}, body, now_ms=NOW_MS)
        assert found is not None
        assert found.reference == ""


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b'{"data":1}', b"[" * 100_000])
async def test_what_is_no_event_of_toss_is_a_bad_request(toss: Till, body: bytes) -> None:
    with pytest.raises(BadRequest):
        await toss.provider.hint({}, body, now_ms=NOW_MS)


@pytest.mark.parametrize(
    ("kind", "order"),
    [("DEPOSIT_CALLBACK", ORDER), ("PAYMENT_STATUS_CHANGED", "x"), ("PAYMENT_STATUS_CHANGED", "")],
)
async def test_other_events_of_toss_are_not_ours(toss: Till, kind: str, order: str) -> None:
    body = json.dumps({"eventType": kind, "data": {"orderId": order}}).encode()
    assert await toss.provider.hint({}, body, now_ms=NOW_MS) is None


async def test_kakaopay_sends_none_and_is_not_asked_for_it() -> None:
    async with open_till("kakao") as till:
        with answering(till, lambda _: Answer(500)):
            assert await till.provider.hint({}, b"{}", now_ms=NOW_MS) is None
        assert till.door.asked == []
