"""A double of Stripe: Checkout Sessions, their page, refunds, disputes and signed webhooks.

After https://docs.stripe.com/api (checkout/sessions, payment_intents, charges, refunds, disputes,
errors, idempotent_requests) and /webhooks/signature, read in November 2026.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from api.dev_providers.door import Answer, Asked
from api.dev_providers.page import back, page, paid
from api.dev_providers.trouble import Idempotency, Json, Troubles, reply

KEY = "sk_test_glimpse"
WEBHOOK_KEY = "whsec_glimpse"
PAY = "/c/pay/"
SESSIONS = "/v1/checkout/sessions"


def refused(status: int, kind: str, code: str = "") -> Answer:
    """Refuse as Stripe does."""
    return reply(status, error={"type": kind, "code": code, "message": "No."})


BROKEN = refused(500, "api_error")


def signed(body: bytes, *, at_s: int, secret: str = WEBHOOK_KEY) -> dict[str, str]:
    """Sign a webhook for a time."""
    what = f"{at_s}.".encode() + body
    signature = hmac.new(secret.encode(), what, sha256).hexdigest()
    return {"Stripe-Signature": f"t={at_s},v1={signature}"}


@dataclass
class Session:
    """One Checkout Session, with the payment and the charge that come of it."""

    number: int
    order: str
    amount: int
    currency: str
    name: str
    success_url: str
    cancel_url: str
    site: str
    status: str = "open"
    refunded: int = 0
    dispute: str = ""  # the state of the dispute, if there is one

    @property
    def id(self) -> str:
        return f"cs_test_{self.number:018d}"

    @property
    def intent(self) -> str:
        return f"pi_{self.number:018d}"

    @property
    def charge(self) -> str:
        return f"ch_{self.number:018d}"

    @property
    def paid(self) -> bool:
        """Whether money was taken."""
        return self.status == "complete"

    def object(self, *, expanded: bool) -> Json:
        """Write the Checkout Session; its payment whole only where that was asked for."""
        intent: Json | str | None = None
        if self.paid:
            charge = self.charge_object()
            intent = {"id": self.intent, "object": "payment_intent", "latest_charge": charge}
        return {
            "id": self.id,
            "object": "checkout.session",
            "client_reference_id": self.order,
            "mode": "payment",
            "status": self.status,
            "payment_status": "paid" if self.paid else "unpaid",
            "amount_total": self.amount,
            "currency": self.currency,
            "url": f"{self.site}{PAY}{self.id}" if self.status == "open" else None,
            "payment_intent": intent if expanded or not self.paid else self.intent,
        }

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
class Stripe:
    """Stripe; `hooks` are the webhooks it would send, oldest first, not yet signed."""

    sessions: dict[str, Session] = field(default_factory=dict)
    hooks: list[bytes] = field(default_factory=list)
    troubles: Troubles = field(default_factory=Troubles)
    keys: Idempotency = field(
        default_factory=lambda: Idempotency(refusal=refused(400, "idempotency_error"))
    )

    # ------------------------------------------------------------------ what happens elsewhere
    def dispute(self, order: str, status: str) -> None:
        """Let the buyer's bank ask for the money back, or decide."""
        session = self._of_order(order)
        kind = "updated" if session.dispute else "created"
        session.dispute = status
        self._hook(f"charge.dispute.{kind}", session.dispute_object())

    def expire(self, order: str) -> None:
        """Let the day pass in which a session can be paid."""
        session = self._of_order(order)
        session.status = "expired"
        self._hook("checkout.session.expired", session.object(expanded=False))

    def taken(self, order: str) -> int:
        """Say what was taken for an order and not given back."""
        found = [s for s in self.sessions.values() if s.order == order and s.paid]
        return sum(one.amount - one.refunded for one in found)

    # ------------------------------------------------------------------ what a shop asks
    def __call__(self, asked: Asked) -> Answer:
        """Answer one request: of a shop, or of a buyer's browser."""
        parts = urlsplit(asked.path)
        if parts.path.startswith(PAY):
            return self._page(asked)
        if asked.headers.get("Authorization") != f"Bearer {KEY}":
            return refused(401, "invalid_request_error")
        form = {k: v[0] for k, v in parse_qs(asked.body.decode() or parts.query).items()}
        return self._route(asked, parts.path, form)

    def _route(self, asked: Asked, path: str, form: dict[str, str]) -> Answer:
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
        session = self.sessions.get(found[1]) if found else None
        if found is None or session is None:
            return refused(404, "invalid_request_error", "resource_missing")
        if asked.method == "POST" and found[2]:
            return write("expire", lambda: self._expire(session))
        expanded = "payment_intent.latest_charge" in form.values()
        return read(lambda: reply(200, **session.object(expanded=expanded)))

    def _create(self, asked: Asked, form: dict[str, str]) -> Answer:
        item = "line_items[0]"
        try:
            session = Session(
                len(self.sessions),
                form["client_reference_id"],
                int(form[f"{item}[price_data][unit_amount]"]) * int(form[f"{item}[quantity]"]),
                form[f"{item}[price_data][currency]"],
                form[f"{item}[price_data][product_data][name]"],
                form["success_url"],
                form["cancel_url"],
                asked.site,
            )
        except (KeyError, ValueError):
            return refused(400, "invalid_request_error", "parameter_missing")
        if form.get("mode") != "payment" or session.amount < 1:
            return refused(400, "invalid_request_error", "parameter_invalid")
        self.sessions[session.id] = session
        return reply(200, **session.object(expanded=False))

    def _page(self, asked: Asked) -> Answer:
        session = self.sessions.get(asked.path.removeprefix(PAY))
        if session is None or session.status != "open":
            return refused(404, "invalid_request_error", "resource_missing")
        if asked.method == "GET":
            return page("Stripe", session.name, session.amount)
        if not paid(asked):  # a card that is declined leaves the session open
            return back(session.cancel_url)
        session.status = "complete"
        self._hook("checkout.session.completed", session.object(expanded=False))
        return back(session.success_url.replace("{CHECKOUT_SESSION_ID}", session.id))

    def _expire(self, session: Session) -> Answer:
        if session.status != "open":
            return refused(400, "invalid_request_error")
        self.expire(session.order)
        return reply(200, **session.object(expanded=False))

    def _refund(self, form: dict[str, str]) -> Answer:
        found = [s for s in self.sessions.values() if s.intent == form.get("payment_intent")]
        if not found or not found[0].paid:
            return refused(404, "invalid_request_error", "resource_missing")
        (session,) = found
        amount = int(form.get("amount", session.amount - session.refunded))
        if not 0 < amount <= session.amount - session.refunded:
            return refused(400, "invalid_request_error", "charge_already_refunded")
        session.refunded += amount
        self._hook("charge.refunded", session.charge_object())
        return reply(200, id=f"re_{session.refunded}", object="refund", status="succeeded")

    def _of_intent(self, intent: str) -> Answer:
        found = [s.object(expanded=False) for s in self.sessions.values() if s.intent == intent]
        return reply(200, object="list", data=found, has_more=False, url=SESSIONS)

    def _disputes(self, charge: str) -> Answer:
        of = [s for s in self.sessions.values() if s.charge == charge and s.dispute]
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
