"""The contract of payments: each provider with its double, and a buyer with a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from api.dev_providers import kakao, stripe, toss, toss_cards
from api.dev_providers.door import Answer, Asked, Door, open_door
from api.dev_providers.trouble import Troubles
from engine.ids import OrderId
from engine.payments.catalogue import Money
from engine.payments.order import Heard
from engine.ports.payments import Bill, PaymentProvider
from store.providers.kakao_payments import open_kakao
from store.providers.payment_calls import Shop
from store.providers.stripe_payments import open_stripe
from store.providers.toss_payments import CardShop, open_toss

ORDER, OTHER = OrderId("order-of-a-buyer"), OrderId("order-of-another")
BILL = Bill(ORDER, "크레딧 10개", Money(4_500))
PAID = Heard(4_500)
BACK = "http://shop.example/v1/orders/back/"
CARDS = "http://shop.example/v1/orders/card/toss"

Double = toss.Toss | kakao.Kakao | stripe.Stripe


def bill(order: OrderId = ORDER, amount: int = 4_500) -> Bill:
    return Bill(order, BILL.name, Money(amount))


@dataclass
class Till:
    """One provider with its double behind a door on loopback."""

    name: str
    double: Double
    provider: PaymentProvider
    door: Door
    steps: Mapping[str, str] = field(default_factory=dict)  # how the double names begin, take, ...

    @property
    def troubles(self) -> Troubles:
        return self.double.troubles

    def taken(self, order: OrderId = ORDER) -> int:
        return self.double.taken(order)


async def paid(till: Till) -> str:
    """Buy; gives the reference."""
    page = await till.provider.begin(BILL)
    told = await till.provider.confirm(BILL, page.reference, await buy(page.url))
    assert told.heard == PAID
    return told.reference


async def buy(url: str, choice: str = "pay") -> dict[str, str]:
    """Press a button on the provider's page; gives what the browser brings back to the shop."""
    async with httpx.AsyncClient() as browser:
        shown = await browser.get(url)
        assert shown.status_code == 200, shown.text
        assert "4,500" in shown.text
        gone = await browser.post(url, data={"choice": choice})
    assert gone.status_code == 303, gone.text
    target = gone.headers["Location"]
    assert target.startswith(BACK), target
    return dict(parse_qsl(urlsplit(target).query))


def _shop(door: Door, key: str, name: str) -> Shop:
    return Shop(door.url, key, BACK + name, stripe.WEBHOOK_KEY)


def cards_of(door: Door, key: str = "") -> CardShop:
    """Where cards are shown to the double."""
    return CardShop(CARDS, f"{door.url}{toss_cards.SCRIPT}", toss_cards.CLIENT_KEY, key)


async def show_card(till: Till, asked: Bill, choice: str = "pay") -> dict[str, str]:
    """Show a card to the double of Toss, as its script opens the window; gives what comes back."""
    form = till.provider.card(asked)
    fields = {
        "clientKey": form.shop,
        "customerKey": form.customer,
        "method": "CARD",
        "successUrl": form.back,
        "failUrl": form.failed,
    }
    url = f"{till.door.url}{toss_cards.CARD_WINDOW}?{urlencode(fields)}"
    async with httpx.AsyncClient() as browser:
        script = await browser.get(form.script)
        assert "requestBillingAuth" in script.text
        assert (await browser.get(url)).status_code == 200
        gone = await browser.post(url, data={"choice": choice})
    assert gone.status_code == 303, gone.text
    return dict(parse_qsl(urlsplit(gone.headers["Location"]).query))


def open_provider(
    name: str, door: Door, key: str | None = None
) -> AbstractAsyncContextManager[PaymentProvider]:
    match name:
        case "toss":
            return open_toss(_shop(door, key or toss.KEY, name), cards_of(door))
        case "kakao":
            return open_kakao(_shop(door, key or kakao.KEY, name), kakao.ONCE, kakao.AGAIN)
    return open_stripe(_shop(door, key or stripe.KEY, name))


_DOUBLES: Mapping[str, Callable[[], Double]] = {
    "toss": toss.Toss,
    "kakao": kakao.Kakao,
    "stripe": stripe.Stripe,
}

# What takes the money is a step of the shop's at two providers, and of the buyer's at Stripe.
_STEPS: Mapping[str, Mapping[str, str]] = {
    "toss": {"begin": "create", "take": "confirm", "ask": "query", "refund": "cancel"},
    "kakao": {"begin": "ready", "take": "approve", "ask": "order", "refund": "cancel"},
    "stripe": {"begin": "create", "take": "query", "ask": "query", "refund": "refund"},
}

NAMES = tuple(_DOUBLES)


@asynccontextmanager
async def open_till(name: str) -> AsyncIterator[Till]:
    double = _DOUBLES[name]()
    with open_door(double) as door:
        async with open_provider(name, door) as provider:
            yield Till(name, double, provider, door, _STEPS[name])


@contextmanager
def altered(till: Till, change: Callable[[bytes], bytes]) -> Iterator[None]:
    """Let the double's good answers be changed on the way."""

    def answer(asked: Asked) -> Answer:
        given = till.double(asked)
        return replace(given, body=change(given.body)) if given.status == 200 else given

    with answering(till, answer):
        yield


@contextmanager
def answering(till: Till, answer: Callable[[Asked], Answer]) -> Iterator[None]:
    """Let something else than the double answer."""
    till.door.answer = answer
    try:
        yield
    finally:
        till.door.answer = till.double
