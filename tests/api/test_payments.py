"""The ways to pay that a process opens: those of the settings, and doubles in dev."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx

from api.dev_providers import kakao
from api.dev_providers.door import open_door
from api.payments import open_payments
from api.settings import Settings, load_settings
from engine.ids import OrderId
from engine.payments.catalogue import Money
from engine.payments.order import Heard
from engine.payments.provider import ProviderName
from engine.ports.payments import Bill
from tests.api.test_settings import PRODUCTION

BILL = Bill(OrderId("order-of-a-buyer"), "10 credits", Money(4_500), "en")


def settings(**environ: str) -> Settings:
    return load_settings(environ, Path("/srv/glimpse"))


async def test_in_dev_anybody_can_buy_by_each_provider() -> None:
    async with (
        open_payments(settings(GLIMPSE_HTTP_PORT="8123")) as ways,
        httpx.AsyncClient() as web,
    ):
        assert set(ways) == set(ProviderName)
        for name, provider in ways.items():
            page = await provider.begin(BILL)
            gone = await web.post(page.url, data={"choice": "pay"})
            back = httpx.URL(gone.headers["Location"])
            assert (back.port, back.path) == (8123, f"/v1/orders/back/{name}")
            told = await provider.confirm(BILL, page.reference, dict(back.params))
            assert told.heard == Heard(4_500)


async def test_in_production_nothing_is_offered_that_was_not_given() -> None:
    async with open_payments(settings(**PRODUCTION)) as ways:
        assert dict(ways) == {}


async def test_a_bench_opens_no_doubles() -> None:
    async with open_payments(settings(GLIMPSE_ENV="bench")) as ways:
        assert dict(ways) == {}


async def test_a_provider_of_the_settings_is_spoken_to_where_they_say() -> None:
    double = kakao.Kakao()
    with open_door(double) as door:
        given = settings(
            GLIMPSE_KAKAO_KEY=kakao.KEY,
            GLIMPSE_KAKAO_CID=kakao.ONCE,
            GLIMPSE_KAKAO_URL=f"{door.url}/",
            GLIMPSE_PUBLIC_URL="https://glimpse.example/",
        )
        async with open_payments(given) as ways:
            await ways[ProviderName.KAKAO].begin(BILL)
    (deal,) = double.deals.values()
    assert deal.back == "https://glimpse.example/v1/orders/back/kakao?order=order-of-a-buyer"


async def test_in_production_all_three_can_be_given() -> None:
    given = settings(
        **PRODUCTION,
        GLIMPSE_PUBLIC_URL="https://glimpse.example",
        GLIMPSE_STRIPE_KEY="sk_hunter",
        GLIMPSE_STRIPE_WEBHOOK_SECRET="whsec_hunter",
        GLIMPSE_TOSS_KEY="live_sk_hunter",
        GLIMPSE_TOSS_CLIENT_KEY="live_ck_shown",
        GLIMPSE_TOSS_RENEWAL_KEY="live_sk_hunter_again",
        GLIMPSE_KAKAO_KEY="PRD_hunter",
        GLIMPSE_KAKAO_CID="C000000000",
    )
    assert "hunter" not in repr(given)
    async with open_payments(given) as ways:
        assert set(ways) == set(ProviderName)
        form = ways[ProviderName.TOSS].card(replace(BILL, renews=True))
    assert (form.script, form.shop) == (
        "https://js.tosspayments.com/v2/standard",
        "live_ck_shown",
    )
