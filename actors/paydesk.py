"""The pay desk of a process: who takes orders, and who looks after what renews."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import trio

from actors.cashier import Cashier
from actors.renewals import Renewals
from engine.payments.provider import ProviderName
from engine.ports.meter import Meter
from engine.ports.payments import Orders, PaymentProvider
from engine.ports.subscriptions import Subscriptions


@dataclass(frozen=True, slots=True)
class Paydesk:
    """Both, over the same ways to pay."""

    cashier: Cashier
    renewals: Renewals

    async def run(self) -> None:
        """Ask about orders and renew for ever."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.cashier.run)
            nursery.start_soon(self.renewals.run)


def make_paydesk(
    orders: Orders,
    subscriptions: Subscriptions,
    providers: Mapping[ProviderName, PaymentProvider],
    now_ms: Callable[[], int],
    meter: Meter,
) -> Paydesk:
    """Set up both over one store."""
    return Paydesk(
        Cashier(orders, subscriptions, providers, now_ms, meter),
        Renewals(subscriptions, orders, providers, now_ms, meter),
    )
