"""TossPayments: payments are confirmed, or charged to a card; asked about and cancelled by HTTP.

After docs.tosspayments.com, read on 2026-11-27: /reference (Core API: create a payment and open
its `checkout.url`, confirm, query by key and by order, cancel), /reference/using-api/authorization
and /guides/webhook. Its webhooks are not signed: they are a reason to ask, whoever sends them.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from engine.errors import BadRequest, Conflict, NotFound, Unavailable
from engine.ids import OrderId, is_id
from engine.payments.order import Ending
from engine.payments.subscription import Standing, Wish
from engine.ports.payments import Bill, CardForm, Hint, Page, Told
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
from store.providers.toss_cards import TossCards

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


@dataclass(frozen=True, slots=True)
class CardShop:
    """Where buyers show cards that are charged again, and who we are for that."""

    page: str = ""  # ours
    script: str = ""  # Toss's
    client_key: str = ""  # no secret; empty: nothing renews
    key: str = field(default="", repr=False)  # empty: the shop's


class TossPayments:
    """Takes money by TossPayments; engine.ports.payments.PaymentProvider."""

    def __init__(self, calls: Calls, renewals: Calls, shop: Shop, cards: CardShop) -> None:
        self._calls = calls
        self._renewals = renewals
        self._shop = shop
        self._form = cards
        self._cards = TossCards(renewals)

    @property
    def renews(self) -> bool:
        """Whether this shop may keep cards."""
        return bool(self._form.client_key)

    def card(self, bill: Bill) -> CardForm:
        """Return what our page needs to open the window in which a buyer shows a card."""
        if not (bill.renews and self.renews):
            raise NotFound("no card is shown for this order")
        back, failed = self._shop.back_to(bill.order), self._shop.failed_to(bill.order)
        return CardForm(self._form.script, self._form.client_key, bill.order, back, failed)

    @property
    def tries(self) -> bool:
        """Whether days can be free first: a card is shown, and charged when they are over."""
        return self.renews

    async def begin(self, bill: Bill) -> Page:
        """Create a payment, whose window is the page; what renews begins on a page of ours."""
        if bill.renews:
            if not self.renews:
                raise Conflict("nothing renews at Toss here")
            return Page(f"{self._form.page}?order={bill.order}")
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
        """Confirm what came back, for our order and our amount; of a card, tell its mandate."""
        if "failed" in returned:
            # Without a card there is nothing to ask about; the buyer may show one yet.
            return Told("", heard()) if bill.renews else await self.ask(bill, reference)
        if bill.renews:
            mandate = await self._cards.agreed(bill, returned)
            ending = Ending.TRIAL if bill.trial_days else Ending.NONE
            return Told("", heard(ending=ending), mandate=mandate)
        key = brought(returned, "paymentKey")
        of_order(bill.order, returned.get("orderId"))
        body = {"paymentKey": key, "orderId": bill.order, "amount": bill.price.amount}
        reply = await self._calls.post("/v1/payments/confirm", body, key=f"confirm-{key}")
        if reply.good:
            return await self._told(bill, reply)
        # Refused: because it was done already, because it never will be, or because it is not ours.
        return await self._told(bill, await self._by_key(bill, key))

    async def ask(self, bill: Bill, reference: str) -> Told:
        """Ask by the order: whatever became of earlier calls, it has one payment at most."""
        reply = await self._at(bill).get(f"/v1/payments/orders/{bill.order}")
        if reply.unknown:
            reply = await self._by_key(bill, reference)
        return await self._told(bill, reply)

    async def refund(self, bill: Bill, reference: str, amount: int, *, key: str) -> Told:
        """Cancel so much of a payment."""
        body = {"cancelReason": _REASON, "cancelAmount": amount}
        return await self._told(bill, await self._cancel(bill, reference, body, key))

    async def renew(
        self, bill: Bill, mandate: str, reference: str, *, since_ms: int, take: bool = True
    ) -> Told:
        """Charge a period to the card, once for its order."""
        if take:
            reply = await self._cards.charge(bill, mandate)
            if reply.good:
                return await self._told(bill, reply)
        # Not asked to take it, or refused: because it was taken already, or the bank says no.
        try:
            return await self.ask(bill, reference)
        except NotFound:
            raise Conflict("Toss does not take this money") from None

    async def steer(self, mandate: str, wish: Wish, *, key: str) -> None:
        """Delete the card; Toss charges only when it is asked to, so all else is nothing to it."""
        if wish is Wish.END:
            await self._cards.forget(mandate)

    async def standing(self, mandate: str) -> Standing | None:
        """It is we who charge."""
        return None

    async def portal(self, mandate: str, language: str) -> str:
        """Refuse: another card is shown by subscribing anew."""
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

    def _at(self, bill: Bill) -> Calls:
        return self._renewals if bill.renews else self._calls

    async def _by_key(self, bill: Bill, key: str) -> Reply:
        reply = await self._at(bill).get(f"/v1/payments/{known(key)}")
        if reply.unknown:
            raise NotFound("Toss knows no such payment")
        return reply

    async def _cancel(
        self, bill: Bill, reference: str, body: Mapping[str, object], key: str
    ) -> Reply:
        path = f"/v1/payments/{known(reference)}/cancel"
        reply = await self._at(bill).post(path, body, key=key)
        if not reply.good:
            raise Conflict("Toss does not send this money back")
        return reply

    async def _foreign(self, bill: Bill, payment: _Payment) -> int:
        """Send back what came in another currency: no order is paid by it, whatever its amount."""
        key = payment.payment_key
        try:
            await self._cancel(bill, key, {"cancelReason": _REASON}, f"foreign-{key}")
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
                refunded = await self._foreign(bill, payment)
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
async def open_toss(shop: Shop, cards: CardShop | None = None) -> AsyncIterator[TossPayments]:
    """Keep connections to Toss open while the block runs."""
    cards = cards or CardShop()
    async with open_calls(shop.api, _signed(shop.key)) as calls, AsyncExitStack() as stack:
        renewals = calls
        if cards.key:
            renewals = await stack.enter_async_context(open_calls(shop.api, _signed(cards.key)))
        yield TossPayments(calls, renewals, shop, cards)


def _signed(key: str) -> Mapping[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}"}
