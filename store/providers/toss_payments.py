"""TossPayments: payments that it has begun are confirmed, asked about and cancelled by HTTP.

After docs.tosspayments.com, read on 2026-11-27: /reference (Core API: create a payment and open
its `checkout.url`, confirm, query by key and by order, cancel), /reference/using-api/authorization
and /guides/webhook. Its webhooks are not signed: they are a reason to ask, whoever sends them.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256

import msgspec

from engine.errors import BadRequest, Conflict, NotFound, Unavailable
from engine.ids import OrderId, is_id
from engine.payments.order import Ending
from engine.payments.subscription import Standing, Wish
from engine.ports.payments import Bill, Hint, Page, Told
from store.providers.payment_calls import Calls, Reply, Shop, open_calls
from store.providers.payment_told import (
    brought,
    heard,
    is_reference,
    known,
    of_order,
    page_url,
    receipt_url,
)

_NOT_YET = frozenset({"READY", "IN_PROGRESS", "WAITING_FOR_DEPOSIT"})
_TAKEN = frozenset({"DONE", "CANCELED", "PARTIAL_CANCELED"})
_ENDED = {"ABORTED": Ending.FAILED, "EXPIRED": Ending.CANCELLED, "CANCELED": Ending.CANCELLED}

_REASON = "구매자 요청"


class _Address(msgspec.Struct):
    url: str


class _Payment(msgspec.Struct, rename="camel"):
    payment_key: str
    order_id: str
    status: str
    currency: str
    total_amount: int
    balance_amount: int
    approved_at: str | None = None  # a card that was charged has it, also after it was cancelled
    checkout: _Address | None = None
    receipt: _Address | None = None


class _About(msgspec.Struct, rename="camel"):
    order_id: str = ""
    payment_key: str = ""


class _Event(msgspec.Struct, rename="camel"):
    event_type: str
    data: _About


class TossPayments:
    """Takes money by TossPayments; engine.ports.payments.PaymentProvider."""

    def __init__(self, calls: Calls, shop: Shop) -> None:
        self._calls = calls
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
        """Create a payment; its window is the page."""
        if bill.renews:
            raise Conflict("nothing renews at Toss here")
        body = {
            "method": "CARD",
            "amount": bill.price.amount,
            "currency": bill.price.currency,
            "orderId": bill.order,
            "orderName": bill.name,
            "successUrl": self._shop.back_to(bill.order),
            "failUrl": self._shop.failed_to(bill.order),
        }
        reply = await self._calls.post("/v1/payments", body, key=f"begin-{bill.order}")
        if not reply.good:
            raise Conflict("Toss does not open a page for this order")
        payment = reply.read(_Payment)
        if payment.checkout is None or payment.order_id != bill.order:
            raise Unavailable("Toss opens no page for this order")
        return Page(page_url(payment.checkout.url, self._shop.api), payment.payment_key)

    async def confirm(self, bill: Bill, reference: str, returned: Mapping[str, str]) -> Told:
        """Confirm what came back, for our order and our amount."""
        if "failed" in returned:
            return await self.ask(bill, reference)
        key = brought(returned, "paymentKey")
        of_order(bill.order, returned.get("orderId"))
        body = {"paymentKey": key, "orderId": bill.order, "amount": bill.price.amount}
        reply = await self._calls.post("/v1/payments/confirm", body, key=f"confirm-{key}")
        if reply.good:
            return await self._told(bill, reply)
        # Refused: because it was done already, because it never will be, or because it is not ours.
        return await self._told(bill, await self._by_key(key))

    async def ask(self, bill: Bill, reference: str) -> Told:
        """Ask by the order: whatever became of earlier calls, it has one payment at most."""
        reply = await self._calls.get(f"/v1/payments/orders/{bill.order}")
        return await self._told(bill, await self._by_key(reference) if reply.unknown else reply)

    async def refund(self, bill: Bill, reference: str, amount: int, *, key: str) -> Told:
        """Cancel so much of a payment."""
        body = {"cancelReason": _REASON, "cancelAmount": amount}
        return await self._told(bill, await self._cancel(reference, body, key))

    async def renew(
        self, bill: Bill, mandate: str, reference: str, *, since_ms: int, take: bool = True
    ) -> Told:
        """Refuse: nothing renews at Toss here, so nobody has a mandate."""
        raise NotFound("Toss knows no such mandate")

    async def steer(self, mandate: str, wish: Wish, *, key: str) -> None:
        """Nobody has a mandate."""

    async def standing(self, mandate: str) -> Standing | None:
        """It is we who would charge."""
        return None

    async def portal(self, mandate: str, language: str) -> str:
        """Refuse: there is nothing to see to."""
        raise Conflict("Toss has no page for this")

    async def hint(self, headers: Mapping[str, str], body: bytes, *, now_ms: int) -> Hint | None:
        """Read whose payment has changed, and believe nothing else; who sent it cannot be told."""
        try:
            event = msgspec.json.decode(body, type=_Event)
        except (msgspec.DecodeError, RecursionError):
            raise BadRequest("this is no event of Toss") from None
        if event.event_type != "PAYMENT_STATUS_CHANGED" or not is_id(event.data.order_id):
            return None
        key = event.data.payment_key if is_reference(event.data.payment_key) else ""
        # It is sent again with the same words, and has no name in them.
        event_name = sha256(body).hexdigest()
        return Hint(event_name, OrderId(event.data.order_id), key, vouched=False)

    async def _by_key(self, key: str) -> Reply:
        reply = await self._calls.get(f"/v1/payments/{known(key)}")
        if reply.unknown:
            raise NotFound("Toss knows no such payment")
        return reply

    async def _cancel(self, reference: str, body: Mapping[str, object], key: str) -> Reply:
        path = f"/v1/payments/{known(reference)}/cancel"
        reply = await self._calls.post(path, body, key=key)
        if not reply.good:
            raise Conflict("Toss does not send this money back")
        return reply

    async def _foreign(self, payment: _Payment) -> int:
        """Send back what came in another currency: no order is paid by it, whatever its amount."""
        key = payment.payment_key
        try:
            await self._cancel(key, {"cancelReason": _REASON}, f"foreign-{key}")
        except Conflict:
            raise Unavailable("Toss keeps money in another currency") from None
        return payment.total_amount

    async def _told(self, bill: Bill, reply: Reply) -> Told:
        if not reply.good:
            raise Unavailable("Toss does not say where this payment stands")
        payment = reply.read(_Payment)
        of_order(bill.order, payment.order_id)
        reference = payment.payment_key
        if payment.status in _TAKEN and payment.approved_at is not None:
            refunded = payment.total_amount - payment.balance_amount
            if payment.currency != bill.price.currency and payment.balance_amount:
                refunded = await self._foreign(payment)
            receipt = "" if payment.receipt is None else payment.receipt.url
            return Told(
                reference,
                heard(payment.total_amount, refunded),
                receipt_url(receipt, self._shop.api),
            )
        if payment.status in _ENDED:
            return Told(reference, heard(ending=_ENDED[payment.status]))
        if payment.status in _NOT_YET:
            return Told(reference, heard())
        raise Unavailable("Toss tells of a state that is not known here")


@asynccontextmanager
async def open_toss(shop: Shop) -> AsyncIterator[TossPayments]:
    """Keep connections to Toss open while the block runs."""
    basic = b64encode(f"{shop.key}:".encode()).decode()
    async with open_calls(shop.api, {"Authorization": f"Basic {basic}"}) as calls:
        yield TossPayments(calls, shop)
