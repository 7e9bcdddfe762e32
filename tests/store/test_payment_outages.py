"""Outages of providers of payments: time-outs after success, nonsense, silence, and their end."""

from __future__ import annotations

import gzip
import re
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
import trio

from api.dev_providers.door import Answer, Asked
from api.dev_providers.trouble import Fault
from engine.errors import Unavailable
from engine.limits_outside import (
    PAYMENT_ANSWER_BYTES_MAX,
    PAYMENT_CALLS_MAX,
    PROVIDER_FAILURES_MAX,
)
from engine.payments.order import Heard
from tests.store.paying import BILL, NAMES, PAID, Till, altered, answering, buy, open_till, paid

T = TypeVar("T")


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
        (rb'"(status|paid)": ("\w+"|true)', rb'"\1": "UNHEARD_OF"'),
        (rb'"(totalAmount|total|amount)": 4500', rb'"\1": -1'),
        (rb'"(totalAmount|total|amount)": 4500', rb'"\1": 99999999999'),
        (rb'"(totalAmount|total|amount)": 4500', rb'"\1": "4500"'),
        (rb'"(totalAmount|total|amount)": 4500', rb'"\1": 4500.5'),
        (rb'"(totalAmount|total|amount)": 4500', rb'"\1": 1e400'),
        (rb'"(totalAmount|total|amount)": 4500', rb'"\1": NaN'),
    ],
)
async def test_states_and_amounts_that_cannot_be_are_an_outage(
    till: Till, said: bytes, instead: bytes
) -> None:
    reference = await paid(till)
    with altered(till, lambda body: re.sub(said, instead, body)), pytest.raises(Unavailable):
        await till.provider.ask(BILL, reference)


async def test_who_fails_often_is_left_alone_for_a_while(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.model.breaker.PROVIDER_REST_S", 0.2)
    reference = await paid(till)
    with answering(till, lambda _: Answer(503)):
        for _ in range(PROVIDER_FAILURES_MAX):
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
        for _ in range(PROVIDER_FAILURES_MAX + 1):
            with trio.move_on_after(0.02):
                await till.provider.ask(BILL, reference)
    assert (await till.provider.ask(BILL, reference)).heard == PAID


@pytest.mark.parametrize("name", NAMES)
async def test_only_so_many_calls_are_under_way_at_once(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # nobody here is dead, however slow the machine
    go, full = threading.Event(), threading.Event()
    inside: list[Asked] = []
    async with open_till(name) as till:
        reference = await paid(till)

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
