"""The page on which a buyer shows a card: Toss's window opens only from its own script.

The one page of ours that runs a script of somebody else: it is nothing but this page, it holds no
token, and its policy lets in that script's site and no other.
"""

from __future__ import annotations

from html import escape
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Struct

from api.rest.call import Call, Plain, SeeOther
from api.rest.orders import SHOP
from api.rest.route import Access, Routes, Spec
from api.rest.shop import PriceView, price_view
from api.rest.views import Id
from engine.errors import NotFound
from engine.ids import OrderId
from engine.limits_payments import SUBSCRIPTION_TRIAL_DAYS
from engine.payments.catalogue import PlanGood
from engine.payments.provider import ProviderName

routes = Routes("payments")

_HTML = "text/html; charset=utf-8"

_PAGE = """<!doctype html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>Glimpse</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/styles.css">
<link rel="stylesheet" href="/controls.css">
<link rel="stylesheet" href="/screens.css">
<link rel="stylesheet" href="/shop.css">
<script type="module" src="/card.js"></script>
</head>
<body><main id="card" class="card-page" data-form="{form}"></main></body>
</html>
"""


class CardQuery(Struct, forbid_unknown_fields=True, frozen=True):
    """Whose card."""

    order: Id


class _Form(Struct, frozen=True):
    """What `card.js` reads; with `free` days nothing is charged before they are over."""

    order: str
    language: str
    price: PriceView
    days: int
    free: int
    script: str
    shop: str
    customer: str
    back: str
    failed: str


@routes.add(
    "GET",
    "/v1/orders/card/toss",
    Spec(access=Access.ANYBODY, media_type=_HTML, refusals=(NotFound,)),
)
async def show_card_to_toss(call: Call, query: CardQuery) -> Plain | SeeOther:
    """Let a buyer show a card to Toss for what renews; one who has done so is sent to the shop."""
    order = OrderId(query.order)
    placed, card = await call.edge.services.paydesk.cashier.card(ProviderName.TOSS, order)
    if not placed.order.waits or placed.agreed:
        return SeeOther(SHOP + quote(order, safe=""))
    good = placed.order.good
    form = _Form(
        order=order,
        language=placed.draft.language,
        price=price_view(placed.draft.price),
        days=good.days if isinstance(good, PlanGood) else 0,
        free=SUBSCRIPTION_TRIAL_DAYS if placed.draft.trial else 0,
        script=card.script,
        shop=card.shop,
        customer=card.customer,
        back=card.back,
        failed=card.failed,
    )
    page = _PAGE.format(form=escape(msgspec.json.encode(form).decode()))
    return Plain(page.encode(), _HTML, policy=_policy(card.script))


def _policy(script: str) -> str:
    """Let one site's script run, and it speak with its own family of sites."""
    parts = urlsplit(script)
    site = f"{parts.scheme}://{parts.netloc}"
    host = parts.hostname or ""
    named = "." in host and not host.replace(".", "").isdigit()
    sites = f"{site} {parts.scheme}://*.{parts.netloc.partition('.')[2]}" if named else site
    return (
        f"default-src 'none'; script-src 'self' {site}; connect-src {sites}; frame-src {sites}; "
        f"img-src 'self' data: {sites}; style-src 'self' 'unsafe-inline'; form-action {sites}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
