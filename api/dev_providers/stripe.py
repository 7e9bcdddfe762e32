"""A double of Stripe: Checkout Sessions, their page, refunds, disputes, Billing, signed webhooks.

After https://docs.stripe.com/api (checkout/sessions, payment_intents, charges, refunds, disputes,
errors, idempotent_requests) and /webhooks/signature, read in November 2026.
"""

from __future__ import annotations

import hmac
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from api.dev_providers.door import Answer, Asked
from api.dev_providers.page import back, page, paid
from api.dev_providers.stripe_billing import INVALID, MISSING, Billing, Form, refused
from api.dev_providers.stripe_things import PAY, PORTAL, Payment, Session, Subscription
from api.dev_providers.trouble import Idempotency, Json, Troubles, reply

KEY = "sk_test_glimpse"
WEBHOOK_KEY = "whsec_glimpse"
SESSIONS = "/v1/checkout/sessions"
BROKEN = refused(500, "api_error")


def signed(body: bytes, *, at_s: int, secret: str = WEBHOOK_KEY) -> dict[str, str]:
    """Sign a webhook for a time."""
    what = f"{at_s}.".encode() + body
    signature = hmac.new(secret.encode(), what, sha256).hexdigest()
    return {"Stripe-Signature": f"t={at_s},v1={signature}"}


@dataclass
class Stripe:
    """Stripe; `hooks` are the webhooks it would send, oldest first, not yet signed."""

    now_s: Callable[[], float] = time.time
    sessions: dict[str, Session] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)  # by their intents
    hooks: list[bytes] = field(default_factory=list)
    troubles: Troubles = field(default_factory=Troubles)
    keys: Idempotency = field(
        default_factory=lambda: Idempotency(refusal=refused(400, "idempotency_error"))
    )
    site: str = ""

    def __post_init__(self) -> None:
        self.billing = Billing(self._hook, self._pay, lambda: int(self.now_s()))

    # ------------------------------------------------------------------ what happens elsewhere
    def dispute(self, order: str, status: str) -> None:
        """Let the buyer's bank ask for the money back, or decide."""
        payment = self._payments_of(order)[-1]
        kind = "updated" if payment.dispute else "created"
        payment.dispute = status
        self._hook(f"charge.dispute.{kind}", payment.dispute_object())

    def expire(self, order: str) -> None:
        """Let the day pass in which a session can be paid."""
        session = self._of_order(order)
        session.status = "expired"
        self._hook("checkout.session.expired", session.object(expanded=False))

    def taken(self, order: str) -> int:
        """Say what was taken for an order and not given back."""
        return sum(one.left for one in self._payments_of(order))

    def begun(self, order: str) -> Subscription:
        """Return the subscription that an order has begun."""
        found = self._of_order(order).subscription
        assert found is not None, "nothing has begun"
        return found

    def tick(self) -> None:
        """Let happen what is due by now."""
        with self.troubles.lock:
            self.billing.tick()

    def _payments_of(self, order: str) -> list[Payment]:
        once = [one.payment for one in self.sessions.values() if one.order == order]
        later = [o.payment for o in self.billing.invoices() if o.metadata.get("order") == order]
        return [one for one in [*once, *later] if one is not None]

    # ------------------------------------------------------------------ what a shop asks
    def __call__(self, asked: Asked) -> Answer:
        """Answer one request: of a shop, or of a buyer's browser."""
        self.site = asked.site
        self.tick()
        parts = urlsplit(asked.path)
        if parts.path.startswith(PAY):
            return self._page(asked)
        if parts.path.startswith(PORTAL):
            where = parse_qs(parts.query).get("back", [""])[0]
            return self.billing.page(asked, parts.path.removeprefix(PORTAL), where)
        if asked.headers.get("Authorization") != f"Bearer {KEY}":
            return refused(401, "invalid_request_error")
        sent = asked.body.decode() or parts.query
        form = {k: v[0] for k, v in parse_qs(sent, keep_blank_values=True).items()}
        return self._route(asked, parts.path, form)

    def _route(self, asked: Asked, path: str, form: Form) -> Answer:
        def write(step: str, do: Callable[[], Answer]) -> Answer:
            return self.troubles.around(
                step, lambda: self.keys.once(asked.headers, asked.body, do), BROKEN
            )

        def read(do: Callable[[], Answer]) -> Answer:
            return self.troubles.around("query", do, BROKEN)

        match asked.method, path:
            case "POST", "/v1/checkout/sessions":
                return write("create", lambda: self._create(asked, form))
            case "GET", "/v1/checkout/sessions":
                return read(lambda: self._of_intent(form.get("payment_intent", "")))
            case "POST", "/v1/refunds":
                return write("refund", lambda: self._refund(form))
            case "GET", "/v1/disputes":
                return read(lambda: self._disputes(form.get("charge", "")))
        found = re.fullmatch(rf"{SESSIONS}/(\w+)(/expire)?", path)
        if found is None:
            if asked.method == "GET":
                return read(lambda: self.billing.answer(asked, path, form) or MISSING)
            return write(_step(path), lambda: self.billing.answer(asked, path, form) or MISSING)
        session = self.sessions.get(found[1])
        if session is None:
            return MISSING
        if asked.method == "POST" and found[2]:
            return write("expire", lambda: self._expire(session))
        expanded = "payment_intent.latest_charge" in form.values()
        return read(lambda: reply(200, **session.object(expanded=expanded)))

    def _create(self, asked: Asked, form: Form) -> Answer:
        item = "line_items[0]"
        price = f"{item}[price_data]"
        try:
            session = Session(
                len(self.sessions),
                form["client_reference_id"],
                int(form[f"{price}[unit_amount]"]) * int(form[f"{item}[quantity]"]),
                form[f"{price}[currency]"],
                form[f"{price}[product_data][name]"],
                form["success_url"],
                form["cancel_url"],
                asked.site,
            )
            if form["mode"] == "subscription":
                assert form[f"{price}[recurring][interval]"] == "day"
                session.days = int(form[f"{price}[recurring][interval_count]"])
                session.trial_days = int(form.get("subscription_data[trial_period_days]", "0"))
                session.metadata["order"] = form["subscription_data[metadata][order]"]
        except (KeyError, ValueError):
            return refused(400, "invalid_request_error", "parameter_missing")
        if form["mode"] not in ("payment", "subscription") or session.amount < 1:
            return refused(400, "invalid_request_error", "parameter_invalid")
        self.sessions[session.id] = session
        return reply(200, **session.object(expanded=False))

    def _page(self, asked: Asked) -> Answer:
        session = self.sessions.get(asked.path.removeprefix(PAY))
        if session is None or session.status != "open":
            return MISSING
        if asked.method == "GET":
            return page("Stripe", session.name, session.amount)
        if not paid(asked):  # a card that is declined leaves the session open
            return back(session.cancel_url)
        session.status = "complete"
        if session.days:
            self.billing.begin(session)
        else:
            session.payment = self._pay(session.amount, session.currency)
        self._hook("checkout.session.completed", session.object(expanded=False))
        return back(session.success_url.replace("{CHECKOUT_SESSION_ID}", session.id))

    def _pay(self, amount: int, currency: str) -> Payment:
        payment = Payment(len(self.payments), amount, currency, self.site)
        self.payments[payment.intent] = payment
        return payment

    def _expire(self, session: Session) -> Answer:
        if session.status != "open":
            return INVALID
        self.expire(session.order)
        return reply(200, **session.object(expanded=False))

    def _refund(self, form: Form) -> Answer:
        payment = self.payments.get(form.get("payment_intent", ""))
        if payment is None:
            return MISSING
        amount = int(form.get("amount", payment.left))
        if not 0 < amount <= payment.left:
            return refused(400, "invalid_request_error", "charge_already_refunded")
        payment.refunded += amount
        self._hook("charge.refunded", payment.charge_object())
        return reply(200, id=f"re_{payment.refunded}", object="refund", status="succeeded")

    def _of_intent(self, intent: str) -> Answer:
        found = [
            s.object(expanded=False)
            for s in self.sessions.values()
            if s.payment is not None and s.payment.intent == intent and not s.days
        ]
        return reply(200, object="list", data=found, has_more=False, url=SESSIONS)

    def _disputes(self, charge: str) -> Answer:
        of = [one for one in self.payments.values() if one.charge == charge and one.dispute]
        told = [one.dispute_object() for one in of]
        return reply(200, object="list", data=told, has_more=False, url="/v1/disputes")

    def _of_order(self, order: str) -> Session:
        return next(s for s in reversed(self.sessions.values()) if s.order == order)

    def _hook(self, kind: str, about: Json) -> None:
        event = {
            "id": f"evt_{len(self.hooks):018d}",
            "object": "event",
            "type": kind,
            "data": {"object": about},
        }
        self.hooks.append(json.dumps(event).encode())


def _step(path: str) -> str:
    """Name what is written: `pay`, `void`; or of what: `invoices`, `customers`."""
    last = path.rpartition("/")[2]
    return last if last.isalpha() else path.split("/")[2]
