"""A provider of payments that answers at once: every order is paid, and every event is its own."""

from __future__ import annotations

from collections.abc import Mapping

import trio

from engine.errors import Conflict, NotFound
from engine.ids import OrderId
from engine.payments.order import Heard
from engine.payments.subscription import Standing, Wish
from engine.ports.payments import Bill, CardForm, Hint, Page, Told


class Till:
    """Takes the price of whatever it is asked about; engine.ports.payments.PaymentProvider."""

    @property
    def renews(self) -> bool:
        """Nothing renews here."""
        return False

    @property
    def tries(self) -> bool:
        """Nor is anything free first."""
        return False

    async def begin(self, bill: Bill) -> Page:
        """Open a page."""
        await trio.lowlevel.checkpoint()
        return Page("https://till.example/", f"till {bill.order}")

    def card(self, bill: Bill) -> CardForm:
        """Refuse: it has a page of its own."""
        raise NotFound(bill.order)

    async def confirm(self, bill: Bill, reference: str, returned: Mapping[str, str]) -> Told:
        """Take the money."""
        del returned
        return await self.ask(bill, reference)

    async def ask(self, bill: Bill, reference: str) -> Told:
        """Say that it is paid."""
        await trio.lowlevel.checkpoint()
        return Told(reference, Heard(charged=bill.price.amount))

    async def refund(self, bill: Bill, reference: str, amount: int, *, key: str) -> Told:
        """Refuse: nothing goes back here."""
        await trio.lowlevel.checkpoint()
        raise Conflict(f"{bill.order} {reference} {amount} {key}")

    async def renew(
        self, bill: Bill, mandate: str, reference: str, *, since_ms: int, take: bool = True
    ) -> Told:
        """Charge a period."""
        del mandate, since_ms, take
        return await self.ask(bill, reference)

    async def steer(self, mandate: str, wish: Wish, *, key: str) -> None:
        """Nobody subscribes here."""
        await trio.lowlevel.checkpoint()
        raise Conflict(f"{mandate} {wish} {key}")

    async def standing(self, mandate: str) -> Standing | None:
        """Nobody subscribes here."""
        del mandate
        await trio.lowlevel.checkpoint()
        return None

    async def portal(self, mandate: str, language: str) -> str:
        """Nobody subscribes here."""
        await trio.lowlevel.checkpoint()
        raise Conflict(f"{mandate} {language}")

    async def hint(self, headers: Mapping[str, str], body: bytes, *, now_ms: int) -> Hint | None:
        """Read `event order`."""
        del headers, now_ms
        await trio.lowlevel.checkpoint()
        event, _, order = body.decode().partition(" ")
        return Hint(event, OrderId(order))
