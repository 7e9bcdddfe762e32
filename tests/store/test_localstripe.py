"""A second opinion on Stripe that nobody here wrote: localstripe, a server of its own.

It knows no Checkout Sessions, so it is asked what is shared with them: keys, forms, errors,
refunds, subscriptions with their invoices, and the signatures of webhooks.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from threading import Event

import httpx
import pytest
import trio

from api.dev_providers.door import Answer, Asked, open_door
from engine.errors import Conflict, NotFound, Unauthenticated, Unavailable
from engine.ids import OrderId
from engine.payments.subscription import Standing, Wish
from store.providers.payment_calls import Shop
from store.providers.stripe_calls import answer
from store.providers.stripe_objects import Charge, Intent, Mandate
from store.providers.stripe_payments import StripePayments, _Payment, open_stripe
from tests.store.paying import BACK, BILL

KEY, HOOK_KEY = "sk_test_glimpse", "whsec_of_localstripe"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run it on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "localstripe", "--from-scratch", "--port", str(port)]
    folder = tmp_path_factory.mktemp("localstripe")
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as server:
        try:
            _wait_for(port)
            yield url
        finally:
            server.send_signal(signal.SIGTERM)


def _wait_for(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError("localstripe does not start")


@pytest.fixture
async def provider(address: str) -> AsyncIterator[StripePayments]:
    """Our adapter, speaking to it."""
    async with open_stripe(Shop(address, KEY, BACK + "stripe", HOOK_KEY)) as opened:
        yield opened


async def a_card(provider: StripePayments, number: str) -> str:
    """Name a card of Stripe's own tests."""
    made = await provider._v1.payment_methods.create_async(
        {
            "type": "card",
            "card": {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123"},
        }
    )
    return made.id


async def test_money_goes_back_there_by_our_refunds(provider: StripePayments) -> None:
    card = await a_card(provider, "4242424242424242")
    paying = provider._v1.payment_intents.create_async(
        {"amount": 4_500, "currency": "krw", "payment_method": card, "confirm": True}
    )
    intent = await answer(paying, Intent)
    await provider._give_back(_Payment("cs_1", intent), 500, "once")
    again = provider._v1.payment_intents.retrieve_async(intent.id)
    charge = (await answer(again, Intent)).latest_charge
    assert charge is not None
    assert (charge.amount, charge.amount_refunded, charge.paid) == (4_500, 500, True)


async def test_a_declined_card_is_a_conflict(provider: StripePayments) -> None:
    card = await a_card(provider, "4000000000000002")
    buyer = await provider._v1.customers.create_async({"description": "nobody"})
    with pytest.raises(Conflict):
        await answer(
            provider._v1.payment_methods.attach_async(card, {"customer": buyer.id}), Intent
        )


async def test_what_it_does_not_know_is_not_found(provider: StripePayments) -> None:
    unknown = _Payment("cs_1", Intent("pi_unknown"))
    with pytest.raises(NotFound):
        await provider._give_back(unknown, 1, "once")


async def test_a_wrong_key_is_an_outage_there_too(address: str) -> None:
    async with open_stripe(Shop(address, "no_key_at_all", BACK, HOOK_KEY)) as provider:
        with pytest.raises(Unavailable):
            await answer(provider._v1.charges.retrieve_async("ch_1"), Charge)


async def test_its_signatures_are_good_and_altered_ones_are_not(
    address: str, provider: StripePayments
) -> None:
    come, got = Event(), list[Asked]()

    def take(asked: Asked) -> Answer:
        got.append(asked)
        come.set()
        return Answer(204, b"")

    with open_door(take) as door:
        async with httpx.AsyncClient() as http:
            config = {"url": door.url, "secret": HOOK_KEY}
            await http.post(f"{address}/_config/webhooks/ours", json=config)
        await provider._v1.customers.create_async({"description": "nobody"})
        assert await trio.to_thread.run_sync(come.wait, 10)
    (asked,) = got
    at_ms = int(asked.headers["Stripe-Signature"].split(",")[0].removeprefix("t=")) * 1_000
    assert await provider.hint(asked.headers, asked.body, now_ms=at_ms) is None
    with pytest.raises(Unauthenticated):
        await provider.hint(asked.headers, asked.body + b" ", now_ms=at_ms)
    with pytest.raises(Unauthenticated):
        await provider.hint(asked.headers, asked.body, now_ms=at_ms + 301_000)


async def begun(provider: StripePayments, number: str) -> Mandate:
    """Let a subscription begin there: it knows plans where Stripe has prices by now."""
    v1 = provider._v1
    card = await a_card(provider, number)
    plan = await v1.plans.create_async(
        {
            "amount": 4_500,
            "currency": "krw",
            "interval": "month",
            "product": {"name": BILL.name},
        }
    )
    buyer = await v1.customers.create_async(
        {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
    )
    made = await v1.subscriptions.create_async(
        {"customer": buyer.id, "items": [{"plan": plan.id}], "metadata": {"order": BILL.order}}
    )
    return await answer(v1.subscriptions.retrieve_async(made.id), Mandate)


async def test_what_renews_there_is_stopped_resumed_and_ended_by_us(
    provider: StripePayments,
) -> None:
    one = await begun(provider, "4242424242424242")
    going = Standing(cancelled=False, paused=False)
    assert await provider.standing(one.id) == going
    await provider.steer(one.id, Wish.STOP, key="stop")
    assert await provider.standing(one.id) == Standing(cancelled=True, paused=False)
    await provider.steer(one.id, Wish.GO, key="go")
    assert await provider.standing(one.id) == going
    for _ in range(2):
        await provider.steer(one.id, Wish.END, key="end")
    assert await provider.standing(one.id) == Standing(cancelled=True, paused=False)
    with pytest.raises(Conflict):
        await provider.steer(one.id, Wish.GO, key="again")


async def test_an_invoice_there_is_claimed_for_one_order(provider: StripePayments) -> None:
    one = await begun(provider, "4242424242424242")
    (first,) = await provider._billing._invoices(one.id)
    assert (first.status, first.amount_due) == ("paid", 4_500)
    claimed = await provider._billing._claim(first, BILL.order)
    assert claimed.claimed_by == BILL.order
    assert await provider._billing.period(one.id, BILL.order, take=True) == claimed
    assert await provider._billing.period(one.id, OrderId("P" * 16), take=True) is None


async def test_a_mandate_it_does_not_know_has_ended(provider: StripePayments) -> None:
    assert await provider.standing("sub_unknown") == Standing(cancelled=True, paused=False)
    await provider.steer("sub_unknown", Wish.END, key="end")
    with pytest.raises(NotFound):
        await provider._billing.period("sub_unknown", BILL.order, take=True)
