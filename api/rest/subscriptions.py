"""One's own subscription: seen, cancelled, paused and resumed."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from api.rest.call import Call
from api.rest.route import Routes, Spec
from api.rest.shop import NamesView, PriceView, names_view, price_view
from api.rest.views import Millis
from engine.errors import Conflict, NotFound, Unavailable
from engine.payments.provider import ProviderName
from engine.payments.subscription import GRACE_MS, Change, SubscriptionState
from engine.ports.subscriptions import Subscribed

routes = Routes("payments")


class SubscriptionView(Struct, frozen=True):
    """What renews, where it stands, and until when it is paid.

    `pay_by`: when it ends, while a payment is late.
    """

    product: str
    names: NamesView
    price: PriceView
    provider: ProviderName
    state: SubscriptionState
    paid_until: Millis
    pay_by: Millis | UnsetType = UNSET


class PortalView(Struct, frozen=True):
    """A page of the provider, for this buyer only and for some minutes."""

    url: str


class SubscriptionChange(Struct, forbid_unknown_fields=True, frozen=True):
    """What its owner wants."""

    change: Change


@routes.add("GET", "/v1/subscription", Spec(refusals=(NotFound,)))
async def get_subscription(call: Call) -> SubscriptionView:
    """Read one's own subscription, while it has not ended."""
    held = await call.edge.services.store.subscriptions.own(call.account)
    return _view(held, call.now_ms)


@routes.add("POST", "/v1/subscription", Spec(refusals=(NotFound, Conflict, Unavailable)))
async def change_subscription(call: Call, body: SubscriptionChange) -> SubscriptionView:
    """Cancel it to the end of the period that is paid, pause it, or have it go on."""
    held = await call.edge.services.paydesk.renewals.change(call.account, body.change)
    return _view(held, call.now_ms)


@routes.add("POST", "/v1/subscription/portal", Spec(refusals=(NotFound, Conflict, Unavailable)))
async def open_portal(call: Call) -> PortalView:
    """Open the page of the provider where one sees to cards and invoices, where it has one."""
    return PortalView(await call.edge.services.paydesk.renewals.portal(call.account))


def _view(held: Subscribed, now_ms: int) -> SubscriptionView:
    one = held.subscription
    return SubscriptionView(
        product=one.product.product,
        names=names_view(one.product),
        price=price_view(one.product.price),
        provider=held.provider,
        state=one.state(now_ms),
        paid_until=one.paid_until,
        pay_by=one.paid_until + GRACE_MS if one.wants_charge(now_ms) else UNSET,
    )
