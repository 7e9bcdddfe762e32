"""Written by `python -m api.sdk`, not by hand: the calls of orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call, Page, path
from api.client.shared import NamesView, PriceView, ProviderName

if TYPE_CHECKING:
    NewOrderLanguage = Literal["en", "ko"]
else:
    NewOrderLanguage = str


class NewOrder(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody wants to buy; with a `version` only at the prices of that catalogue.
    With `renews` each further period of a plan is charged by itself until it is cancelled; with
    `trial` too nothing is charged for the first days, once for each person."""

    product: str
    provider: ProviderName
    version: int | UnsetType = UNSET
    language: NewOrderLanguage | UnsetType = UNSET
    renews: bool | UnsetType = UNSET
    trial: bool | UnsetType = UNSET


class PlacedView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order, and where it is paid; the address is for this buyer only."""

    order: OrderView
    pay_url: str


class OrderView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order; `refunded` is what has gone back of the price.      `renews`: it is a period of
    a plan that goes on by itself."""

    order: str
    product: str
    names: NamesView
    price: PriceView
    provider: ProviderName
    state: OrderState
    created_at: int
    refunded: int | UnsetType = UNSET
    trial: bool | UnsetType = UNSET
    receipt: str | UnsetType = UNSET
    renews: bool | UnsetType = UNSET


# What people and operators are told.
if TYPE_CHECKING:
    OrderState = Literal[
        "applied",
        "awaiting",
        "cancelled",
        "confirmed",
        "created",
        "disputed",
        "failed",
        "refunded",
        "refunding",
    ]
else:
    OrderState = str


def create_order(body: NewOrder, *, key: str | None = None) -> Call[PlacedView]:
    """Order something at our price, and get the page of the provider where it is paid."""
    return Call("POST", "/v1/orders", PlacedView, status=201, body=body, key=key)


def list_orders(
    *, limit: int | UnsetType = UNSET, cursor: str | UnsetType | None = UNSET
) -> Call[Page[OrderView]]:
    """List one's own orders, newest first."""
    return Call("GET", "/v1/orders", Page[OrderView], query={"limit": limit, "cursor": cursor})


def get_order(order: str) -> Call[OrderView]:
    """Read one's own order."""
    return Call("GET", path("/v1/orders/{}", order), OrderView)


def hear_stripe(body: bytes) -> Call[None]:
    """Take an event that Stripe has signed; whatever is not 204 it sends again."""
    return Call("POST", "/v1/webhooks/stripe", type(None), status=204, body=body)


def hear_toss(body: bytes) -> Call[None]:
    """Take a hint of Toss: it is a reason to ask, and nothing in it is believed."""
    return Call("POST", "/v1/webhooks/toss", type(None), status=204, body=body)
