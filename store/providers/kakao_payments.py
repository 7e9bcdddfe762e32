"""KakaoPay: payments are made ready, approved, asked about and cancelled by HTTP.

After developers.kakaopay.com/docs/payment/online, read on 2026-11-27: /single-payment (ready,
approve), /subscription (SID, status, inactive), /retrieve-order, /cancel and /reference. It sends
no webhooks, and knows no idempotency keys: a refund carries its key as `payload`, which the order
then shows, and names what can still be cancelled, which KakaoPay compares; so of two at once with
one key one is refused.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import msgspec

from engine.errors import Conflict, NotFound, Unavailable
from engine.payments.order import Ending
from engine.payments.subscription import Standing, Wish
from engine.ports.payments import Bill, CardForm, Hint, Page, Told
from store.providers.payment_calls import Calls, Reply, Shop, open_calls
from store.providers.payment_told import brought, heard, known, of_order, page_url

_NOT_YET = frozenset(
    {"READY", "SEND_TMS", "OPEN_PAYMENT", "SELECT_METHOD", "ARS_WAITING", "AUTH_PASSWORD"}
)
_TAKEN = frozenset({"SUCCESS_PAYMENT", "PART_CANCEL_PAYMENT", "CANCEL_PAYMENT"})
_ENDED = {
    "QUIT_PAYMENT": Ending.CANCELLED,
    "FAIL_AUTH_PASSWORD": Ending.FAILED,
    "FAIL_PAYMENT": Ending.FAILED,
}
_PLACE = "/online/v1/payment"
_NO_SUCH_TID = -721
_NO_SID = frozenset({-752, -753})  # it knows none, or that one has ended already
_KOREA = timezone(timedelta(hours=9))


class _Ready(msgspec.Struct):
    tid: str
    next_redirect_pc_url: str


class _Refusal(msgspec.Struct):
    error_code: int


class _Sum(msgspec.Struct):
    total: int = 0


class _Act(msgspec.Struct):
    payload: str = ""


class _Deal(msgspec.Struct):
    tid: str
    partner_order_id: str
    status: str
    amount: _Sum
    canceled_amount: _Sum = msgspec.field(default_factory=_Sum)
    cancel_available_amount: _Sum = msgspec.field(default_factory=_Sum)
    payment_action_details: Sequence[_Act] = ()


class _Approved(msgspec.Struct):
    sid: str = ""


class _Charged(msgspec.Struct):
    tid: str


class _Mandate(msgspec.Struct):
    available: bool
    last_approved_at: str | None = None


class KakaoPayments:
    """Takes money by KakaoPay; engine.ports.payments.PaymentProvider."""

    def __init__(self, calls: Calls, shop: Shop, cid: str, renewal_cid: str) -> None:
        self._calls = calls
        self._shop = shop
        self._cid = cid
        self._renewal_cid = renewal_cid  # of what renews; empty: nothing does

    @property
    def renews(self) -> bool:
        """Whether this shop may charge again."""
        return bool(self._renewal_cid)

    @property
    def tries(self) -> bool:
        """A mandate comes of a payment only, so nothing is free first."""
        return False

    async def begin(self, bill: Bill) -> Page:
        """Make a payment ready; nothing is taken before it is approved."""
        if bill.renews and not self.renews:
            raise Conflict("nothing renews at KakaoPay here")
        failed = self._shop.failed_to(bill.order)
        reply = await self._post(
            bill,
            "ready",
            partner_order_id=bill.order,
            partner_user_id=bill.order,  # due, and nobody's name
            item_name=bill.name,
            quantity=1,
            total_amount=bill.price.amount,
            tax_free_amount=0,
            approval_url=self._shop.back_to(bill.order),
            cancel_url=failed,
            fail_url=failed,
        )
        if not reply.good:
            raise Conflict("KakaoPay does not open a page for this order")
        ready = reply.read(_Ready)
        return Page(page_url(ready.next_redirect_pc_url, self._shop.api), ready.tid)

    def card(self, bill: Bill) -> CardForm:
        """Refuse: it has a page of its own."""
        raise NotFound("no card is shown to us")

    async def confirm(self, bill: Bill, reference: str, returned: Mapping[str, str]) -> Told:
        """Approve the payment that was made ready for this order, for our amount."""
        if "failed" in returned:
            return await self.ask(bill, reference)
        token = brought(returned, "pg_token")
        reply = await self._post(
            bill,
            "approve",
            tid=known(reference),
            partner_order_id=bill.order,
            partner_user_id=bill.order,
            pg_token=token,
            total_amount=bill.price.amount,
        )
        # Approved or refused (because it was before, or never will be): the order says which.
        told = await self.ask(bill, reference)
        return replace(told, mandate=reply.read(_Approved).sid if reply.good else "")

    async def ask(self, bill: Bill, reference: str) -> Told:
        """Ask for the order of a payment."""
        return _told(await self._deal(bill, reference))

    async def refund(self, bill: Bill, reference: str, amount: int, *, key: str) -> Told:
        """Cancel so much of a payment, unless that was done with this key before."""
        deal = await self._deal(bill, reference)
        if _has_done(deal, key):
            return _told(deal)
        reply = await self._post(
            bill,
            "cancel",
            tid=deal.tid,
            cancel_amount=amount,
            cancel_tax_free_amount=0,
            cancel_available_amount=deal.cancel_available_amount.total,
            payload=key,
        )
        now = await self._deal(bill, reference)
        if not reply.good and not _has_done(now, key):
            raise Conflict("KakaoPay does not send this money back")
        return _told(now)

    async def renew(
        self, bill: Bill, mandate: str, reference: str, *, since_ms: int, take: bool = True
    ) -> Told:
        """Charge a period by the SID, unless something was charged by it since then.

        KakaoPay knows no idempotency keys, but says when it has charged last.
        """
        if reference:
            return await self.ask(bill, reference)
        status = await self._post(bill, "manage/subscription/status", sid=mandate)
        if not status.good:
            raise NotFound("KakaoPay knows no such mandate")
        held = status.read(_Mandate)
        if _ms(held.last_approved_at) >= since_ms // 1_000 * 1_000:
            return Told("", heard(bill.price.amount))
        if not (held.available and take):
            raise Conflict("nothing is charged by this mandate")
        reply = await self._post(
            bill,
            "subscription",
            sid=mandate,
            partner_order_id=bill.order,
            partner_user_id=bill.order,
            item_name=bill.name,
            quantity=1,
            total_amount=bill.price.amount,
            tax_free_amount=0,
        )
        if not reply.good:
            raise Conflict("KakaoPay does not take this money")
        return await self.ask(bill, reply.read(_Charged).tid)

    async def steer(self, mandate: str, wish: Wish, *, key: str) -> None:
        """End the SID; KakaoPay charges only when it is asked to, so all else is nothing to it."""
        if wish is not Wish.END:
            return
        body = {"cid": self._renewal_cid, "sid": mandate}
        reply = await self._calls.post(f"{_PLACE}/manage/subscription/inactive", body)
        if not reply.good and reply.read(_Refusal).error_code not in _NO_SID:
            raise Conflict("KakaoPay does not end this mandate")

    async def standing(self, mandate: str) -> Standing | None:
        """It is we who charge."""
        return None

    async def portal(self, mandate: str, language: str) -> str:
        """Refuse: buyers see to it in KakaoTalk."""
        raise Conflict("KakaoPay has no page for this")

    async def hint(self, headers: Mapping[str, str], body: bytes, *, now_ms: int) -> Hint | None:
        """KakaoPay sends none."""
        return None

    async def _deal(self, bill: Bill, reference: str) -> _Deal:
        reply = await self._post(bill, "order", tid=known(reference))
        if not reply.good:
            if reply.read(_Refusal).error_code == _NO_SUCH_TID:
                raise NotFound("KakaoPay knows no such payment")
            raise Unavailable("KakaoPay does not say where this payment stands")
        deal = reply.read(_Deal)
        of_order(bill.order, deal.partner_order_id)
        return deal

    async def _post(self, bill: Bill, step: str, **fields: object) -> Reply:
        cid = self._renewal_cid if bill.renews else self._cid
        return await self._calls.post(f"{_PLACE}/{step}", {"cid": cid, **fields})


def _ms(told: str | None) -> int:
    """Read a time, which KakaoPay writes by the clock of Korea, in ms since 1970; 0 for none."""
    if told is None:
        return 0
    try:
        return int(datetime.fromisoformat(told).replace(tzinfo=_KOREA).timestamp()) * 1_000
    except ValueError:
        raise Unavailable("KakaoPay tells of a time that cannot be read") from None


def _has_done(deal: _Deal, key: str) -> bool:
    return any(act.payload == key for act in deal.payment_action_details)


def _told(deal: _Deal) -> Told:
    if deal.status in _TAKEN:
        return Told(deal.tid, heard(deal.amount.total, deal.canceled_amount.total))
    if deal.status in _ENDED:
        return Told(deal.tid, heard(ending=_ENDED[deal.status]))
    if deal.status in _NOT_YET:
        return Told(deal.tid, heard())
    raise Unavailable("KakaoPay tells of a state that is not known here")


@asynccontextmanager
async def open_kakao(shop: Shop, cid: str, renewal_cid: str = "") -> AsyncIterator[KakaoPayments]:
    """Keep connections to KakaoPay open while the block runs."""
    async with open_calls(shop.api, {"Authorization": f"SECRET_KEY {shop.key}"}) as calls:
        yield KakaoPayments(calls, shop, cid, renewal_cid)
