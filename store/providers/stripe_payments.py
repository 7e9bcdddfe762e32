"""Stripe Checkout: what is bought once, and what begins a subscription.

After docs.stripe.com, read on 2026-11-27: /api/checkout/sessions (create in the modes `payment` and
`subscription`, retrieve, expire, list), /api/refunds, /api/disputes, /api/idempotent_requests and
/currencies (won have no decimals); with the types of the SDK 16.1.0.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import stripe
from stripe.params.checkout import SessionCreateParams

from engine.errors import Conflict, NotFound, Unavailable
from engine.payments.order import Dispute, Ending
from engine.payments.subscription import Standing, Wish
from engine.ports.payments import Bill, CardForm, Hint, Page, Told
from store.providers import stripe_hooks
from store.providers.payment_calls import Shop
from store.providers.payment_told import brought, heard, known, of_order, page_url, receipt_url
from store.providers.stripe_billing import StripeBilling
from store.providers.stripe_calls import answer, done, open_client
from store.providers.stripe_objects import (
    About,
    Charge,
    Disputes,
    Intent,
    Invoice,
    Session,
    Sessions,
)

_NOTHING_ASKED = frozenset({"warning_needs_response", "warning_under_review", "warning_closed"})
_DISPUTES = {"lost": Dispute.LOST, "won": Dispute.WON, "prevented": Dispute.WON}
_EXPANDED = "payment_intent.latest_charge"
_INVOICE = "in_"
# No money will come of such an invoice, or none that Stripe has taken.
_INVOICES_ENDED = frozenset({"void", "uncollectible", "paid"})


@dataclass(frozen=True, slots=True)
class _Payment:
    """What stands behind a reference: a payment, or that none will come of it."""

    reference: str
    intent: Intent | None = None
    ending: Ending = Ending.NONE
    mandate: str = ""

    @property
    def charge(self) -> Charge | None:
        """The money that was taken."""
        charge = None if self.intent is None else self.intent.latest_charge
        return charge if charge is not None and charge.paid else None


class StripePayments:
    """Takes money by Stripe; engine.ports.payments.PaymentProvider."""

    renews = True
    tries = True

    def __init__(self, client: stripe.StripeClient, shop: Shop) -> None:
        self._v1 = client.v1
        self._shop = shop
        self._billing = StripeBilling(client, shop)

    async def begin(self, bill: Bill) -> Page:
        """Create a Checkout Session, once for each order."""
        params = self._renewing(bill) if bill.renews else self._params(bill)
        made = await answer(
            self._v1.checkout.sessions.create_async(
                params, {"idempotency_key": f"begin-{bill.order}"}
            ),
            Session,
        )
        if made.url is None:
            raise Unavailable("Stripe opens no page for this order")
        return Page(page_url(made.url, self._shop.api), made.id)

    def card(self, bill: Bill) -> CardForm:
        """Refuse: it has a page of its own."""
        raise NotFound("no card is shown to us")

    async def confirm(self, bill: Bill, reference: str, returned: Mapping[str, str]) -> Told:
        """Ask: a session that was paid needs nothing. One that the buyer has left is ended."""
        if "failed" not in returned:
            return await self.ask(bill, brought(returned, "session_id"))
        told = await self.ask(bill, reference)
        if told.heard.charged or told.heard.ending:
            return told
        with suppress(Conflict, NotFound):  # it was paid or has ended in this moment
            await done(self._v1.checkout.sessions.expire_async(known(reference)))
        return await self.ask(bill, reference)

    async def ask(self, bill: Bill, reference: str) -> Told:
        """Ask for what was charged, given back and disputed of a session or of an invoice."""
        payment = await self._payment(bill, reference)
        charge = payment.charge
        if charge is None:
            told = heard(ending=payment.ending)
            return Told(payment.reference, told, mandate=payment.mandate)
        refunded = charge.amount_refunded
        if charge.currency != bill.price.currency.lower() and refunded < charge.amount:
            refunded = await self._foreign(payment, charge)
        dispute = await self._dispute(charge) if charge.disputed else Dispute.NONE
        return Told(
            payment.reference,
            heard(charge.amount, refunded, dispute=dispute),
            receipt_url(charge.receipt_url, self._shop.api),
            payment.mandate,
        )

    async def refund(self, bill: Bill, reference: str, amount: int, *, key: str) -> Told:
        """Give back so much of what was charged."""
        await self._give_back(await self._payment(bill, reference), amount, key)
        return await self.ask(bill, reference)

    async def renew(
        self, bill: Bill, mandate: str, reference: str, *, since_ms: int, take: bool = True
    ) -> Told:
        """Find the invoice of the period, which Stripe writes by itself, and have it paid."""
        if reference:
            return await self.ask(bill, reference)
        invoice = await self._billing.period(mandate, bill.order, take=take)
        if invoice is not None:
            return await self.ask(bill, invoice.id)
        if not take:
            raise Conflict("Stripe has charged nothing for this period")
        raise Unavailable("Stripe has not written the invoice of this period yet")

    async def steer(self, mandate: str, wish: Wish, *, key: str) -> None:
        """Say what becomes of a subscription."""
        await self._billing.steer(mandate, wish, key)

    async def standing(self, mandate: str) -> Standing | None:
        """Ask where a subscription stands: Stripe charges by itself."""
        return await self._billing.standing(mandate)

    async def portal(self, mandate: str, language: str) -> str:
        """Open the customer portal."""
        return await self._billing.portal(mandate, language)

    async def hint(self, headers: Mapping[str, str], body: bytes, *, now_ms: int) -> Hint | None:
        """Check the signature and its time, then read or ask which order is meant."""
        stripe_hooks.check(headers, body, self._shop.hook_key, now_ms)
        event = stripe_hooks.read(body)
        about = event.data.object
        match about.object:
            case "checkout.session":
                return stripe_hooks.of_session(event.id, about.client_reference_id, about.id)
            case "subscription":
                return stripe_hooks.of_subscription(event.id, about)
            case "invoice":
                return stripe_hooks.of_invoice(event.id, _invoice(about))
        if about.payment_intent is None:
            return None
        return await self._of_payment(event.id, about.payment_intent)

    async def _of_payment(self, event: str, intent: str) -> Hint | None:
        """Charges, refunds and disputes name the payment; what it was for names the order."""
        sessions = self._v1.checkout.sessions
        found = await answer(sessions.list_async({"payment_intent": intent, "limit": 1}), Sessions)
        for one in found.data:
            return stripe_hooks.of_session(event, one.client_reference_id, one.id)
        invoice = await self._billing.of_payment(intent)
        return None if invoice is None else stripe_hooks.of_invoice(event, invoice)

    async def _payment(self, bill: Bill, reference: str) -> _Payment:
        if reference.startswith(_INVOICE):
            invoice = await self._billing.invoice(reference)
            of_order(bill.order, invoice.claimed_by)
            return await self._of_invoice(invoice, reference)
        session = await answer(
            self._v1.checkout.sessions.retrieve_async(known(reference), {"expand": [_EXPANDED]}),
            Session,
        )
        of_order(bill.order, session.client_reference_id)
        if session.status == "expired":
            return _Payment(session.id, ending=Ending.CANCELLED)
        if not bill.renews:
            intent = session.payment_intent
            return _Payment(session.id, intent if isinstance(intent, Intent) else None)
        return await self._begun(bill, session)

    async def _begun(self, bill: Bill, session: Session) -> _Payment:
        """Say what a subscription has begun with: free days, or the invoice of a period."""
        mandate = session.subscription
        if session.status != "complete" or mandate is None:
            return _Payment(session.id)
        if bill.trial_days:
            return _Payment(session.id, ending=Ending.TRIAL, mandate=mandate)
        if session.invoice is None:
            raise Unavailable("Stripe does not say what a subscription has begun with")
        invoice = await self._billing.invoice(session.invoice)
        return await self._of_invoice(invoice, session.id, mandate)

    async def _of_invoice(self, invoice: Invoice, reference: str, mandate: str = "") -> _Payment:
        intent = await self._billing.payment(invoice)
        ended = intent is None and invoice.status in _INVOICES_ENDED
        ending = Ending.FAILED if ended else Ending.NONE
        return _Payment(reference, intent, ending, mandate)

    async def _dispute(self, charge: Charge) -> Dispute:
        found = await answer(self._v1.disputes.list_async({"charge": charge.id}), Disputes)
        told = [one.status for one in found.data if one.status not in _NOTHING_ASKED]
        return max((_DISPUTES.get(one, Dispute.OPEN) for one in told), default=Dispute.NONE)

    async def _foreign(self, payment: _Payment, charge: Charge) -> int:
        """Send back what came in another currency: no order is paid by it, whatever its amount."""
        left = charge.amount - charge.amount_refunded
        try:
            await self._give_back(payment, left, f"foreign-{charge.id}")
        except Conflict:
            raise Unavailable("Stripe keeps money in another currency") from None
        return charge.amount

    async def _give_back(self, payment: _Payment, amount: int, key: str) -> None:
        if payment.intent is None:
            raise Conflict("there is nothing to give back")
        await done(
            self._v1.refunds.create_async(
                {"payment_intent": payment.intent.id, "amount": amount}, {"idempotency_key": key}
            )
        )

    def _params(self, bill: Bill) -> SessionCreateParams:
        return {
            "mode": "payment",
            "client_reference_id": bill.order,
            "adaptive_pricing": {"enabled": False},  # the price is in our currency only
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": bill.price.currency.lower(),
                        "unit_amount": bill.price.amount,
                        "product_data": {"name": bill.name},
                    },
                }
            ],
            "locale": "ko" if bill.language == "ko" else "en",
            "success_url": f"{self._shop.back_to(bill.order)}&session_id={{CHECKOUT_SESSION_ID}}",
            "cancel_url": self._shop.failed_to(bill.order),
        }

    def _renewing(self, bill: Bill) -> SessionCreateParams:
        """Write the page of what renews: by days, since a period of ours is days, too."""
        params = self._params(bill)
        params["mode"] = "subscription"
        price = params["line_items"][0]["price_data"]
        price["recurring"] = {"interval": "day", "interval_count": bill.days}
        params["subscription_data"] = {"metadata": {"order": bill.order}}
        if bill.trial_days:
            params["subscription_data"]["trial_period_days"] = bill.trial_days
        return params


def _invoice(about: About) -> Invoice:
    return Invoice(
        about.id,
        None,
        billing_reason=about.billing_reason,
        metadata=about.metadata,
        parent=about.parent,
    )


@asynccontextmanager
async def open_stripe(shop: Shop) -> AsyncIterator[StripePayments]:
    """Keep connections to Stripe open while the block runs."""
    async with open_client(shop) as client:
        yield StripePayments(client, shop)
