"""The double of Stripe Billing: periods that come with the clock, invoices, and the portal.

After https://docs.stripe.com (billing/subscriptions/overview, /cancel, /pause-payment,
billing/revenue-recovery/smart-retries, api/invoices, api/subscriptions, api/customer_portal), read
in November 2026: an invoice is a draft for an hour, a card that says no is tried again for a week,
and then the subscription is cancelled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from api.dev_providers.door import Answer, Asked
from api.dev_providers.page import portal_page, portal_wish
from api.dev_providers.stripe_things import DAY_S, PORTAL, Invoice, Payment, Session, Subscription
from api.dev_providers.trouble import Json, reply

DRAFT_S = 3_600
RETRIES = (1, 3, 5, 7)  # days after the first try
WARNS_S = 3 * DAY_S  # before the free days end

Form = dict[str, str]


def refused(status: int, kind: str, code: str = "") -> Answer:
    """Refuse as Stripe does."""
    return reply(status, error={"type": kind, "code": code, "message": "No."})


MISSING = refused(404, "invalid_request_error", "resource_missing")
INVALID = refused(400, "invalid_request_error")
DECLINED = refused(402, "card_error", "card_declined")


@dataclass
class Billing:
    """All subscriptions; `tell` sends a webhook, `pay` takes money."""

    tell: Callable[[str, Json], None]
    pay: Callable[[int, str], Payment]
    now_s: Callable[[], int]
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    forms: list[Json] = field(default_factory=list)  # configurations of the portal
    warned: set[str] = field(default_factory=set)

    # ------------------------------------------------------------------ what happens by itself
    def begin(self, session: Session) -> None:
        """Let a subscription begin with what was agreed on a page."""
        now_s, free = self.now_s(), session.trial_days
        one = Subscription(
            len(self.subscriptions),
            session.name,
            session.amount,
            session.currency,
            session.days,
            now_s + (free or session.days) * DAY_S,
            session.metadata,
            "trialing" if free else "active",
        )
        self.subscriptions[one.id] = session.subscription = one
        first = self._write(one, 0 if free else one.amount, "subscription_create", now_s)
        self._paid(first)
        session.payment = first.payment
        self.tell("customer.subscription.created", one.object())

    def tick(self) -> None:
        """Do all that is due by now, the oldest first."""
        for one in self.subscriptions.values():
            self._warn(one)
            while not one.over and one.ends_s <= self.now_s():
                self._turn(one)
            for invoice in one.invoices:
                self._collect(invoice)

    def _warn(self, one: Subscription) -> None:
        soon = one.ends_s - WARNS_S <= self.now_s() and one.status == "trialing"
        if soon and one.id not in self.warned:
            self.warned.add(one.id)
            self.tell("customer.subscription.trial_will_end", one.object())

    def _turn(self, one: Subscription) -> None:
        """End a period, and begin the next one."""
        at_s = one.ends_s
        if one.stops:
            self._over(one)
            return
        one.ends_s += one.days * DAY_S
        if one.status == "trialing":
            one.status = "active"
        invoice = self._write(one, one.amount, "subscription_cycle", at_s)
        if one.held:
            invoice.status = "void"
        self.tell("customer.subscription.updated", one.object())

    def _write(self, one: Subscription, amount: int, reason: str, at_s: int) -> Invoice:
        number = sum(len(other.invoices) for other in self.subscriptions.values())
        invoice = Invoice(number, one, amount, reason, at_s)
        one.invoices.append(invoice)
        return invoice

    def _collect(self, invoice: Invoice) -> None:
        one = invoice.subscription
        age_s = self.now_s() - invoice.at_s - DRAFT_S
        if invoice.status == "draft" and age_s >= 0 and not one.over:
            invoice.status = "open"
        if invoice.status == "open" and age_s >= 0 and not (invoice.tries or one.over):
            self.attempt(invoice)
        while invoice.status == "open" and not one.over and 0 < invoice.tries <= len(RETRIES):
            if age_s < RETRIES[invoice.tries - 1] * DAY_S:
                return
            self.attempt(invoice)
            if invoice.status == "open" and invoice.tries > len(RETRIES):
                self._over(one)

    def attempt(self, invoice: Invoice) -> bool:
        """Charge the card for an invoice."""
        one = invoice.subscription
        invoice.tries += 1
        if one.good:
            self._paid(invoice)
            one.status = "active"
            self.tell("customer.subscription.updated", one.object())
            return True
        one.status = "past_due"
        self.tell("invoice.payment_failed", invoice.object())
        self.tell("customer.subscription.updated", one.object())
        return False

    def _paid(self, invoice: Invoice) -> None:
        invoice.status = "paid"
        if invoice.amount:
            invoice.payment = self.pay(invoice.amount, invoice.subscription.currency)
        self.tell("invoice.paid", invoice.object())

    def _over(self, one: Subscription) -> None:
        one.status = "canceled"
        self.tell("customer.subscription.deleted", one.object())

    # ------------------------------------------------------------------ what a shop asks
    def invoices(self) -> Iterator[Invoice]:
        """All of them, the oldest first."""
        for one in self.subscriptions.values():
            yield from one.invoices

    def answer(self, asked: Asked, path: str, form: Form) -> Answer | None:
        """Answer one request; None for what is no business of billing."""
        for pattern, do in (
            (r"/v1/subscriptions/(\w+)", self._subscription),
            (r"/v1/invoices(?:/(\w+)(?:/(\w+))?)?", self._invoice),
            (r"/v1/invoice_payments", self._payments),
            (r"/v1/customers/(\w+)", self._customer),
            (r"/v1/billing_portal/(\w+)", self._portal),
        ):
            found = re.fullmatch(pattern, path)
            if found is not None:
                return do(asked, form, *[part or "" for part in found.groups()])
        return None

    def _subscription(self, asked: Asked, form: Form, name: str) -> Answer:
        one = self.subscriptions.get(name)
        if one is None or (one.over and asked.method != "GET"):
            return MISSING
        if asked.method == "POST":
            self._update(one, form)
        if asked.method == "DELETE":
            self._over(one)
        return reply(200, **one.object(expanded="latest_invoice" in form.values()))

    def _update(self, one: Subscription, form: Form) -> None:
        if "cancel_at_period_end" in form:
            one.stops = form["cancel_at_period_end"] == "true"
        if form.get("cancel_at") == "":
            one.stops = False
        if "pause_collection[behavior]" in form:
            one.held = True
        if form.get("pause_collection") == "":
            one.held = False
        if form.get("billing_cycle_anchor[type]") == "now":
            now_s = self.now_s()
            one.ends_s = now_s + one.days * DAY_S
            invoice = self._write(one, one.amount, "subscription_update", now_s)
            invoice.status = "open"
            self.attempt(invoice)
        self.tell("customer.subscription.updated", one.object())

    def _invoice(self, asked: Asked, form: Form, name: str, verb: str) -> Answer:
        if not name:
            one = self.subscriptions.get(form.get("subscription", ""))
            if one is None:
                return MISSING
            newest = one.invoices[::-1][: int(form.get("limit", "10"))]
            return _list([invoice.object() for invoice in newest], "/v1/invoices")
        invoice = next((one for one in self.invoices() if one.id == name), None)
        if invoice is None:
            return MISSING
        if asked.method == "POST":
            refusal = self._write_invoice(invoice, form, verb)
            if refusal is not None:
                return refusal
        return reply(200, **invoice.object())

    def _write_invoice(self, invoice: Invoice, form: Form, verb: str) -> Answer | None:
        match verb, invoice.status:
            case "", _:
                named = {k[9:-1]: v for k, v in form.items() if k.startswith("metadata[")}
                invoice.metadata |= named
            case "finalize", "draft":
                invoice.status = "open"
            case "pay", "open":
                return None if self.attempt(invoice) else DECLINED
            case "void", "open":
                invoice.status = "void"
            case _:
                return INVALID
        return None

    def _payments(self, _: Asked, form: Form) -> Answer:
        intent, name = form.get("payment[payment_intent]"), form.get("invoice")
        expanded = "data.payment.payment_intent.latest_charge" in form.values()
        found = [
            one.payment_object(expanded=expanded)
            for one in self.invoices()
            if one.payment is not None and (one.id == name or one.payment.intent == intent)
        ]
        return _list(found, "/v1/invoice_payments")

    def _customer(self, asked: Asked, _: Form, name: str) -> Answer:
        found = [one for one in self.subscriptions.values() if one.customer == name]
        if not found or found[0].forgotten or asked.method != "DELETE":
            return MISSING
        found[0].forgotten = True
        if not found[0].over:
            self._over(found[0])
        return reply(200, id=name, object="customer", deleted=True)

    # ------------------------------------------------------------------ the portal
    def _portal(self, asked: Asked, form: Form, what: str) -> Answer:
        if what == "configurations":
            if asked.method == "GET":
                return _list(self.forms, "/v1/billing_portal/configurations")
            named = {k[9:-1]: v for k, v in form.items() if k.startswith("metadata[")}
            made: Json = {
                "id": f"bpc_{len(self.forms)}",
                "object": "billing_portal.configuration",
                "metadata": named,
                "active": True,
            }
            self.forms.append(made)
            return reply(200, **made)
        one = next((s for s in self.subscriptions.values() if s.customer == form["customer"]), None)
        if one is None or one.forgotten or form.get("configuration") not in self._form_ids():
            return MISSING
        url = f"{asked.site}{PORTAL}{one.id}?back={quote(form['return_url'], safe='')}"
        return reply(200, id="bps_1", object="billing_portal.session", url=url)

    def _form_ids(self) -> list[object]:
        return [one["id"] for one in self.forms]

    def page(self, asked: Asked, name: str, back: str) -> Answer:
        """Show the portal, and do what is pressed there."""
        one = self.subscriptions.get(name)
        if one is None or one.forgotten:
            return MISSING
        if asked.method == "POST":
            wish = portal_wish(asked)
            if wish in ("cancel", "resume") and not one.over:
                self._update(one, {"cancel_at_period_end": str(wish == "cancel").lower()})
            if wish == "card":
                self.card(one, good=True)
        return portal_page("Stripe", one.name, back, ends=one.stops or one.over)

    def card(self, one: Subscription, *, good: bool) -> None:
        """Let a card be good, or not; a good one pays what is open."""
        one.good = good
        for invoice in one.invoices:
            if good and invoice.status == "open" and not one.over:
                self.attempt(invoice)


def _list(data: Sequence[Json], url: str) -> Answer:
    return reply(200, object="list", data=list(data), has_more=False, url=url)
