"""Port: who has subscribed to what, and what is to be charged when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.ids import AccountId, OrderId, SubscriptionId
from engine.payments.provider import ProviderName
from engine.payments.subscription import Change, Subscription
from engine.ports.payments import Placed


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription as it is kept; without an owner once their account is erased."""

    subscription: Subscription
    owner: AccountId | None
    provider: ProviderName
    language: str
    mandate: str
    version: int  # of the catalogue whose price is paid


class Subscriptions(Protocol):
    """Subscriptions; a person has at most one that has not ended."""

    async def begin(self, order: OrderId, mandate: str, *, now_ms: int) -> None:
        """Keep the subscription that an order begins, once; raises NotFound.

        Whoever has one that goes on already keeps that one: nothing is charged for the second.
        """

    async def own(self, owner: AccountId) -> Subscribed:
        """Return one's own that has not ended; raises NotFound."""

    async def change(self, owner: AccountId, change: Change, *, now_ms: int) -> Subscribed:
        """Do what its owner wants; raises NotFound, Conflict."""

    async def due(self, *, now_ms: int, limit: int, lease_ms: int) -> Sequence[Subscribed]:
        """Return those that something has to be done about; nobody else gets them meanwhile."""

    async def renewal(self, name: SubscriptionId, *, now_ms: int) -> Placed:
        """Return the order of the next period, made the first time; raises NotFound."""

    async def settle(self, name: SubscriptionId, *, now_ms: int) -> Subscribed:
        """See whether the period was paid, give or end the days of grace; raises NotFound."""

    async def end(self, name: SubscriptionId, *, now_ms: int) -> None:
        """It is over: its mandate is used no more, and forgotten."""
