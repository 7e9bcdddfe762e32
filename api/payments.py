"""The ways to pay: the providers of the settings, and in dev a double for each other one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import MappingProxyType

from api.dev_providers.payments import open_double
from api.settings import Environment, Settings
from api.settings_payments import KeptCards, WayToPay
from engine.payments.provider import ProviderName
from engine.ports.payments import PaymentProvider
from store.providers.kakao_payments import open_kakao
from store.providers.payment_calls import Shop
from store.providers.stripe_payments import open_stripe
from store.providers.toss_payments import CardShop, open_toss

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
                ours = f"{settings.public_url}/v1/orders"
                ways[name] = await stack.enter_async_context(_open(name, way, ours))
        yield MappingProxyType(ways)


def _open(
    name: ProviderName, way: WayToPay, ours: str
) -> AbstractAsyncContextManager[PaymentProvider]:
    hook_key = "" if way.webhook_secret is None else way.webhook_secret.value.decode()
    shop = Shop(way.url, way.key.value.decode(), f"{ours}/back/{name}", hook_key)
    match name:
        case ProviderName.STRIPE:
            return open_stripe(shop)
        case ProviderName.TOSS:
            return open_toss(shop, _card_shop(way.cards, f"{ours}/card/{name}"))
        case ProviderName.KAKAO:
            return open_kakao(shop, way.cid, way.renewal_cid)


def _card_shop(cards: KeptCards | None, page: str) -> CardShop:
    if cards is None:
        return CardShop()
    key = "" if cards.key is None else cards.key.value.decode()
    return CardShop(page, cards.script, cards.client_key, key)
