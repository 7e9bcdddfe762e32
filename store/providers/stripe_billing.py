"""What renews at Stripe: invoices of the periods, what becomes of a subscription, and its portal.

After docs.stripe.com, read on 2026-11-27: /billing/subscriptions/overview (an invoice of a period
is a draft for about an hour), /billing/subscriptions/pause-payment (voided while paused),
/billing/subscriptions/cancel, /api/invoices (update, finalize, pay, void), /api/invoice-payment,
/api/subscriptions (update, `billing_cycle_anchor`), /api/customers/delete (which cancels), and
/api/customer_portal; with the types of the SDK 16.1.0. A subscription of ours has a customer of
its own, made by its Checkout Session.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import stripe

from engine.errors import Conflict, NotFound
from engine.ids import OrderId
from engine.limits_outside import STRIPE_INVOICES_MAX, STRIPE_PORTALS_MAX
from engine.payments.subscription import Standing, Wish
from store.providers.payment_calls import Shop
from store.providers.payment_told import known, page_url
from store.providers.stripe_calls import answer, done
from store.providers.stripe_objects import (
    Intent,
    Invoice,
    InvoicePayments,
    Invoices,
    LatestInvoice,
    Mandate,
    Place,
    Places,
)

if TYPE_CHECKING:
    from stripe.params import SubscriptionUpdateParams
    from stripe.params.billing_portal import ConfigurationCreateParamsFeatures

# What buyers may do on Stripe's page: another card, old invoices, cancel as here. Another plan is
# another order, at our price.
_PORTAL = "2026-11-27"
_FEATURES: ConfigurationCreateParamsFeatures = {
    "payment_method_update": {"enabled": True},
    "invoice_history": {"enabled": True},
    "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
    "subscription_update": {
        "enabled": False,
        "default_allowed_updates": [],
        "products": [],
    },
    "customer_update": {"enabled": False},
}


class StripeBilling:
    """The periods of what renews."""

    def __init__(self, client: stripe.StripeClient, shop: Shop) -> None:
        self._v1 = client.v1
        self._shop = shop
        self._portal = ""  # the form of the portal, once it is known

    # ------------------------------------------------------------------ periods
    async def invoice(self, name: str) -> Invoice:
        """Ask for one; raises NotFound."""
        return await answer(self._v1.invoices.retrieve_async(known(name)), Invoice)

    async def payment(self, invoice: Invoice) -> Intent | None:
        """Ask by which payment it was paid; None where no money came by Stripe."""
        if invoice.status != "paid":
            return None
        expand = ["data.payment.payment_intent.latest_charge"]
        found = await answer(
            self._v1.invoice_payments.list_async(
                {"invoice": invoice.id, "status": "paid", "limit": 1, "expand": expand}
            ),
            InvoicePayments,
        )
        paid = [one.payment.payment_intent for one in found.data]
        return next((one for one in paid if isinstance(one, Intent)), None)

    async def of_payment(self, intent: str) -> Invoice | None:
        """Find the invoice that was paid by a payment."""
        found = await answer(
            self._v1.invoice_payments.list_async(
                {"payment": {"type": "payment_intent", "payment_intent": intent}, "limit": 1}
            ),
            InvoicePayments,
        )
        return await self.invoice(found.data[0].invoice) if found.data else None

    async def period(self, mandate: str, order: OrderId, *, take: bool) -> Invoice | None:
        """Find the invoice of the period that an order is for, and have it paid.

        An invoice is written for one order, by its metadata: so it pays for one period, whatever
        becomes of our memory. Without `take` nothing is charged by us, though Stripe may.
        """
        found = await self._invoices(mandate)
        mine = next((one for one in found if one.claimed_by == order), None)
        if mine is None:
            free = [one for one in found if _is_free(one, take=take)]
            if not free:
                return None
            mine = await self._claim(free[-1], order)
        return await self._taken(mine) if take and mine.untouched else mine

    async def _invoices(self, mandate: str) -> Sequence[Invoice]:
        asked = self._v1.invoices.list_async(
            {"subscription": known(mandate), "limit": STRIPE_INVOICES_MAX}
        )
        return (await answer(asked, Invoices)).data

    async def _claim(self, invoice: Invoice, order: OrderId) -> Invoice:
        """Write the order on it; of two orders at once the second is refused."""
        return await answer(
            self._v1.invoices.update_async(
                invoice.id,
                {"metadata": {"order": order}},
                {"idempotency_key": f"claim-{invoice.id}"},
            ),
            Invoice,
        )

    async def _taken(self, one: Invoice) -> Invoice:
        """Charge what Stripe would charge within the hour; if the card says no, Stripe goes on."""
        with suppress(Conflict):
            if one.status == "draft":
                await done(
                    self._v1.invoices.finalize_invoice_async(
                        one.id, {}, {"idempotency_key": f"finalize-{one.id}"}
                    )
                )
            await done(
                self._v1.invoices.pay_async(one.id, {}, {"idempotency_key": f"pay-{one.id}"})
            )
        return await self.invoice(one.id)

    # ------------------------------------------------------------------ what becomes of it
    async def standing(self, mandate: str) -> Standing:
        """Ask where it stands; what is not there is cancelled."""
        try:
            one = await self._mandate(mandate)
        except NotFound:
            return Standing(cancelled=True, paused=False)
        stops = one.cancel_at_period_end or one.cancel_at is not None
        paused = one.pause_collection is not None or one.status == "paused"
        return Standing(cancelled=one.over or stops, paused=paused)

    async def steer(self, mandate: str, wish: Wish, key: str) -> None:
        """Say what becomes of it; raises Conflict for what is over and should go on."""
        try:
            one = await self._mandate(mandate)
        except NotFound:
            one = None
        if wish is Wish.END:
            if one is not None:
                await self._end(one, key)
            return
        if one is None or one.over:
            if wish is Wish.GO:
                raise Conflict("this subscription is over at Stripe")
            return
        params = _params(one, wish)
        await done(self._v1.subscriptions.update_async(one.id, params, {"idempotency_key": key}))

    async def _end(self, one: Mandate, key: str) -> None:
        """Charge nothing any more, and forget the customer."""
        for invoice in await self._invoices(one.id):
            if invoice.status == "open":
                await done(
                    self._v1.invoices.void_invoice_async(
                        invoice.id, {}, {"idempotency_key": f"{key}-{invoice.id}"}
                    )
                )
        with suppress(NotFound):
            if not one.over:
                await done(self._v1.subscriptions.cancel_async(one.id))
            await done(self._v1.customers.delete_async(one.customer))

    async def _mandate(self, mandate: str) -> Mandate:
        asked = self._v1.subscriptions.retrieve_async(
            known(mandate), {"expand": ["latest_invoice"]}
        )
        return await answer(asked, Mandate)

    # ------------------------------------------------------------------ the portal
    async def portal(self, mandate: str, language: str) -> str:
        """Open Stripe's page for one customer; raises Conflict for who is none there any more."""
        try:
            one = await self._mandate(mandate)
            return page_url((await self._opened(one, language)).url, self._shop.api)
        except NotFound:
            raise Conflict("there is nothing to see to any more") from None

    async def _opened(self, one: Mandate, language: str) -> Place:
        return await answer(
            self._v1.billing_portal.sessions.create_async(
                {
                    "customer": one.customer,
                    "configuration": await self._form(),
                    "locale": "ko" if language == "ko" else "en",
                    "return_url": self._shop.home,
                }
            ),
            Place,
        )

    async def _form(self) -> str:
        """Find the form of the portal that is ours, or make it."""
        if not self._portal:
            forms = self._v1.billing_portal.configurations
            found = await answer(
                forms.list_async({"active": True, "limit": STRIPE_PORTALS_MAX}), Places
            )
            ours = [one for one in found.data if (one.metadata or {}).get("glimpse") == _PORTAL]
            made = ours[0] if ours else await self._made()
            self._portal = made.id
        return self._portal

    async def _made(self) -> Place:
        return await answer(
            self._v1.billing_portal.configurations.create_async(
                {"features": _FEATURES, "metadata": {"glimpse": _PORTAL}},
                {"idempotency_key": f"portal-{_PORTAL}"},
            ),
            Place,
        )


def _is_free(invoice: Invoice, *, take: bool) -> bool:
    """Whether a period may be paid by it: it is for money, and for no other order."""
    if invoice.first or invoice.claimed_by is not None or not invoice.amount_due:
        return False
    return invoice.status == "paid" or (take and invoice.status in ("draft", "open"))


def _params(one: Mandate, wish: Wish) -> SubscriptionUpdateParams:
    if wish is Wish.STOP:
        return {"cancel_at_period_end": True}
    if wish is Wish.HOLD:
        return {"pause_collection": {"behavior": "void"}}
    params: SubscriptionUpdateParams = {}
    if one.cancel_at is not None and not one.cancel_at_period_end:
        params["cancel_at"] = ""
    else:
        params["cancel_at_period_end"] = False
    if one.pause_collection is None:
        return params
    params["pause_collection"] = ""
    last = one.latest_invoice
    if isinstance(last, LatestInvoice) and last.status == "void":
        # Who was away for longer than they have paid for pays for a new period from now on.
        params["billing_cycle_anchor"] = {"type": "now"}
        params["proration_behavior"] = "none"
    return params
