"""Written by `python -m api.sdk`, not by hand: the calls of subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call
from api.client.shared import NamesView, PriceView, ProviderName


class SubscriptionView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What renews, where it stands, and until when it is paid.      `pay_by`: when it ends,
    while a payment is late."""

    product: str
    names: NamesView
    price: PriceView
    provider: ProviderName
    state: SubscriptionState
    paid_until: int
    pay_by: int | UnsetType = UNSET


# What people are told.
if TYPE_CHECKING:
    SubscriptionState = Literal["active", "cancelled", "expired", "past_due", "paused", "trial"]
else:
    SubscriptionState = str


class SubscriptionChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What its owner wants."""

    change: Change


# What a buyer can do with it.
if TYPE_CHECKING:
    Change = Literal["cancel", "pause", "resume"]
else:
    Change = str


class PortalView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page of the provider, for this buyer only and for some minutes."""

    url: str


def get_subscription() -> Call[SubscriptionView]:
    """Read one's own subscription, while it has not ended."""
    return Call("GET", "/v1/subscription", SubscriptionView)


def change_subscription(
    body: SubscriptionChange, *, key: str | None = None
) -> Call[SubscriptionView]:
    """Cancel it to the end of the period that is paid, pause it, or have it go on."""
    return Call("POST", "/v1/subscription", SubscriptionView, body=body, key=key)


def open_portal(*, key: str | None = None) -> Call[PortalView]:
    """Open the page of the provider where one sees to cards and invoices, where it has one."""
    return Call("POST", "/v1/subscription/portal", PortalView, key=key)
