"""One contract over Stripe, TossPayments and KakaoPay, each against its double on loopback."""

from __future__ import annotations

import logging
import traceback
from base64 import b64encode
from functools import partial

import pytest
import trio

from api.dev_providers.stripe import WEBHOOK_KEY, Stripe
from api.dev_providers.toss import Toss
from api.dev_providers.trouble import Fault
from engine.errors import BadRequest, Conflict, NotFound, Unavailable
from engine.payments.order import Ending, Heard
from tests.store.paying import (
    BILL,
    ORDER,
    OTHER,
    PAID,
    Till,
    bill,
    buy,
    open_provider,
    open_till,
    paid,
)


async def test_what_is_bought_is_taken_once_and_told(till: Till) -> None:
    page = await till.provider.begin(BILL)
    assert (await till.provider.ask(BILL, page.reference)).heard == Heard()
    back = await buy(page.url)
    assert back["order"] == ORDER
    first = await till.provider.confirm(BILL, page.reference, back)
    again = await till.provider.confirm(BILL, first.reference, back)
    assert first.heard == again.heard == PAID
    assert await till.provider.ask(BILL, first.reference) == first
    assert till.taken() == 4_500
    assert first.receipt.startswith(("http://", "https://")) or till.name == "kakao"


async def test_who_declines_pays_nothing(till: Till) -> None:
    page = await till.provider.begin(BILL)
    back = await buy(page.url, "decline")
    assert back["failed"] == "1"
    told = await till.provider.confirm(BILL, page.reference, back)
    assert told.heard.charged == till.taken() == 0
    assert told.heard.ending is not Ending.NONE


async def test_a_browser_that_says_it_failed_is_not_believed(till: Till) -> None:
    reference = await paid(till)
    told = await till.provider.confirm(BILL, reference, {"order": ORDER, "failed": "1"})
    assert told.heard == PAID


@pytest.mark.parametrize("name", ["toss", "stripe"])  # KakaoPay knows no keys
async def test_beginning_twice_opens_one_payment(name: str) -> None:
    async with open_till(name) as till:
        first, second = [await till.provider.begin(BILL) for _ in range(2)]
    assert first == second


# ---------------------------------------------------------------- faults.md 40 and 41
async def test_an_amount_in_the_address_changes_nothing(till: Till) -> None:
    page = await till.provider.begin(BILL)
    back = await buy(page.url) | {"amount": "1", "total_amount": "1", "currency": "USD"}
    assert (await till.provider.confirm(BILL, page.reference, back)).heard == PAID
    assert till.taken() == 4_500


async def test_a_page_for_another_amount_is_not_the_price(till: Till) -> None:
    page = await till.provider.begin(BILL)
    back = await buy(page.url)
    dear = bill(amount=9_900)
    told = await till.provider.confirm(dear, page.reference, back)
    # Refused before it is taken, or told as it is: then it goes back.
    assert told.heard.charged == till.taken() < dear.price.amount


@pytest.mark.parametrize("name", ["toss", "stripe"])  # KakaoPay takes won only
async def test_money_in_another_currency_goes_back_at_once(name: str) -> None:
    async with open_till(name) as till:
        page = await till.provider.begin(BILL)
        in_dollars(till)
        told = await till.provider.confirm(BILL, page.reference, await buy(page.url))
        assert told.heard == Heard(4_500, 4_500)
        assert till.taken() == 0
        assert (await till.provider.ask(BILL, told.reference)).heard == told.heard


def in_dollars(till: Till) -> None:
    """Let the one payment there is be in another currency."""
    match till.double:
        case Toss(payments=payments):
            (payment,) = payments.values()
            payment.currency = "USD"
        case Stripe(sessions=sessions):
            (session,) = sessions.values()
            session.currency = "usd"
        case _:
            raise AssertionError(till.name)


@pytest.mark.parametrize("name", ["toss", "stripe"])
async def test_money_that_cannot_be_sent_back_yet_is_no_payment(name: str) -> None:
    async with open_till(name) as till:
        page = await till.provider.begin(BILL)
        in_dollars(till)
        back = await buy(page.url)
        till.troubles.plan(till.steps["refund"], Fault.REFUSE)
        with pytest.raises(Unavailable):
            await till.provider.confirm(BILL, page.reference, back)
        again = await till.provider.confirm(BILL, page.reference, back)
        assert again.heard == Heard(4_500, 4_500)


async def test_a_payment_of_another_order_is_not_found(till: Till) -> None:
    page = await till.provider.begin(BILL)
    back = await buy(page.url)
    stolen = back | {"order": OTHER, "orderId": OTHER}
    for brought in (back, stolen):
        with pytest.raises(NotFound):
            await till.provider.confirm(bill(OTHER), page.reference, brought)
    with pytest.raises(NotFound):
        await till.provider.ask(bill(OTHER), page.reference)
    assert till.taken(OTHER) == 0


async def test_what_another_buyer_brought_back_pays_nothing(till: Till) -> None:
    mine, theirs = await till.provider.begin(BILL), await till.provider.begin(bill(OTHER))
    stolen = await buy(theirs.url) | {"order": ORDER, "orderId": ORDER}
    try:
        told = await till.provider.confirm(BILL, mine.reference, stolen)
    except NotFound:
        told = await till.provider.ask(BILL, mine.reference)
    assert (told.heard, till.taken()) == (Heard(), 0)


NONSENSE = ["", "../../v1/refunds", "a b", "a\r\nX: y", "결제", "x" * 256, "%2e%2e"]


async def test_what_no_provider_sends_is_a_bad_request(till: Till) -> None:
    page = await till.provider.begin(BILL)
    asked = len(till.door.asked)
    names = ("paymentKey", "pg_token", "session_id")
    for value in NONSENSE:
        back = {"order": ORDER, "orderId": ORDER} | dict.fromkeys(names, value)
        with pytest.raises(BadRequest):
            await till.provider.confirm(BILL, page.reference, back)
    assert len(till.door.asked) == asked


async def test_an_unknown_payment_is_not_found(till: Till) -> None:
    for reference in (*NONSENSE, "nobody-knows-it"):
        with pytest.raises(NotFound):
            await till.provider.ask(BILL, reference)
        with pytest.raises((NotFound, Conflict)):
            await till.provider.refund(BILL, reference, 1, key="k")


# ---------------------------------------------------------------- refunds
async def test_money_goes_back_in_parts_and_once_for_each_key(till: Till) -> None:
    reference = await paid(till)

    async def back(amount: int, key: str) -> Heard:
        return (await till.provider.refund(BILL, reference, amount, key=key)).heard

    assert await back(450, "first") == await back(450, "first") == Heard(4_500, 450)
    assert till.taken() == 4_050
    till.troubles.plan(till.steps["refund"], Fault.LOSE)
    with pytest.raises(Unavailable):
        await back(50, "second")
    assert await back(50, "second") == Heard(4_500, 500)
    with pytest.raises(Conflict):
        await back(4_001, "too much")
    assert await back(4_000, "rest") == Heard(4_500, 4_500)
    with pytest.raises(Conflict):
        await back(1, "nothing is left")
    assert till.taken() == 0
    assert (await till.provider.ask(BILL, reference)).heard == Heard(4_500, 4_500)


async def test_two_processes_with_one_key_send_back_once(till: Till) -> None:
    reference = await paid(till)
    async with open_provider(till.name, till.door) as second, trio.open_nursery() as both:
        for provider in (till.provider, second):
            both.start_soon(partial(provider.refund, BILL, reference, 450, key="once"))
    assert till.taken() == 4_050


# ---------------------------------------------------------------- secrets
async def test_the_key_is_in_no_log_error_or_repr(
    till: Till, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = "sk_live_that_nobody_may_see"
    hidden = (key, b64encode(f"{key}:".encode()).decode(), WEBHOOK_KEY)
    async with open_provider(till.name, till.door, key) as provider:
        errors = []
        for call in (provider.begin(BILL), provider.ask(BILL, "reference")):
            with pytest.raises(Unavailable) as caught:
                await call
            errors.append("".join(traceback.format_exception(caught.value)))
        shown = [caplog.text, *errors, repr(provider), repr(vars(provider))]
    await paid(till)
    assert [one for one in (*shown, caplog.text) if any(part in one for part in hidden)] == []
