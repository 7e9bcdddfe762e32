"""One contract over Stripe, TossPayments and KakaoPay, each against its double on loopback."""

from __future__ import annotations

import gzip
import logging
import re
import threading
import traceback
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import TypeVar

import pytest
import trio

from api.dev_providers.door import Answer, Asked
from api.dev_providers.stripe import WEBHOOK_KEY, Stripe
from api.dev_providers.toss import Toss
from api.dev_providers.trouble import Fault
from engine.errors import BadRequest, Conflict, NotFound, Unavailable
from engine.limits_outside import (
    PAYMENT_ANSWER_BYTES_MAX,
    PAYMENT_CALLS_MAX,
    PAYMENT_FAILURES_MAX,
)
from engine.payments.order import Ending, Heard
from tests.store.paying import (
    BILL,
    NAMES,
    ORDER,
    OTHER,
    Till,
    altered,
    answering,
    bill,
    buy,
    open_provider,
    open_till,
)

T = TypeVar("T")

PAID = Heard(4_500)


@pytest.fixture(params=NAMES)
async def till(request: pytest.FixtureRequest) -> AsyncIterator[Till]:
    """Each of the three providers."""
    async with open_till(request.param) as opened:
        yield opened


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the dead no longer than a test likes to."""
    monkeypatch.setattr("store.providers.payment_calls.PAYMENT_CALL_S_MAX", 0.5)


async def paid(till: Till) -> str:
    """Buy; gives the reference."""
    page = await till.provider.begin(BILL)
    told = await till.provider.confirm(BILL, page.reference, await buy(page.url))
    assert told.heard == PAID
    return told.reference


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


async def test_money_that_cannot_be_sent_back_is_no_payment(till: Till) -> None:
    # The same, with a provider that refuses: the order is neither paid nor over.
    if not isinstance(till.double, Toss):
        return
    page = await till.provider.begin(BILL)
    in_dollars(till)
    till.troubles.plan("cancel", Fault.REFUSE)
    with pytest.raises(Unavailable):
        await till.provider.confirm(BILL, page.reference, await buy(page.url))


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


# ---------------------------------------------------------------- outages: faults.md 42 and 90
async def test_a_time_out_after_success_is_told_by_asking(till: Till) -> None:
    page = await till.provider.begin(BILL)
    back = await buy(page.url)
    till.troubles.plan(till.steps["take"], Fault.LOSE)
    with pytest.raises(Unavailable):
        await till.provider.confirm(BILL, page.reference, back)
    assert till.taken() == 4_500
    assert (await till.provider.ask(BILL, page.reference)).heard == PAID
    assert (await till.provider.confirm(BILL, page.reference, back)).heard == PAID
    assert till.taken() == 4_500


@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.DROP, Fault.GARBLE])
@pytest.mark.parametrize("step", ["begin", "take", "ask", "refund"])
async def test_any_step_may_fail_and_is_made_again(till: Till, step: str, fault: Fault) -> None:
    till.troubles.plan(till.steps[step], fault)
    failed = []

    async def twice(call: Callable[[], Awaitable[T]]) -> T:
        try:
            return await call()
        except Unavailable as error:
            failed.append(error)
            return await call()

    page = await twice(lambda: till.provider.begin(BILL))
    back = await buy(page.url)
    told = await twice(lambda: till.provider.confirm(BILL, page.reference, back))
    assert told.heard == PAID
    await twice(lambda: till.provider.refund(BILL, told.reference, 500, key="r"))
    last = await twice(lambda: till.provider.ask(BILL, told.reference))
    assert (last.heard, till.taken(), len(failed) <= 1) == (Heard(4_500, 500), 4_000, True)
    assert not any(till.troubles.waiting.values())


HOSTILE = [
    Answer(200, b""),
    Answer(200, b"[]"),
    Answer(200, b"null"),
    Answer(200, b"<html>"),
    Answer(200, b"\xff\xfe{}"),
    Answer(200, b'{"id":' + b"[" * 100_000),
    Answer(200, b'{"tid":1e400,"paymentKey":NaN}'),
    Answer(302, b"", (("Location", "http://127.0.0.1:1/"),)),
    Answer(429, b"{}"),
    Answer(503, b"{}"),
]


@pytest.mark.parametrize("answer", HOSTILE, ids=lambda a: f"{a.status}-{len(a.body)}")
async def test_an_answer_that_makes_no_sense_is_an_outage(till: Till, answer: Answer) -> None:
    reference = (await till.provider.begin(BILL)).reference
    with answering(till, lambda _: answer):
        for call in (
            till.provider.begin(BILL),
            till.provider.ask(BILL, reference),
            till.provider.refund(BILL, reference, 1, key="k"),
        ):
            with pytest.raises(Unavailable):
                await call


async def test_a_good_answer_is_read_plain_and_short_or_not_at_all(till: Till) -> None:
    reference = await paid(till)

    def packed(asked: Asked) -> Answer:
        given = till.double(asked)
        return Answer(200, gzip.compress(given.body), (("Content-Encoding", "gzip"),))

    def long(asked: Asked) -> Answer:
        return Answer(200, till.double(asked).body + b" " * PAYMENT_ANSWER_BYTES_MAX)

    for answer in (packed, long):
        with answering(till, answer), pytest.raises(Unavailable):
            await till.provider.ask(BILL, reference)


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (rb'("url"|"next_redirect_pc_url"): "http:', rb'\1: "javascript:'),
        (rb'("url"|"next_redirect_pc_url"): "http://[^"]*"', rb'\1: "https://"'),
        (rb'("url"|"next_redirect_pc_url"): "http:', rb'\1: "ftp:'),
        (rb'("url"|"next_redirect_pc_url"): "[^"]*"', rb'\1: "http://[::1"'),
    ],
)
async def test_a_buyer_is_sent_to_pages_only(till: Till, said: bytes, instead: bytes) -> None:
    with altered(till, lambda body: re.sub(said, instead, body)), pytest.raises(Unavailable):
        await till.provider.begin(BILL)


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (rb'"(status)": "\w+"', rb'"\1": "UNHEARD_OF"'),
        (rb'"(totalAmount|total|amount)": 4500', rb'"\1": -1'),
        (rb'"(totalAmount|total|amount)": 4500', rb'"\1": 99999999999'),
        (rb'"(totalAmount|total|amount)": 4500', rb'"\1": "4500"'),
        (rb'"(totalAmount|total|amount)": 4500', rb'"\1": 4500.5'),
    ],
)
async def test_states_and_amounts_that_cannot_be_are_an_outage(
    till: Till, said: bytes, instead: bytes
) -> None:
    reference = await paid(till)
    if b"UNHEARD" in instead and till.name == "stripe":
        return  # what is charged is read from the charge; a session's state only says if it is over
    with altered(till, lambda body: re.sub(said, instead, body)), pytest.raises(Unavailable):
        await till.provider.ask(BILL, reference)


async def test_who_fails_often_is_left_alone_for_a_while(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.payments.breaker.PAYMENT_REST_S", 0.2)
    reference = await paid(till)
    with answering(till, lambda _: Answer(503)):
        for _ in range(PAYMENT_FAILURES_MAX):
            with pytest.raises(Unavailable):
                await till.provider.ask(BILL, reference)
        asked = len(till.door.asked)
        with pytest.raises(Unavailable) as caught:
            await till.provider.ask(BILL, reference)
        assert (len(till.door.asked), caught.value.retry_after_ms is not None) == (asked, True)
    await trio.sleep(0.25)
    assert (await till.provider.ask(BILL, reference)).heard == PAID


async def test_callers_who_go_away_do_not_count_against_the_provider(till: Till) -> None:
    reference = await paid(till)
    with answering(till, lambda _: Answer(hang=True)):
        for _ in range(PAYMENT_FAILURES_MAX + 1):
            with trio.move_on_after(0.02):
                await till.provider.ask(BILL, reference)
    assert (await till.provider.ask(BILL, reference)).heard == PAID


async def test_only_so_many_calls_are_under_way_at_once(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    reference = await paid(till)
    go, full = threading.Event(), threading.Event()
    inside: list[Asked] = []

    def late(asked: Asked) -> Answer:
        inside.append(asked)
        if len(inside) >= PAYMENT_CALLS_MAX:
            full.set()
        go.wait(5)
        return till.double(asked)

    with answering(till, late):
        async with trio.open_nursery() as buyers:
            for _ in range(PAYMENT_CALLS_MAX + 4):
                buyers.start_soon(till.provider.ask, BILL, reference)
            assert await trio.to_thread.run_sync(full.wait, 5)
            await trio.sleep(0.05)
            assert len(inside) == PAYMENT_CALLS_MAX
            go.set()
    assert len(inside) >= PAYMENT_CALLS_MAX + 4


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
