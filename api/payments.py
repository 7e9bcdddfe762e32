"""The ways to pay: the providers of the settings, and in dev a double for each other one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import MappingProxyType

from api.dev_providers.payments import open_double
from api.settings import Environment, Settings
from api.settings_payments import WayToPay
from engine.payments.provider import ProviderName
from engine.ports.payments import PaymentProvider
from store.providers.kakao_payments import open_kakao
from store.providers.payment_calls import Shop
from store.providers.stripe_payments import open_stripe
from store.providers.toss_payments import open_toss

Ways = Mapping[ProviderName, PaymentProvider]


@asynccontextmanager
async def open_payments(
    settings: Settings,
) -> AsyncIterator[Mapping[ProviderName, PaymentProvider]]:
    """Keep the ways to the providers open while the block runs."""
    rehearse = settings.environment in (Environment.DEV, Environment.TEST)
    async with AsyncExitStack() as stack:
        ways: dict[ProviderName, PaymentProvider] = {}
        for name in ProviderName:
            way = settings.payments.get(name)
            if way is None and rehearse:
                way = stack.enter_context(open_double(name))
            if way is not None:
                back = f"{settings.public_url}/v1/orders/back/{name}"
                ways[name] = await stack.enter_async_context(_open(name, way, back))
        yield MappingProxyType(ways)


def _open(
    name: ProviderName, way: WayToPay, back: str
) -> AbstractAsyncContextManager[PaymentProvider]:
    hook_key = "" if way.webhook_secret is None else way.webhook_secret.value.decode()
    shop = Shop(way.url, way.key.value.decode(), back, hook_key)
    match name:
        case ProviderName.STRIPE:
            return open_stripe(shop)
        case ProviderName.TOSS:
            return open_toss(shop)
        case ProviderName.KAKAO:
            return open_kakao(shop, way.cid, way.renewal_cid)
