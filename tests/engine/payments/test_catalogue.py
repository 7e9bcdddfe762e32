"""What is for sale, and at what price."""

from __future__ import annotations

import pytest

from engine.credits.plans import Plan
from engine.errors import NotFound
from engine.limits_outside import AMOUNT_UNITS_MAX
from engine.payments.catalogue import (
    CATALOGUES,
    Catalogue,
    CreditsGood,
    Money,
    PlanGood,
    Product,
    ProductId,
    as_of,
    on_sale,
)

NAMES = {"ko": "크레딧", "en": "credits"}
PRICES = {
    "credits_5": 2_500,
    "credits_10": 4_500,
    "credits_20": 8_500,
    "credits_50": 19_000,
    "premium_month": 9_900,
    "premium_year": 99_000,
    "premium_plus_month": 19_900,
    "premium_plus_year": 199_000,
}


def test_the_prices_are_those_of_the_domain() -> None:
    """A published version is never changed: a new price is a new version."""
    assert {one.product: one.price.amount for one in as_of(1).products} == PRICES
    assert all(one.price.currency.digits == 0 for one in as_of(1).products)


def test_the_last_version_is_on_sale_and_old_ones_are_kept() -> None:
    assert on_sale() is CATALOGUES[-1]
    assert [as_of(one.version) for one in CATALOGUES] == list(CATALOGUES)
    assert [one.version for one in CATALOGUES] == list(range(1, len(CATALOGUES) + 1))
    with pytest.raises(NotFound):
        as_of(0)


def test_a_product_is_found_by_its_name() -> None:
    assert on_sale().product("credits_10").good == CreditsGood(10)
    with pytest.raises(NotFound):
        on_sale().product("credits_11")


@pytest.mark.parametrize("amount", [0, -1, AMOUNT_UNITS_MAX + 1])
def test_an_amount_is_above_zero_and_bounded(amount: int) -> None:
    with pytest.raises(ValueError, match="amount"):
        Money(amount)


def test_what_cannot_be_sold_is_no_good() -> None:
    with pytest.raises(ValueError, match="credits"):
        CreditsGood(0)
    with pytest.raises(ValueError, match="nothing to sell"):
        PlanGood(Plan.FREE, 30)
    with pytest.raises(ValueError, match="nothing to sell"):
        PlanGood(Plan.PREMIUM, 0)
    with pytest.raises(ValueError, match="name"):
        Product(ProductId("x"), CreditsGood(1), Money(1), {"ko": "하나"})
    one = Product(ProductId("x"), CreditsGood(1), Money(1), NAMES)
    with pytest.raises(ValueError, match="twice"):
        Catalogue(1, (one, one))
