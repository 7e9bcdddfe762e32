"""Orders as the memory twin keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine.ids import AccountId, OrderId, SubscriptionId
from engine.payments.provider import ProviderName
from engine.ports.payments import Placed
from engine.ports.subscriptions import Subscribed


@dataclass(slots=True)
class SubscribedRow:
    """One subscription, the order that began it, and when something is to be done about it."""

    kept: Subscribed
    began_by: OrderId
    look_at: int | None


@dataclass(slots=True)
class OrderRows:
    """All orders, oldest first, and the events of providers that were applied."""

    orders: dict[OrderId, Placed] = field(default_factory=dict)
    steps: dict[OrderId, int] = field(default_factory=dict)
    mandates: dict[OrderId, str] = field(default_factory=dict)  # of those that wait
    events: dict[tuple[ProviderName, str], int] = field(default_factory=dict)
    subscribed: dict[SubscriptionId, SubscribedRow] = field(default_factory=dict)
    trials: dict[bytes, int] = field(default_factory=dict)  # by a way in: when it was had

    def forget(self, owner: AccountId) -> None:
        """An account is gone: the records that the law wants kept name nobody."""
        for order, placed in self.orders.items():
            if placed.owner == owner:
                self.orders[order] = replace(placed, owner=None)
        for row in self.subscribed.values():
            if row.kept.owner == owner:
                row.kept, row.look_at = replace(row.kept, owner=None), 0
