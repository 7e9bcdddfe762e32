"""Written by `python -m api.sdk`, not by hand: the calls of shop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call
from api.client.shared import Plan


class CatalogueView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is for sale; an order is made under a version."""

    version: int
    items: list[ProductView]


class ProductView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Credits, or a plan for some days."""

    product: str
    price: PriceView
    names: NamesView
    credits: int | UnsetType = UNSET
    plan: Plan | UnsetType = UNSET
    days: int | UnsetType = UNSET


class PriceView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An amount in the smallest unit of its currency, which has `digits` decimals."""

    amount: int
    currency: Currency
    digits: int


# A currency by its code; the number of its decimals is `digits`.
if TYPE_CHECKING:
    Currency = Literal["KRW"]
else:
    Currency = str


class NamesView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The name of a product in each language."""

    ko: str
    en: str


def get_catalogue() -> Call[CatalogueView]:
    """Read what is for sale, at which prices."""
    return Call("GET", "/v1/catalogue", CatalogueView)
