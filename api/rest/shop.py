"""What is for sale."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from api.rest.call import Call
from api.rest.route import Routes
from engine.credits.plans import Plan
from engine.limits_payments import SUBSCRIPTION_TRIAL_DAYS
from engine.payments.catalogue import CreditsGood, Currency, Money, Product, on_sale
from engine.payments.provider import ProviderName

routes = Routes("payments")


class PriceView(Struct, frozen=True):
    """An amount in the smallest unit of its currency, which has `digits` decimals."""

    amount: int
    currency: Currency
    digits: int


class NamesView(Struct, frozen=True):
    """The name of a product in each language."""

    ko: str
    en: str


class ProductView(Struct, frozen=True):
    """Credits, or a plan for some days."""

    product: str
    price: PriceView
    names: NamesView
    credits: int | UnsetType = UNSET
    plan: Plan | UnsetType = UNSET
    days: int | UnsetType = UNSET


class CatalogueView(Struct, frozen=True):
    """All that is for sale; an order is made under a version."""

    version: int
    items: tuple[ProductView, ...]
    providers: tuple[ProviderName, ...]  # where one can pay here
    renewing: tuple[ProviderName, ...]  # and where for a plan that renews
    trial_days: int  # that are free for who has had no plan yet
    trying: tuple[ProviderName, ...]  # and where they can come before what renews


@routes.add("GET", "/v1/catalogue")
async def get_catalogue(call: Call) -> CatalogueView:
    """Read what is for sale, at which prices."""
    catalogue = on_sale()
    items = tuple(_view(one) for one in catalogue.products)
    cashier = call.edge.services.paydesk.cashier
    ways = (cashier.providers, cashier.renewing, SUBSCRIPTION_TRIAL_DAYS, cashier.trying)
    return CatalogueView(catalogue.version, items, *ways)


def price_view(price: Money) -> PriceView:
    """Show an amount."""
    return PriceView(price.amount, price.currency, price.currency.digits)


def names_view(one: Product) -> NamesView:
    """Show the names of a product."""
    return NamesView(one.names["ko"], one.names["en"])


def _view(one: Product) -> ProductView:
    price, names = price_view(one.price), names_view(one)
    if isinstance(one.good, CreditsGood):
        return ProductView(one.product, price, names, credits=one.good.credits)
    return ProductView(one.product, price, names, plan=one.good.plan, days=one.good.days)
