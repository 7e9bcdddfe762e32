"""Orders as the memory twin keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine.ids import AccountId, OrderId
from engine.payments.provider import ProviderName
from engine.ports.payments import Placed


@dataclass(slots=True)
class OrderRows:
    """All orders, oldest first, and the events of providers that were applied."""

    orders: dict[OrderId, Placed] = field(default_factory=dict)
    steps: dict[OrderId, int] = field(default_factory=dict)
    events: dict[tuple[ProviderName, str], int] = field(default_factory=dict)

    def forget(self, owner: AccountId) -> None:
        """An account is gone: the records that the law wants kept name nobody."""
        for order, placed in self.orders.items():
            if placed.owner == owner:
                self.orders[order] = replace(placed, owner=None)
