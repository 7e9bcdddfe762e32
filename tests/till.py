"""A provider of payments that a test plays: buyers pay at it, and its answers can be lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import trio

from engine.errors import Conflict, NotFound, Unauthenticated, Unavailable
from engine.ids import OrderId
from engine.payments.order import Dispute, Ending, Heard
from engine.payments.provider import ProviderName
from engine.payments.subscription import Standing, Wish
from engine.ports.payments import Bill, CardForm, Hint, Page, Told

Headers = Mapping[str, str]


@dataclass
class Payment:
    """One payment as the provider keeps it."""

    order: OrderId
    price: int
    approved: bool = False  # by the buyer, at its page
    charged: int = 0
    refunded: int = 0
    dispute: Dispute = Dispute.NONE
    ending: Ending = Ending.NONE
    mandate: str = ""  # by which it was charged

    @property
    def heard(self) -> Heard:
        """What it says when it is asked."""
        return Heard(self.charged, self.refunded, self.dispute, self.ending)


@dataclass
class Till:
    """Keeps payments in memory; engine.ports.payments.PaymentProvider."""

    payments: dict[str, Payment] = field(default_factory=dict)
    refunds: set[str] = field(default_factory=set)  # keys
    mandates: dict[str, Wish] = field(default_factory=dict)  # what is wanted of each
    keys: set[str] = field(default_factory=set)  # of wishes
    tells: bool = False  # where a mandate stands, as who charges by itself does
    down: bool = False  # nothing is done, and no answer comes
    mute: bool = False  # it is done, and no answer comes
    refuses: bool = False
    renews: bool = True
    vouches: bool = True  # it signs its webhooks
    cards: bool = False  # what renews begins with a card, which is charged by its mandate
    card_shop: str = "test_ck"
    tries: bool = True
    asked: int = 0
    charges: int = 0  # by mandates

    # ------------------------------------------------------------------ what people do there
    def approve(self, order: OrderId, amount: int | None = None) -> dict[str, str]:
        """Pay at its page; return what the browser brings back."""
        payment = self.of(order)
        payment.approved = True
        if amount is not None:
            payment.price = amount
        return {"token": f"paid {order}"}

    def of(self, order: OrderId) -> Payment:
        """Find the payment of an order."""
        return next(one for one in self.payments.values() if one.order == order)

    def dispute(self, order: OrderId, to: Dispute) -> None:
        """A buyer, or a bank, says something."""
        self.of(order).dispute = to

    def kept(self) -> int:
        """Say what it took and did not give back, in the smallest unit of its currency."""
        return sum(one.charged - one.refunded for one in self.payments.values())

    def event(self, name: ProviderName, order: OrderId, event: str) -> tuple[Headers, bytes]:
        """Write a webhook; `forged` is not the provider's, `other` is about something else."""
        del name
        return {}, f"{event} {order}".encode()

    def forget(self) -> None:
        """Begin anew."""
        self.payments.clear()
        self.refunds.clear()
        self.mandates.clear()
        self.keys.clear()
        self.down = self.mute = self.refuses = self.tells = self.cards = False

    # ------------------------------------------------------------------ what a shop asks
    async def begin(self, bill: Bill) -> Page:
        """Open a page."""
        await self._reached()
        if self.refuses:
            raise Conflict("this shop may not sell")
        reference = f"till {bill.order}"
        self.payments[reference] = Payment(bill.order, bill.price.amount)
        self._answered()
        return Page(f"https://till.example/{bill.order}", reference)

    def card(self, bill: Bill) -> CardForm:
        """Return what a page needs on which a card is shown."""
        if not (self.cards and bill.renews):
            raise NotFound
        back = f"https://shop.example/back?order={bill.order}"
        script = "https://js.till.example/v2/standard"
        return CardForm(script, self.card_shop, bill.order, back, f"{back}&failed=1")

    async def confirm(self, bill: Bill, reference: str, returned: Mapping[str, str]) -> Told:
        """Take the money."""
        await self._reached()
        payment = self._payment(bill, reference)
        if returned.get("token", f"paid {bill.order}") != f"paid {bill.order}":
            raise NotFound
        if "failed" in returned and not payment.charged:
            payment.ending = Ending.CANCELLED
        if self.cards and bill.renews and payment.approved and not bill.trial_days:
            mandate = f"mandate {bill.order}"
            self.mandates.setdefault(mandate, Wish.GO)
            self._answered()
            return Told("", Heard(), mandate=mandate)
        if payment.approved and payment.ending is Ending.NONE:
            if bill.trial_days:
                payment.ending = Ending.TRIAL
            else:
                payment.charged = payment.price
        mandate = self._mandate(bill, payment)
        self._answered()
        receipt = f"https://till.example/receipt/{bill.order}"
        return Told(reference, payment.heard, receipt, mandate)

    async def ask(self, bill: Bill, reference: str) -> Told:
        """Say where a payment stands."""
        self.asked += 1
        await self._reached()
        payment = self._payment(bill, reference)
        mandate = self._mandate(bill, payment)
        self._answered()
        return Told(reference, payment.heard, mandate=mandate)

    async def refund(self, bill: Bill, reference: str, amount: int, *, key: str) -> Told:
        """Give money back, once for each key."""
        await self._reached()
        payment = self._payment(bill, reference)
        if key not in self.refunds:
            if amount > payment.charged - payment.refunded:
                raise Conflict("there is not so much")
            self.refunds.add(key)
            payment.refunded += amount
        self._answered()
        return Told(reference, payment.heard)

    async def renew(
        self, bill: Bill, mandate: str, reference: str, *, since_ms: int, take: bool = True
    ) -> Told:
        """Charge a period, once for each order."""
        del reference, since_ms
        await self._reached()
        if mandate not in self.mandates:
            raise NotFound
        name = f"till {bill.order}"
        payment = self.payments.get(name)
        if payment is None or not payment.charged:
            if self.refuses or not take or self.mandates[mandate] is not Wish.GO:
                raise Conflict("the card is empty")
            price = bill.price.amount
            payment = Payment(bill.order, price, charged=price, mandate=mandate)
            self.payments[name] = payment
            self.charges += 1
        self._answered()
        return Told(name, payment.heard)

    async def steer(self, mandate: str, wish: Wish, *, key: str) -> None:
        """Note what is wanted, once for each key."""
        await self._reached()
        if mandate in self.mandates and key not in self.keys:
            if self.mandates[mandate] is Wish.END:
                raise Conflict("it has ended")
            self.keys.add(key)
            self.mandates[mandate] = wish
        self._answered()

    async def standing(self, mandate: str) -> Standing | None:
        """Say what is wanted."""
        await self._reached()
        if not self.tells:
            return None
        wish = self.mandates.get(mandate, Wish.END)
        self._answered()
        return Standing(wish in {Wish.STOP, Wish.END}, wish is Wish.HOLD)

    async def portal(self, mandate: str, language: str) -> str:
        """Open a page."""
        await self._reached()
        return f"https://till.example/portal/{language}/{mandate}"

    async def hint(self, headers: Mapping[str, str], body: bytes, *, now_ms: int) -> Hint | None:
        """Read `event order`, signed by being sent at all; `other` is about something else."""
        del now_ms
        await trio.lowlevel.checkpoint()
        event, _, order = body.decode().partition(" ")
        if event == "forged" or headers.get("Stripe-Signature") == "forged":
            raise Unauthenticated
        return None if event == "other" else Hint(event, OrderId(order), vouched=self.vouches)

    def _mandate(self, bill: Bill, payment: Payment) -> str:
        told = payment.heard.ending is Ending.TRIAL if self.cards else payment.heard.begins
        if not (bill.renews and told):
            return ""
        mandate = f"mandate {bill.order}"
        self.mandates.setdefault(mandate, Wish.GO)
        return mandate

    async def _reached(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.down:
            raise Unavailable("the till is down")

    def _answered(self) -> None:
        if self.mute:
            raise Unavailable("the till does not answer")

    def _payment(self, bill: Bill, reference: str) -> Payment:
        payment = self.payments.get(reference)
        if payment is None or payment.order != bill.order:
            raise NotFound
        return payment
