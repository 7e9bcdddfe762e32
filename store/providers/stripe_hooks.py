"""Webhooks of Stripe: signed, fresh, and read for one thing only, which order to ask about.

After docs.stripe.com/webhooks/signature and /api/events/types, read on 2026-11-27.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import stripe

from engine.errors import BadRequest, Unauthenticated
from engine.ids import OrderId, is_id
from engine.limits_outside import WEBHOOK_WINDOW_S
from engine.ports.payments import Hint
from store.providers.stripe_objects import About, Event, Invoice

_SIGNATURE = "Stripe-Signature"


def check(headers: Mapping[str, str], body: bytes, key: str, now_ms: int) -> None:
    """Raise Unauthenticated, with the same words for every reason, for what Stripe has not sent."""
    header = next((v for k, v in headers.items() if k.lower() == _SIGNATURE.lower()), "")
    try:
        # The SDK would refuse what is old only, by a clock of its own.
        stripe.WebhookSignature.verify_header(body, header, key, None)
        at_s = int(dict(p.split("=", 1) for p in reversed(header.split(",")))["t"])
    except (stripe.SignatureVerificationError, ValueError, KeyError):
        raise Unauthenticated("this webhook is not signed by Stripe") from None
    if abs(now_ms - at_s * 1_000) > WEBHOOK_WINDOW_S * 1_000:
        raise Unauthenticated("this webhook is not signed by Stripe")


def read(body: bytes) -> Event:
    """Read a signed body; raises BadRequest."""
    try:
        return msgspec.json.decode(body, type=Event)
    except (msgspec.DecodeError, RecursionError):
        raise BadRequest("this is no event of Stripe") from None


def of_session(event: str, order: str | None, session: str) -> Hint | None:
    """Tell of the order that a session is for."""
    return _hint(event, order, session)


def of_subscription(event: str, about: About) -> Hint | None:
    """Tell of the order that has begun a subscription."""
    return _hint(event, (about.metadata or {}).get("order"), renews=True)


def of_invoice(event: str, invoice: Invoice) -> Hint | None:
    """Tell of the order of a period, or of the one that has begun it all until there is one."""
    if invoice.claimed_by is not None:
        return _hint(event, invoice.claimed_by, invoice.id, renews=True)
    return _hint(event, invoice.begun_by, renews=True)


def _hint(
    event: str, order: str | None, reference: str = "", *, renews: bool = False
) -> Hint | None:
    if order is None or not is_id(order):
        return None
    return Hint(event, OrderId(order), reference, renews=renews)
