"""The doubles of providers of payments, started in dev: anybody can buy, and no money moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from api.dev_providers import kakao, stripe, toss, toss_cards
from api.dev_providers.door import Answer, Asked, open_door
from api.setting_values import Secret
from api.settings_payments import KeptCards, WayToPay
from engine.payments.provider import ProviderName


@contextmanager
def open_double(name: ProviderName) -> Iterator[WayToPay]:
    """Serve a double on a free port of loopback; it forgets all payments when the block ends."""
    with open_door(_double(name)) as door:
        match name:
            case ProviderName.STRIPE:
                hook = Secret(stripe.WEBHOOK_KEY.encode())
                yield WayToPay(door.url, Secret(stripe.KEY.encode()), hook)
            case ProviderName.TOSS:
                script = f"{door.url}{toss_cards.SCRIPT}"
                cards = KeptCards(toss_cards.CLIENT_KEY, script)
                yield WayToPay(door.url, Secret(toss.KEY.encode()), cards=cards)
            case ProviderName.KAKAO:
                key = Secret(kakao.KEY.encode())
                yield WayToPay(door.url, key, cid=kakao.ONCE, renewal_cid=kakao.AGAIN)


def _double(name: ProviderName) -> Callable[[Asked], Answer]:
    match name:
        case ProviderName.STRIPE:
            return stripe.Stripe()
        case ProviderName.TOSS:
            return toss.Toss()
        case ProviderName.KAKAO:
            return kakao.Kakao()
