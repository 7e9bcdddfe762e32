"""A subscription: a standing wish for a plan, whose every period is an order of its own.

Nothing is switched on or off by time: where it stands follows from what was paid and from the
moment of asking. What its buyer is entitled to are the terms that its orders have paid for, the
free days it may have begun with, and the days of grace while a payment is late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from engine.credits.plans import DAY_MS, Term
from engine.errors import Conflict
from engine.ids import OrderId, SubscriptionId
from engine.limits_payments import (
    SUBSCRIPTION_GRACE_DAYS,
    SUBSCRIPTION_LEAD_MS,
    SUBSCRIPTION_TRIAL_DAYS,
    SUBSCRIPTION_TRY_EVERY_MS,
    SUBSCRIPTION_UNANSWERED_MS,
)
from engine.payments.catalogue import PlanGood, Product, as_of
from engine.payments.order import Order, OrderState

GRACE_MS = SUBSCRIPTION_GRACE_DAYS * DAY_MS


class SubscriptionState(StrEnum):
    """What people are told."""

    TRIAL = "trial"  # the first days are free, and the first period is charged after them
    ACTIVE = "active"
    PAST_DUE = "past_due"  # a payment is late, and its buyer has some days for it
    PAUSED = "paused"  # nothing is charged, and after the period that is paid nothing is given
    CANCELLED = "cancelled"  # to the end of the period
    EXPIRED = "expired"


class Change(StrEnum):
    """What a buyer can do with it."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"


class Wish(StrEnum):
    """What a provider is told of a mandate."""

    STOP = "stop"  # charge nothing after the period that is paid
    HOLD = "hold"  # charge nothing until further notice
    GO = "go"  # charge the periods that come
    END = "end"  # it is over, from now on: forget it


WISHES = {Change.CANCEL: Wish.STOP, Change.PAUSE: Wish.HOLD, Change.RESUME: Wish.GO}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a provider that charges by itself says of a mandate; people change it there too."""

    cancelled: bool
    paused: bool


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription, as it is kept."""

    subscription: SubscriptionId
    product: Product
    paid_until: int  # ms since 1970; while `trial`, the end of the free days
    cancelled: bool = False
    paused: bool = False
    ended: bool = False
    renewal: OrderId | None = None  # the order of the next period, once it is to be paid
    trial: bool = False  # nothing was paid yet
    turn: int = 0  # grows with every change, so that an answer from before one is known as old

    @classmethod
    def begun(
        cls, subscription: SubscriptionId, product: Product, now_ms: int, *, trial: bool = False
    ) -> Subscription:
        """Begin with a period that is paid, or with days that are free."""
        one = cls(subscription, product, now_ms, trial=trial)
        days = SUBSCRIPTION_TRIAL_DAYS if trial else one.good.days
        return replace(one, paid_until=now_ms + days * DAY_MS)

    def state(self, now_ms: int) -> SubscriptionState:
        """Say where it stands at a moment."""
        if self.ended:
            return SubscriptionState.EXPIRED
        if self.paused:
            return SubscriptionState.PAUSED
        if now_ms < self.paid_until:
            return SubscriptionState.CANCELLED if self.cancelled else self._going
        if self.cancelled or now_ms >= self.paid_until + GRACE_MS:
            return SubscriptionState.EXPIRED
        return SubscriptionState.PAST_DUE

    @property
    def _going(self) -> SubscriptionState:
        return SubscriptionState.TRIAL if self.trial else SubscriptionState.ACTIVE

    @property
    def good(self) -> PlanGood:
        """What a period is."""
        assert isinstance(self.product.good, PlanGood), "only plans renew"
        return self.product.good

    def changed(self, change: Change, now_ms: int) -> Subscription:
        """Do what the buyer wants; the same again is no change. Raises Conflict."""
        if self.state(now_ms) is SubscriptionState.EXPIRED:
            raise Conflict("this subscription has ended")
        if change is Change.CANCEL:
            return replace(self, cancelled=True, paused=False)
        if change is Change.PAUSE:
            if self.cancelled:
                raise Conflict("this subscription is cancelled: resume it first")
            if self.state(now_ms) is SubscriptionState.PAST_DUE:
                # Whoever resumes owes from that moment on, and would have days of grace for ever.
                raise Conflict("a payment is late: it is paid, or the subscription is cancelled")
            return replace(self, paused=True)
        # Whoever pauses for longer than they have paid for pays for a new period from now on.
        paid_until = max(self.paid_until, now_ms) if self.paused else self.paid_until
        return replace(self, cancelled=False, paused=False, paid_until=paid_until)

    def stands(self, standing: Standing, now_ms: int) -> Subscription:
        """Take what its provider says of it: what was changed there is changed here."""
        if self.state(now_ms) is SubscriptionState.EXPIRED:
            return self
        if standing.cancelled:
            return self.changed(Change.CANCEL, now_ms)
        if standing.paused:
            return replace(self, cancelled=False, paused=True)
        return self.changed(Change.RESUME, now_ms)

    def settled(self, renewal: Order) -> Subscription:
        """Take what has become of the order of the next period.

        One that was paid is the period; for one that failed another is made the next time.
        """
        if renewal.state is OrderState.APPLIED:
            paid_until = self.paid_until + self.good.days * DAY_MS
            return replace(self, paid_until=paid_until, renewal=None, trial=False)
        if renewal.heard.charged == 0 and not renewal.waits:
            return replace(self, renewal=None)
        return self

    def wants_charge(self, now_ms: int) -> bool:
        """Whether the next period is to be charged now."""
        return self.state(now_ms) is SubscriptionState.PAST_DUE

    def check_due(self, now_ms: int) -> None:
        """Raise Conflict where no period is to be paid now: somebody has seen to it meanwhile."""
        if not self.wants_charge(now_ms):
            raise Conflict("nothing is to be paid for this subscription")

    def grace_days(self, now_ms: int) -> int:
        """Return the days of grace while a payment is late; none for who has paid nothing yet.

        They are there shortly before they are needed: nobody is without their plan while the next
        period is charged.
        """
        late = self.wants_charge(now_ms) or self._charged_soon(now_ms)
        return SUBSCRIPTION_GRACE_DAYS if late and not self.trial else 0

    def _charged_soon(self, now_ms: int) -> bool:
        going = self.state(now_ms) is SubscriptionState.ACTIVE
        return going and now_ms >= self.paid_until - SUBSCRIPTION_LEAD_MS

    def look_at(self, now_ms: int, *, rest_ms: int = 0) -> int | None:
        """Return when something has to be done about it by itself; None: nothing ever.

        `rest_ms`: something was tried just now, and is not tried again before that.
        """
        state = self.state(now_ms)
        if self.ended or state is SubscriptionState.PAUSED:
            return None
        if state is SubscriptionState.PAST_DUE:
            return min(now_ms + rest_ms, self.paid_until + GRACE_MS)
        if state is SubscriptionState.EXPIRED:
            return now_ms + rest_ms
        lead_at = self.paid_until - SUBSCRIPTION_LEAD_MS
        if state is SubscriptionState.ACTIVE and now_ms < lead_at:
            return lead_at
        return self.paid_until  # however shortly before it something was heard


def check_trial(terms: Sequence[Term], *, had: bool) -> None:
    """Raise Conflict for who may not begin with free days: they had them, or a plan."""
    if had or terms:
        raise Conflict("the free days are for who has had no plan yet")


def rest_after(*, answered: bool) -> int:
    """Return for how long a subscription is left alone after its provider was asked."""
    return SUBSCRIPTION_TRY_EVERY_MS if answered else SUBSCRIPTION_UNANSWERED_MS


def grace_of(subscription: SubscriptionId) -> str:
    """Return the command of the term of its days of grace."""
    return f"grace {subscription}"


def trial_of(subscription: SubscriptionId) -> str:
    """Return the command of the term of its free days."""
    return f"trial {subscription}"


def renewing(name: str, version: int) -> Product:
    """Find what renews; raises Conflict for what is bought once, NotFound."""
    product = as_of(version).product(name)
    if not isinstance(product.good, PlanGood):
        raise Conflict("only a plan renews")
    return product
