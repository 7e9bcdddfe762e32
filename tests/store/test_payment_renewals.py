"""Renewals at the providers: one charge for each period, whatever became of its answer."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from api.dev_providers.trouble import Fault
from engine.errors import Conflict, NotFound, Unavailable
from engine.ids import OrderId
from engine.payments.order import Heard
from engine.payments.subscription import Wish
from tests.store.paying import BILL, bill, buy, open_till

PAID = Heard(4_500)
HOUR_MS = 3_600_000


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the dead no longer than a test likes to."""
    monkeypatch.setattr("store.providers.payment_calls.PAYMENT_CALL_S_MAX", 1.0)


async def test_kakao_renews_by_its_sid_and_never_twice_for_one_period() -> None:
    async with open_till("kakao") as till:
        first = replace(BILL, renews=True)
        page = await till.provider.begin(first)
        told = await till.provider.confirm(first, page.reference, await buy(page.url))
        assert (told.heard, bool(told.mandate)) == (PAID, True)
        second = replace(bill(OrderId("P" * 16)), renews=True)
        since_ms = int(time.time()) * 1_000
        till.troubles.plan("subscription", Fault.LOSE)
        with pytest.raises(Unavailable):
            await till.provider.renew(second, told.mandate, "", since_ms=since_ms)
        for _ in range(2):
            again = await till.provider.renew(second, told.mandate, "", since_ms=since_ms)
            assert again.heard == PAID
        assert till.taken(second.order) == 4_500
        third = replace(bill(OrderId("Q" * 16)), renews=True)
        paid = await till.provider.renew(third, told.mandate, "", since_ms=since_ms + HOUR_MS)
        assert paid.heard == PAID
        assert await till.provider.ask(third, paid.reference) == paid
        assert await till.provider.renew(third, told.mandate, paid.reference, since_ms=0) == paid


async def test_an_unknown_mandate_is_charged_for_nothing() -> None:
    async with open_till("kakao") as till:
        with pytest.raises(NotFound):
            await till.provider.renew(replace(BILL, renews=True), "S" * 20, "", since_ms=0)
        assert till.taken() == 0


async def test_what_is_bought_once_leaves_no_mandate() -> None:
    async with open_till("kakao") as till:
        page = await till.provider.begin(BILL)
        told = await till.provider.confirm(BILL, page.reference, await buy(page.url))
        assert (told.heard, told.mandate) == (PAID, "")


async def test_kakao_ends_its_sid_and_charges_nothing_unless_it_shall() -> None:
    async with open_till("kakao") as till:
        first = replace(BILL, renews=True)
        page = await till.provider.begin(first)
        told = await till.provider.confirm(first, page.reference, await buy(page.url))
        second = replace(bill(OrderId("P" * 16)), renews=True)
        since_ms = int(time.time()) * 1_000 + HOUR_MS
        with pytest.raises(Conflict):
            await till.provider.renew(second, told.mandate, "", since_ms=since_ms, take=False)
        for wish in (Wish.STOP, Wish.HOLD, Wish.GO):
            await till.provider.steer(told.mandate, wish, key="k")
        assert await till.provider.standing(told.mandate) is None
        for mandate in (told.mandate, told.mandate, "S" * 20):
            await till.provider.steer(mandate, Wish.END, key="k")
        with pytest.raises(Conflict):
            await till.provider.renew(second, told.mandate, "", since_ms=since_ms)
        with pytest.raises(Conflict):
            await till.provider.portal(told.mandate, "ko")
        assert till.taken(second.order) == 0
