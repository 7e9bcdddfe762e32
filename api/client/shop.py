"""Written by `python -m api.sdk`, not by hand: the calls of shop."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call
from api.client.shared import NamesView, Plan, PriceView, ProviderName


class CatalogueView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is for sale; an order is made under a version."""

    version: int
    items: list[ProductView]
    providers: list[ProviderName]
    renewing: list[ProviderName]
    trial_days: int
    trying: list[ProviderName]


class ProductView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Credits, or a plan for some days."""

    product: str
    price: PriceView
    names: NamesView
    credits: int | UnsetType = UNSET
    plan: Plan | UnsetType = UNSET
    days: int | UnsetType = UNSET


def get_catalogue() -> Call[CatalogueView]:
    """Read what is for sale, at which prices."""
    return Call("GET", "/v1/catalogue", CatalogueView)
