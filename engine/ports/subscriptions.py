"""Port: who has subscribed to what, and what is to be charged when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.ids import AccountId, OrderId, SubscriptionId
from engine.payments.provider import ProviderName
from engine.payments.subscription import Change, Standing, Subscription
from engine.ports.payments import Placed


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription as it is kept; without an owner once their account is erased."""

    subscription: Subscription
    owner: AccountId | None
    provider: ProviderName
    language: str
    mandate: str = field(repr=False)
    version: int  # of the catalogue whose price is paid

    def look_at(self, now_ms: int, *, rest_ms: int = 0) -> int | None:
        """Return when it is due; what is nobody's any more is due until it has ended."""
        if self.owner is None and not self.subscription.ended:
            return now_ms + rest_ms
        return self.subscription.look_at(now_ms, rest_ms=rest_ms)


class Subscriptions(Protocol):
    """Subscriptions; a person has at most one that has not ended."""

    async def begin(self, order: OrderId, mandate: str, *, now_ms: int) -> bool:
        """Keep the subscription that an order begins, once; say whether its buyer has it.

        With a trial the free days are given in the same transaction. Who has one that goes on
        already, or had a trial before, has not: such a mandate is kept as nobody's, and so it is
        due to be ended. Raises NotFound.
        """

    async def own(self, owner: AccountId) -> Subscribed:
        """Return one's own that has not ended; raises NotFound."""

    async def change(self, owner: AccountId, change: Change, *, now_ms: int) -> Subscribed:
        """Do what its owner wants; raises NotFound, Conflict."""

    async def stands(
        self, name: SubscriptionId, standing: Standing, *, turn: int, now_ms: int
    ) -> Subscribed:
        """Take what its provider said, asked at this turn; one of an older turn changes nothing.

        Raises NotFound.
        """

    async def nudge(self, order: OrderId, *, now_ms: int) -> None:
        """What this order has begun, or is a period of, is due now."""

    async def due(self, *, now_ms: int, limit: int, lease_ms: int) -> Sequence[Subscribed]:
        """Return those that something has to be done about; nobody else gets them meanwhile."""

    async def renewal(self, name: SubscriptionId, *, now_ms: int) -> Placed:
        """Return the order of the next period, made the first time.

        Raises NotFound, and Conflict where no period is to be paid now: whoever asks may have been
        told long ago that one is, and another process has seen to it.
        """

    async def settle(
        self, name: SubscriptionId, *, answered: bool = True, now_ms: int
    ) -> Subscribed:
        """See whether the period was paid, give or end the days of grace; raises NotFound.

        It is due again sooner where its provider has not answered.
        """

    async def end(self, name: SubscriptionId, *, now_ms: int) -> None:
        """It is over: its mandate is used no more, and forgotten."""
