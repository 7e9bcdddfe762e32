"""What is for sale, as versioned data: an order keeps the version it was made under.

Prices are whole numbers of the smallest unit of their currency (ISO 4217): of won there is none
below the won. A version that was published is never changed; a new price is a new version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NewType

from engine.credits.plans import Plan
from engine.errors import NotFound
from engine.limits import CREDITS_PER_MOVE_MAX, PLAN_DAYS_MAX
from engine.limits_outside import AMOUNT_UNITS_MAX

ProductId = NewType("ProductId", str)

LANGUAGES: Final = ("ko", "en")


class Currency(StrEnum):
    """A currency by its code; the number of its decimals is `digits`."""

    KRW = "KRW"

    @property
    def digits(self) -> int:
        """How many decimals its smallest unit has (ISO 4217)."""
        return _DIGITS[self]


_DIGITS: Final[Mapping[Currency, int]] = {Currency.KRW: 0}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the smallest unit of its currency."""

    amount: int
    currency: Currency = Currency.KRW

    def __post_init__(self) -> None:
        if not 0 < self.amount <= AMOUNT_UNITS_MAX:
            raise ValueError(f"an amount is 1 to {AMOUNT_UNITS_MAX}, not {self.amount}")


@dataclass(frozen=True, slots=True)
class CreditsGood:
    """So many credits."""

    credits: int

    def __post_init__(self) -> None:
        if not 0 < self.credits <= CREDITS_PER_MOVE_MAX:
            raise ValueError(f"credits are 1 to {CREDITS_PER_MOVE_MAX}, not {self.credits}")


@dataclass(frozen=True, slots=True)
class PlanGood:
    """A plan for so many days."""

    plan: Plan
    days: int

    def __post_init__(self) -> None:
        if self.plan is Plan.FREE or not 0 < self.days <= PLAN_DAYS_MAX:
            raise ValueError(f"{self.plan} for {self.days} days is nothing to sell")


Good = CreditsGood | PlanGood


@dataclass(frozen=True, slots=True)
class Product:
    """One thing for sale; `names` has every language."""

    product: ProductId
    good: Good
    price: Money
    names: Mapping[str, str]

    def __post_init__(self) -> None:
        if set(self.names) != set(LANGUAGES) or not all(self.names.values()):
            raise ValueError(f"{self.product} needs a name in each of {LANGUAGES}")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that is for sale under one version."""

    version: int
    products: Sequence[Product]

    def __post_init__(self) -> None:
        names = [one.product for one in self.products]
        if self.version < 1 or len(set(names)) != len(names):
            raise ValueError(f"version {self.version} has no number, or sells a thing twice")

    def product(self, name: str) -> Product:
        """Find a product; raises NotFound."""
        for one in self.products:
            if one.product == name:
                return one
        raise NotFound("nothing of that name is for sale")


def _product(name: str, good: Good, won: int, ko: str, en: str) -> Product:
    return Product(ProductId(name), good, Money(won), MappingProxyType({"ko": ko, "en": en}))


def _credits(count: int, won: int) -> Product:
    return _product(
        f"credits_{count}", CreditsGood(count), won, f"크레딧 {count}개", f"{count} credits"
    )


# domain.md, Credits, premium, payments. Oldest first; the last one is on sale.
CATALOGUES: Final[Sequence[Catalogue]] = (
    Catalogue(
        version=1,
        products=(
            _credits(5, 2_500),
            _credits(10, 4_500),
            _credits(20, 8_500),
            _credits(50, 19_000),
            _product(
                "premium_month",
                PlanGood(Plan.PREMIUM, 30),
                9_900,
                "프리미엄 한 달",
                "Premium, a month",
            ),
            _product(
                "premium_year",
                PlanGood(Plan.PREMIUM, 365),
                99_000,
                "프리미엄 1년",
                "Premium, a year",
            ),
            _product(
                "premium_plus_month",
                PlanGood(Plan.PREMIUM_PLUS, 30),
                19_900,
                "프리미엄 플러스 한 달",
                "Premium plus, a month",
            ),
            _product(
                "premium_plus_year",
                PlanGood(Plan.PREMIUM_PLUS, 365),
                199_000,
                "프리미엄 플러스 1년",
                "Premium plus, a year",
            ),
        ),
    ),
)


def on_sale() -> Catalogue:
    """Return what can be bought now."""
    return CATALOGUES[-1]


def as_of(version: int) -> Catalogue:
    """Return the catalogue of an old order; raises NotFound."""
    for one in CATALOGUES:
        if one.version == version:
            return one
    raise NotFound("there was no such catalogue")
