"""Stripe Checkout by the official SDK, over the same bounded calls as the other providers.

After docs.stripe.com, read on 2026-11-27: /api/checkout/sessions (create, retrieve, expire, list),
/api/refunds, /api/disputes, /api/idempotent_requests, /currencies (won have no decimals) and
/webhooks/signature. The SDK's own HTTP client is not bounded; its documented base class is.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import httpx
import msgspec
import stripe
import trio
from stripe.params.checkout import SessionCreateParams

from engine.errors import BadRequest, Conflict, NotFound, Unauthenticated, Unavailable
from engine.ids import OrderId, is_id
from engine.limits_outside import WEBHOOK_WINDOW_S
from engine.payments.order import Dispute, Ending
from engine.payments.subscription import Standing, Wish
from engine.ports.payments import Bill, Hint, Page, Told
from store.providers.payment_calls import Calls, Shop, open_calls
from store.providers.payment_told import brought, heard, known, of_order, page_url, receipt_url

T = TypeVar("T")

_SIGNATURE = "Stripe-Signature"
_NOTHING_ASKED = frozenset({"warning_needs_response", "warning_under_review", "warning_closed"})
_DISPUTES = {"lost": Dispute.LOST, "won": Dispute.WON, "prevented": Dispute.WON}
_EXPANDED = "payment_intent.latest_charge"


class _Charge(msgspec.Struct):
    id: str
    amount: int
    amount_refunded: int
    currency: str
    paid: bool
    disputed: bool = False
    receipt_url: str | None = None


class _Intent(msgspec.Struct):
    id: str
    latest_charge: _Charge | None = None


class _Session(msgspec.Struct):
    id: str
    client_reference_id: str | None
    status: str | None
    url: str | None = None
    payment_intent: _Intent | str | None = None


class _Found(msgspec.Struct):
    data: list[_Session]


class _Disputed(msgspec.Struct):
    status: str


class _Disputes(msgspec.Struct):
    data: list[_Disputed]


class _About(msgspec.Struct):
    object: str
    id: str = ""
    client_reference_id: str | None = None
    payment_intent: str | None = None


class _Data(msgspec.Struct):
    object: _About


class _Event(msgspec.Struct):
    id: str
    data: _Data


class _BoundedClient(stripe.HTTPClient):
    """The SDK's way out: our calls, on Trio, and no second try by itself."""

    name = "glimpse"

    def __init__(self, calls: Calls) -> None:
        super().__init__()
        self._calls = calls

    async def request_async(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: str | bytes | None = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        reply, answered = await self._calls.form(method.upper(), url, headers, post_data)
        reply.read(dict[str, object])  # the SDK expects an object
        return reply.body, reply.status, answered

    async def sleep_async(self, secs: float) -> None:
        await trio.sleep(secs)


class StripePayments:
    """Takes money by Stripe; engine.ports.payments.PaymentProvider."""

    def __init__(self, client: stripe.StripeClient, shop: Shop) -> None:
        self._client = client
        self._shop = shop

    @property
    def renews(self) -> bool:
        """Nothing renews here."""
        return False

    @property
    def tries(self) -> bool:
        """Nor is anything free first."""
        return False

    async def begin(self, bill: Bill) -> Page:
        """Create a Checkout Session, once for each order."""
        if bill.renews:
            raise Conflict("nothing renews at Stripe here")
        made = await _answer(
            self._client.v1.checkout.sessions.create_async(
                self._params(bill), {"idempotency_key": f"begin-{bill.order}"}
            ),
            _Session,
        )
        if made.url is None:
            raise Unavailable("Stripe opens no page for this order")
        return Page(page_url(made.url, self._shop.api), made.id)

    async def confirm(self, bill: Bill, reference: str, returned: Mapping[str, str]) -> Told:
        """Ask: a session that was paid needs nothing. One that the buyer has left is ended."""
        if "failed" not in returned:
            return await self.ask(bill, brought(returned, "session_id"))
        told = await self.ask(bill, reference)
        if told.heard.charged or told.heard.ending:
            return told
        with suppress(Conflict, NotFound):  # it was paid or has ended in this moment
            await _answer(
                self._client.v1.checkout.sessions.expire_async(known(reference)), _Session
            )
        return await self.ask(bill, reference)

    async def ask(self, bill: Bill, reference: str) -> Told:
        """Ask for the session and what was charged, given back and disputed of it."""
        session = await self._session(bill, reference)
        charge = _charge(session)
        if charge is None or not charge.paid:
            ended = Ending.CANCELLED if session.status == "expired" else Ending.NONE
            return Told(session.id, heard(ending=ended))
        refunded = charge.amount_refunded
        if charge.currency != bill.price.currency.lower() and refunded < charge.amount:
            refunded = await self._foreign(session, charge)
        dispute = await self._dispute(charge) if charge.disputed else Dispute.NONE
        return Told(
            session.id,
            heard(charge.amount, refunded, dispute=dispute),
            receipt_url(charge.receipt_url, self._shop.api),
        )

    async def refund(self, bill: Bill, reference: str, amount: int, *, key: str) -> Told:
        """Give back so much of what was charged."""
        session = await self._session(bill, reference)
        await self._give_back(session, amount, key)
        return await self.ask(bill, reference)

    async def renew(
        self, bill: Bill, mandate: str, reference: str, *, since_ms: int, take: bool = True
    ) -> Told:
        """Refuse: nothing renews at Stripe here, so nobody has a mandate."""
        raise NotFound("Stripe knows no such mandate")

    async def steer(self, mandate: str, wish: Wish, *, key: str) -> None:
        """Nobody has a mandate."""

    async def standing(self, mandate: str) -> Standing | None:
        """Nobody has a mandate."""
        return None

    async def portal(self, mandate: str, language: str) -> str:
        """Refuse: there is nothing to see to."""
        raise Conflict("nothing renews at Stripe here")

    async def hint(self, headers: Mapping[str, str], body: bytes, *, now_ms: int) -> Hint | None:
        """Check the signature and its time, then read or ask which session is meant."""
        self._check(headers, body, now_ms)
        try:
            event = msgspec.json.decode(body, type=_Event)
        except (msgspec.DecodeError, RecursionError):
            raise BadRequest("this is no event of Stripe") from None
        about = event.data.object
        if about.object == "checkout.session":
            return _hint(event.id, about.client_reference_id, about.id)
        if about.payment_intent is None:
            return None
        # Charges, refunds and disputes name the payment, and the payment's session names the order.
        found = await _answer(
            self._client.v1.checkout.sessions.list_async(
                {"payment_intent": about.payment_intent, "limit": 1}
            ),
            _Found,
        )
        return next((_hint(event.id, s.client_reference_id, s.id) for s in found.data), None)

    def _check(self, headers: Mapping[str, str], body: bytes, now_ms: int) -> None:
        header = next((v for k, v in headers.items() if k.lower() == _SIGNATURE.lower()), "")
        try:
            # The SDK would refuse what is old only, by a clock of its own.
            stripe.WebhookSignature.verify_header(body, header, self._shop.hook_key, None)
            at_s = int(dict(p.split("=", 1) for p in reversed(header.split(",")))["t"])
        except (stripe.SignatureVerificationError, ValueError, KeyError):
            raise Unauthenticated("this webhook is not signed by Stripe") from None
        if abs(now_ms - at_s * 1_000) > WEBHOOK_WINDOW_S * 1_000:
            raise Unauthenticated("this webhook is not signed by Stripe")

    async def _session(self, bill: Bill, reference: str) -> _Session:
        session = await _answer(
            self._client.v1.checkout.sessions.retrieve_async(
                known(reference), {"expand": [_EXPANDED]}
            ),
            _Session,
        )
        of_order(bill.order, session.client_reference_id)
        return session

    async def _dispute(self, charge: _Charge) -> Dispute:
        found = await _answer(self._client.v1.disputes.list_async({"charge": charge.id}), _Disputes)
        told = [one.status for one in found.data if one.status not in _NOTHING_ASKED]
        return max((_DISPUTES.get(one, Dispute.OPEN) for one in told), default=Dispute.NONE)

    async def _foreign(self, session: _Session, charge: _Charge) -> int:
        """Send back what came in another currency: no order is paid by it, whatever its amount."""
        left = charge.amount - charge.amount_refunded
        try:
            await self._give_back(session, left, f"foreign-{charge.id}")
        except Conflict:
            raise Unavailable("Stripe keeps money in another currency") from None
        return charge.amount

    async def _give_back(self, session: _Session, amount: int, key: str) -> None:
        intent = session.payment_intent
        if not isinstance(intent, _Intent):
            raise Conflict("there is nothing to give back")
        await _answer(
            self._client.v1.refunds.create_async(
                {"payment_intent": intent.id, "amount": amount}, {"idempotency_key": key}
            ),
            dict[str, object],
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


def _charge(session: _Session) -> _Charge | None:
    intent = session.payment_intent
    return intent.latest_charge if isinstance(intent, _Intent) else None


def _hint(event: str, order: str | None, session: str) -> Hint | None:
    return Hint(event, OrderId(order), session) if order is not None and is_id(order) else None


async def _answer(call: Awaitable[stripe.StripeObject], kind: type[T]) -> T:
    """Wait for the SDK and read what it brings; its errors quote requests, so none goes on."""
    try:
        found = await call
        return msgspec.convert(found.to_dict(), type=kind)
    except stripe.InvalidRequestError as error:
        if error.http_status == httpx.codes.NOT_FOUND:
            raise NotFound("Stripe knows no such payment") from None
        raise Conflict("Stripe refuses this") from None
    except (stripe.CardError, stripe.IdempotencyError):
        raise Conflict("Stripe refuses this") from None
    except stripe.StripeError:
        raise Unavailable("Stripe does not answer") from None
    except msgspec.ValidationError:
        raise Unavailable("Stripe answers what cannot be read") from None


@asynccontextmanager
async def open_stripe(shop: Shop) -> AsyncIterator[StripePayments]:
    """Keep connections to Stripe open while the block runs."""
    stripe.enable_telemetry = False  # how long our calls take is nobody else's
    logging.getLogger("stripe").setLevel(logging.WARNING)  # below, it logs whole bodies
    async with open_calls(shop.api, {}) as calls:
        client = stripe.StripeClient(
            shop.key,
            base_addresses={"api": shop.api},
            max_network_retries=0,
            http_client=_BoundedClient(calls),
        )
        yield StripePayments(client, shop)
