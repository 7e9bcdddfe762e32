"""What the double of Stripe keeps: sessions, payments, invoices and subscriptions.

After https://docs.stripe.com/api (checkout/sessions, payment_intents, charges, disputes, invoices,
invoice-payment, subscriptions), version 2026-10-28.endive, read in November 2026.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from api.dev_providers.trouble import Json

PAY = "/c/pay/"
PORTAL = "/p/session/"
DAY_S = 86_400


@dataclass
class Payment:
    """Money that was taken: a payment and its charge."""

    number: int
    amount: int
    currency: str
    site: str
    refunded: int = 0
    dispute: str = ""  # the state of the dispute, if there is one

    @property
    def intent(self) -> str:
        return f"pi_{self.number:018d}"

    @property
    def charge(self) -> str:
        return f"ch_{self.number:018d}"

    @property
    def left(self) -> int:
        """What was not given back."""
        return self.amount - self.refunded

    def charge_object(self) -> Json:
        """Write the Charge."""
        return {
            "id": self.charge,
            "object": "charge",
            "amount": self.amount,
            "amount_refunded": self.refunded,
            "currency": self.currency,
            "paid": True,
            "disputed": bool(self.dispute),
            "payment_intent": self.intent,
            "receipt_url": f"{self.site}/receipts/{self.charge}",
        }

    def intent_object(self) -> Json:
        """Write the PaymentIntent, with its charge."""
        charge = self.charge_object()
        return {"id": self.intent, "object": "payment_intent", "latest_charge": charge}

    def dispute_object(self) -> Json:
        """Write the Dispute."""
        return {
            "id": f"du_{self.number:018d}",
            "object": "dispute",
            "status": self.dispute,
            "charge": self.charge,
            "payment_intent": self.intent,
        }


@dataclass
class Invoice:
    """What is to be paid for one period."""

    number: int
    subscription: Subscription
    amount: int
    reason: str
    at_s: int
    status: str = "draft"
    tries: int = 0
    metadata: dict[str, str] = field(default_factory=dict)
    payment: Payment | None = None

    @property
    def id(self) -> str:
        return f"in_{self.number:018d}"

    def object(self) -> Json:
        """Write the Invoice."""
        details = {"subscription": self.subscription.id, "metadata": self.subscription.metadata}
        return {
            "id": self.id,
            "object": "invoice",
            "status": self.status,
            "amount_due": self.amount,
            "amount_paid": self.amount if self.status == "paid" else 0,
            "billing_reason": self.reason,
            "currency": self.subscription.currency,
            "attempt_count": self.tries,
            "attempted": self.tries > 0,
            "metadata": self.metadata,
            "parent": {"type": "subscription_details", "subscription_details": details},
        }

    def payment_object(self, *, expanded: bool) -> Json:
        """Write the InvoicePayment."""
        assert self.payment is not None
        intent = self.payment.intent_object() if expanded else self.payment.intent
        return {
            "id": f"inpay_{self.number:018d}",
            "object": "invoice_payment",
            "invoice": self.id,
            "status": "paid",
            "payment": {"type": "payment_intent", "payment_intent": intent},
        }


@dataclass
class Subscription:
    """A subscription, and its customer; times are seconds since 1970."""

    number: int
    name: str
    amount: int
    currency: str
    days: int
    ends_s: int  # of the period, or of the free days
    metadata: dict[str, str]
    status: str = "active"
    stops: bool = False  # at the end of the period
    held: bool = False  # its invoices are voided
    good: bool = True  # the card
    forgotten: bool = False  # the customer is deleted
    invoices: list[Invoice] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"sub_{self.number:018d}"

    @property
    def customer(self) -> str:
        return f"cus_{self.number:018d}"

    @property
    def over(self) -> bool:
        return self.status == "canceled"

    def object(self, *, expanded: bool = False) -> Json:
        """Write the Subscription."""
        last = self.invoices[-1]
        return {
            "id": self.id,
            "object": "subscription",
            "status": self.status,
            "customer": self.customer,
            "cancel_at_period_end": self.stops,
            "cancel_at": self.ends_s if self.stops else None,
            "pause_collection": {"behavior": "void"} if self.held else None,
            "latest_invoice": last.object() if expanded else last.id,
            "metadata": self.metadata,
        }


@dataclass
class Session:
    """One Checkout Session, with the payment or the subscription that comes of it."""

    number: int
    order: str
    amount: int
    currency: str
    name: str
    success_url: str
    cancel_url: str
    site: str
    days: int = 0  # of a period; 0: it is bought once
    trial_days: int = 0
    metadata: dict[str, str] = field(default_factory=dict)  # of the subscription
    status: str = "open"
    payment: Payment | None = None
    subscription: Subscription | None = None

    @property
    def id(self) -> str:
        return f"cs_test_{self.number:018d}"

    def object(self, *, expanded: bool) -> Json:
        """Write the Checkout Session; its payment whole only where that was asked for."""
        intent: Json | str | None = None
        if self.payment is not None and not self.days:
            intent = self.payment.intent_object() if expanded else self.payment.intent
        begun = self.subscription
        paid = "no_payment_required" if self.trial_days else "paid"
        return {
            "id": self.id,
            "object": "checkout.session",
            "client_reference_id": self.order,
            "mode": "subscription" if self.days else "payment",
            "status": self.status,
            "payment_status": paid if self.status == "complete" else "unpaid",
            "amount_total": 0 if self.trial_days else self.amount,
            "currency": self.currency,
            "url": f"{self.site}{PAY}{self.id}" if self.status == "open" else None,
            "payment_intent": intent,
            "subscription": None if begun is None else begun.id,
            "invoice": None if begun is None else begun.invoices[0].id,
        }
