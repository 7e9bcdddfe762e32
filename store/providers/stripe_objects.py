"""What Stripe answers, as far as we read it.

After the objects of docs.stripe.com/api, version 2026-10-28.endive, as the official SDK 16.1.0
describes them (read on 2026-11-27): checkout/sessions, payment_intents, charges, disputes,
invoices, invoice-payment, subscriptions, customer_portal and events.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Charge(msgspec.Struct):
    """Money that was taken, and how much of it went back."""

    id: str
    amount: int
    amount_refunded: int
    currency: str
    paid: bool
    disputed: bool = False
    receipt_url: str | None = None


class Intent(msgspec.Struct):
    """A payment with its last charge."""

    id: str
    latest_charge: Charge | None = None


class Session(msgspec.Struct):
    """A page where something is paid, or where a subscription begins."""

    id: str
    client_reference_id: str | None
    status: str | None
    url: str | None = None
    payment_intent: Intent | str | None = None
    invoice: str | None = None  # of the first period, where it renews
    subscription: str | None = None


class Details(msgspec.Struct):
    """What an invoice says of its subscription."""

    subscription: str
    metadata: dict[str, str] | None = None


class Parent(msgspec.Struct):
    """Where an invoice comes from."""

    subscription_details: Details | None = None


class Invoice(msgspec.Struct):
    """What is to be paid for one period."""

    id: str
    status: str | None
    attempted: bool = True  # to charge a card for it
    amount_due: int = 0
    billing_reason: str | None = None
    metadata: dict[str, str] | None = None
    parent: Parent | None = None

    @property
    def first(self) -> bool:
        """Whether the subscription has begun with it."""
        return self.billing_reason == "subscription_create"

    @property
    def untouched(self) -> bool:
        """Whether nobody has tried to have it paid."""
        return self.status == "draft" or (self.status == "open" and not self.attempted)

    @property
    def claimed_by(self) -> str | None:
        """The order of the period that it was written for, once that is known."""
        return (self.metadata or {}).get("order")

    @property
    def begun_by(self) -> str | None:
        """The order that has begun its subscription."""
        details = None if self.parent is None else self.parent.subscription_details
        return None if details is None else (details.metadata or {}).get("order")


class Paid(msgspec.Struct):
    """By which payment an invoice was paid."""

    payment_intent: Intent | str | None = None


class InvoicePayment(msgspec.Struct):
    """The bond of an invoice and a payment."""

    invoice: str
    payment: Paid


class LatestInvoice(msgspec.Struct):
    """What has become of the last period."""

    status: str | None


class Mandate(msgspec.Struct):
    """A subscription as Stripe keeps it."""

    id: str
    status: str
    customer: str
    cancel_at_period_end: bool = False
    cancel_at: int | None = None
    pause_collection: dict[str, object] | None = None
    latest_invoice: LatestInvoice | str | None = None

    @property
    def over(self) -> bool:
        """Whether nothing will ever be charged by it."""
        return self.status in ("canceled", "incomplete_expired")


class Disputed(msgspec.Struct):
    """A dispute, and how far it has come."""

    status: str


class Place(msgspec.Struct):
    """A page of Stripe's, or the form of one."""

    id: str
    url: str = ""
    metadata: dict[str, str] | None = None


class Sessions(msgspec.Struct):
    """Some sessions."""

    data: Sequence[Session]


class Disputes(msgspec.Struct):
    """Some disputes."""

    data: Sequence[Disputed]


class Invoices(msgspec.Struct):
    """Some invoices, the newest first."""

    data: Sequence[Invoice]


class InvoicePayments(msgspec.Struct):
    """Some bonds of invoices and payments."""

    data: Sequence[InvoicePayment]


class Places(msgspec.Struct):
    """Some forms of pages."""

    data: Sequence[Place]


class About(msgspec.Struct):
    """What an event is about: a session, a payment, an invoice or a subscription."""

    object: str
    id: str = ""
    client_reference_id: str | None = None
    payment_intent: str | None = None
    metadata: dict[str, str] | None = None
    billing_reason: str | None = None
    parent: Parent | None = None


class Data(msgspec.Struct):
    """The envelope of what an event is about."""

    object: About


class Event(msgspec.Struct):
    """A webhook."""

    id: str
    data: Data
