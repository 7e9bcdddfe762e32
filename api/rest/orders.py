"""Orders: placed, shown, and heard of from browsers that come back and providers that call."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from api.rest.call import Call, SeeOther
from api.rest.route import Access, Routes, Spec
from api.rest.shop import NamesView, PriceView, names_view, price_view
from api.rest.views import Id, ListQuery, Millis, Page
from engine.errors import BadRequest, Conflict, NotFound, RateLimited, Unavailable
from engine.ids import OrderId
from engine.limits_payments import RETURNED_CHARS_MAX
from engine.payments.catalogue import as_of, on_sale
from engine.payments.order import OrderState
from engine.payments.provider import ProviderName
from engine.payments.subscription import renewing
from engine.ports.payments import OrderDraft, Placed

routes = Routes("payments")

# Where the reference client shows what became of an order.
SHOP = "/#shop/"

Returned = Annotated[str, Meta(max_length=RETURNED_CHARS_MAX)]


class NewOrder(Struct, forbid_unknown_fields=True, frozen=True):
    """What somebody wants to buy; with a `version` only at the prices of that catalogue.

    With `renews` each further period of a plan is charged by itself until it is cancelled; with
    `trial` too nothing is charged for the first days, once for each person.
    """

    product: str
    provider: ProviderName
    version: int | UnsetType = UNSET
    language: Literal["ko", "en"] = "ko"
    renews: bool = False
    trial: bool = False


class OrderView(Struct, omit_defaults=True, frozen=True):
    """An order; `refunded` is what has gone back of the price.

    `renews`: it is a period of a plan that goes on by itself.
    """

    order: Id
    product: str
    names: NamesView
    price: PriceView
    provider: ProviderName
    state: OrderState
    created_at: Millis
    refunded: int = 0
    trial: bool = False
    receipt: str | UnsetType = UNSET
    renews: bool = False


class PlacedView(Struct, frozen=True):
    """An order, and where it is paid; the address is for this buyer only."""

    order: OrderView
    pay_url: str


_AS_TOSS = {
    "payment_key": "paymentKey",
    "order_id": "orderId",
    "auth_key": "authKey",
    "customer_key": "customerKey",
}


class Back(Struct, frozen=True, rename=_AS_TOSS):
    """What browsers bring back from a provider; none of it is believed."""

    order: Id
    failed: Returned | None = None
    payment_key: Returned | None = None
    order_id: Returned | None = None
    amount: Returned | None = None
    pg_token: Returned | None = None
    session_id: Returned | None = None
    auth_key: Returned | None = None
    customer_key: Returned | None = None


@routes.add(
    "POST",
    "/v1/orders",
    Spec(status=201, refusals=(BadRequest, Conflict, NotFound, RateLimited, Unavailable)),
)
async def create_order(call: Call, body: NewOrder) -> PlacedView:
    """Order something at our price, and get the page of the provider where it is paid."""
    catalogue = on_sale()
    product = catalogue.product(body.product)
    if body.version not in {UNSET, catalogue.version}:
        raise Conflict("the prices have changed since")
    if body.renews:
        renewing(product.product, catalogue.version)  # raises Conflict for what is bought once
    elif body.trial:
        raise Conflict("only what renews begins with free days")
    draft = OrderDraft(
        product.product,
        catalogue.version,
        body.provider,
        product.price,
        body.language,
        body.renews,
        body.trial,
    )
    placed, url = await call.edge.services.paydesk.cashier.buy(call.account, draft)
    return PlacedView(_view(placed), url)


@routes.add("GET", "/v1/orders")
async def list_orders(call: Call, query: ListQuery) -> Page[OrderView]:
    """List one's own orders, newest first."""
    cursors = call.edge.auth.cursors
    after = cursors.open(call.account, "orders", query.cursor)
    found = await call.edge.services.store.orders.orders(
        call.account, after=None if after is None else OrderId(after), limit=query.rows + 1
    )
    shown = found[: query.rows]
    cursor = None
    if len(found) > query.rows:
        cursor = cursors.seal(call.account, "orders", shown[-1].order_id)
    return Page([_view(one) for one in shown], cursor)


@routes.add("GET", "/v1/orders/{order}", Spec(refusals=(NotFound,)))
async def get_order(call: Call, order: str) -> OrderView:
    """Read one's own order."""
    return _view(await call.edge.services.store.orders.order(call.account, OrderId(order)))


# For browsers that come back from a provider, and for no client.
_BACK = Spec(
    status=303,
    access=Access.ANYBODY,
    any_query=True,
    media_type="text/plain",
    refusals=(NotFound,),
)


@routes.add("GET", "/v1/orders/back/stripe", _BACK)
async def back_from_stripe(call: Call, query: Back) -> SeeOther:
    """Take a buyer's browser back from Stripe, ask Stripe, and send it on to the shop."""
    return await _came_back(call, ProviderName.STRIPE, query)


@routes.add("GET", "/v1/orders/back/toss", _BACK)
async def back_from_toss(call: Call, query: Back) -> SeeOther:
    """Take a buyer's browser back from Toss, take the money, and send it on to the shop."""
    return await _came_back(call, ProviderName.TOSS, query)


@routes.add("GET", "/v1/orders/back/kakao", _BACK)
async def back_from_kakao(call: Call, query: Back) -> SeeOther:
    """Take a buyer's browser back from KakaoPay, take the money, and send it on to the shop."""
    return await _came_back(call, ProviderName.KAKAO, query)


_WEBHOOK = Spec(
    status=204,
    access=Access.ANYBODY,
    idempotent=False,
    refusals=(BadRequest, NotFound, Unavailable),
)


@routes.add("POST", "/v1/webhooks/stripe", _WEBHOOK)
async def hear_stripe(call: Call, data: bytes) -> None:
    """Take an event that Stripe has signed; whatever is not 204 it sends again."""
    headers = {"Stripe-Signature": call.header("Stripe-Signature")}
    await call.edge.services.paydesk.cashier.webhook(ProviderName.STRIPE, headers, data)


@routes.add("POST", "/v1/webhooks/toss", _WEBHOOK)
async def hear_toss(call: Call, data: bytes) -> None:
    """Take a hint of Toss: it is a reason to ask, and nothing in it is believed."""
    await call.edge.services.paydesk.cashier.webhook(ProviderName.TOSS, {}, data)


async def _came_back(call: Call, name: ProviderName, query: Back) -> SeeOther:
    order, fields = OrderId(query.order), msgspec.to_builtins(query)
    returned = {key: value for key, value in fields.items() if isinstance(value, str)}
    await call.edge.services.paydesk.cashier.came_back(name, order, returned)
    return SeeOther(SHOP + quote(order, safe=""))


def _view(placed: Placed) -> OrderView:
    draft = placed.draft
    product = as_of(draft.version).product(draft.product)
    return OrderView(
        order=placed.order_id,
        product=product.product,
        names=names_view(product),
        price=price_view(draft.price),
        provider=draft.provider,
        state=placed.order.state,
        created_at=placed.created_at,
        refunded=placed.order.heard.refunded,
        trial=draft.trial,
        receipt=placed.receipt or UNSET,
        renews=draft.renews,
    )
