"""An order: what a provider has said of its money, and what it is worth because of that.

A provider is asked, and answers with the whole state of a payment. Answers come late, twice and in
any order, so they are joined: each of their parts only ever grows (a join semilattice; Shapiro et
al., Conflict-free Replicated Data Types, 2011). What the buyer should have follows from the join
alone, and an effect is the step from what this order has given them so far. So the same answers in
whatever order, however often, end in the same entitlement, and it is never given twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from engine.errors import BadRequest, Conflict
from engine.limits_outside import AMOUNT_UNITS_MAX
from engine.payments.catalogue import CreditsGood, Good, Money


class Dispute(IntEnum):
    """How far a dispute has come; it only goes forward."""

    NONE = 0
    OPEN = 1
    WON = 2  # the money stays with us
    LOST = 3


class Ending(IntEnum):
    """That no money will come of a payment; a charge that was heard of later is stronger."""

    NONE = 0
    CANCELLED = 1  # the buyer walked away, or the time to pay is over
    FAILED = 2  # the provider or the bank said no
    TRIAL = 3  # it has begun a subscription whose first days are free: each period is another order


class OrderState(StrEnum):
    """What people and operators are told."""

    CREATED = "created"
    AWAITING = "awaiting"  # the buyer was sent to the provider
    CONFIRMED = "confirmed"  # the money has come, the benefit is not given yet
    APPLIED = "applied"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUNDING = "refunding"  # money that must go back, and has not yet
    REFUNDED = "refunded"
    DISPUTED = "disputed"


_ENDED = {
    Ending.CANCELLED: OrderState.CANCELLED,
    Ending.FAILED: OrderState.FAILED,
    Ending.TRIAL: OrderState.APPLIED,
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What a provider has said of the payment of an order, in the smallest unit of its currency."""

    charged: int = 0
    refunded: int = 0
    dispute: Dispute = Dispute.NONE
    ending: Ending = Ending.NONE

    def __post_init__(self) -> None:
        if not 0 <= self.refunded <= self.charged <= AMOUNT_UNITS_MAX:
            raise BadRequest("no payment has such amounts")

    @property
    def begins(self) -> bool:
        """Whether a subscription begins by it: with money, or with free days."""
        return bool(self.charged) or self.ending is Ending.TRIAL

    def joined(self, other: Heard) -> Heard:
        """Know what both know."""
        return Heard(
            max(self.charged, other.charged),
            max(self.refunded, other.refunded),
            max(self.dispute, other.dispute),
            max(self.ending, other.ending),
        )


@dataclass(frozen=True, slots=True)
class Order:
    """An order; `given` is what of its good the buyer has of it now, in credits or days."""

    good: Good
    price: Money
    heard: Heard = Heard()
    sent: bool = False  # to the provider's page
    given: int = 0
    back: int = 0  # what an operator wants to go back of the money, in all

    def __post_init__(self) -> None:
        if not 0 <= self.back <= self.price.amount:
            raise Conflict("more than was paid cannot go back")

    @property
    def whole(self) -> int:
        """What is given for the whole price, in credits or days."""
        return self.good.credits if isinstance(self.good, CreditsGood) else self.good.days

    @property
    def due(self) -> int:
        """What the buyer should have of it, as far as is known: a share of a good is rounded down.

        Nothing is given for any other amount than the price: such money goes back.
        """
        kept = self.heard.charged - self.heard.refunded
        if self.heard.charged != self.price.amount:
            return 0
        if self.heard.dispute in (Dispute.OPEN, Dispute.LOST):
            return 0
        return self.whole * kept // self.price.amount

    @property
    def step(self) -> int:
        """What has to be given (above zero) or taken back (below) now, in credits or days."""
        return self.due - self.given

    @property
    def waits(self) -> bool:
        """Whether its money has not come yet, and may."""
        return not self.heard.charged and self.heard.ending is Ending.NONE

    @property
    def to_refund(self) -> int:
        """What has to be sent back to the buyer: money that is not the price, or was asked back."""
        paid = self.heard.charged
        wanted = min(self.back, paid) if paid == self.price.amount else paid
        return max(0, wanted - self.heard.refunded)

    @property
    def state(self) -> OrderState:
        """Say where it stands."""
        heard = self.heard
        if heard.charged == 0:
            if heard.ending is Ending.NONE:
                return OrderState.AWAITING if self.sent else OrderState.CREATED
            return _ENDED[heard.ending]
        if heard.refunded == heard.charged:
            return OrderState.REFUNDED
        if heard.dispute in (Dispute.OPEN, Dispute.LOST):
            return OrderState.DISPUTED
        if self.to_refund:
            return OrderState.REFUNDING
        return OrderState.APPLIED if self.step == 0 else OrderState.CONFIRMED

    def hears(self, heard: Heard) -> Order:
        """Join what a provider said with what is known; `step` says what follows."""
        return replace(self, heard=self.heard.joined(heard))

    def settled(self) -> Order:
        """Have done the step, in the same transaction as its effect."""
        return replace(self, given=self.due)

    def wants_back(self, amount: int) -> Order:
        """Have so much of the money go back in all; raises Conflict, also for less than before."""
        if not self.heard.charged or amount < max(self.back, self.heard.refunded):
            raise Conflict("this order was not paid, or more of it goes back already")
        return replace(self, back=amount)

    def without_buyer(self) -> Order:
        """There is nobody to give anything to any more: money that came, or comes, goes back."""
        return replace(self, back=self.price.amount) if self.step > 0 else self
