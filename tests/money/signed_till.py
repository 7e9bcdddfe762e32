"""A till whose webhooks are written as Stripe and Toss write them, and read by their adapters."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from api.dev_providers.stripe import KEY, WEBHOOK_KEY, signed
from engine.ids import OrderId
from engine.payments.provider import ProviderName
from engine.ports.payments import Hint, PaymentProvider
from store.providers.payment_calls import Shop
from store.providers.stripe_payments import open_stripe
from store.providers.toss_payments import open_toss
from tests.till import Headers, Till

# Nobody is called there: events that name their order are read without asking.
_NOWHERE = "http://127.0.0.1:9"


@dataclass
class SignedTill(Till):
    """Takes money as any till; who sent an event is told as the real adapters tell it."""

    stripe: PaymentProvider = field(kw_only=True)
    toss: PaymentProvider = field(kw_only=True)
    now_ms: Callable[[], int] = field(kw_only=True)

    def event(self, name: ProviderName, order: OrderId, event: str) -> tuple[Headers, bytes]:
        """Write an event as its provider does; those of KakaoPay, which sends none, as Toss."""
        if event == "other":
            order = OrderId("no order of ours")
        if name is not ProviderName.STRIPE:
            data = {"orderId": order, "paymentKey": "", "status": "DONE", "totalAmount": 1}
            told = {"eventType": "PAYMENT_STATUS_CHANGED", "createdAt": event, "data": data}
            return {}, b"{" if event == "forged" else json.dumps(told).encode()
        about = {
            "object": "checkout.session",
            "id": f"till {order}",
            "client_reference_id": order,
        }
        body = json.dumps({"id": f"evt_{event}", "data": {"object": about}}).encode()
        secret = "whsec_of_another" if event == "forged" else WEBHOOK_KEY
        return signed(body, at_s=self.now_ms() // 1_000, secret=secret), body

    async def hint(self, headers: Mapping[str, str], body: bytes, *, now_ms: int) -> Hint | None:
        """Read an event: those of Stripe have headers."""
        real = self.stripe if headers else self.toss
        return await real.hint(headers, body, now_ms=now_ms)


@asynccontextmanager
async def open_signed_till(now_ms: Callable[[], int]) -> AsyncIterator[SignedTill]:
    """Open a till with the adapters that read its events."""
    shop = Shop(_NOWHERE, KEY, _NOWHERE, WEBHOOK_KEY)
    async with open_stripe(shop) as stripe, open_toss(shop) as toss:
        yield SignedTill(stripe=stripe, toss=toss, now_ms=now_ms)
