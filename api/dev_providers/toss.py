"""A double of TossPayments: its window, confirm, queries, cancels, cards and webhooks.

After https://docs.tosspayments.com/reference and /reference/error-codes, read in November 2026.
Its window is a page with two buttons, so that a browser can buy in dev.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from api.dev_providers.door import Answer, Asked
from api.dev_providers.page import back, page, paid
from api.dev_providers.toss_cards import Cards, read, refused
from api.dev_providers.trouble import Idempotency, Json, Troubles, reply

KEY = "test_sk_glimpse"
STAMP = "2026-11-26T12:00:00+09:00"
WINDOW = "/window/"

BROKEN = reply(500, code="FAILED_INTERNAL_SYSTEM_PROCESSING", message="내부 오류예요.")


@dataclass
class Payment:
    """One payment as Toss keeps it."""

    key: str
    order: str
    amount: int
    declined: bool = False
    status: str = "IN_PROGRESS"
    kind: str = "NORMAL"
    cancels: list[Json] = field(default_factory=list)
    name: str = "Glimpse"
    currency: str = "KRW"
    success_url: str = ""
    fail_url: str = ""
    checkout: str = ""

    @property
    def balance(self) -> int:
        """What has not been given back."""
        taken = self.status in ("DONE", "CANCELED", "PARTIAL_CANCELED")
        return self.amount - sum(int(str(c["cancelAmount"])) for c in self.cancels) if taken else 0

    def object(self) -> Json:
        """Write the Payment object."""
        return {
            "mId": "tosspayments",
            "version": "2024-06-01",
            "paymentKey": self.key,
            "orderId": self.order,
            "orderName": self.name,
            "status": self.status,
            "requestedAt": STAMP,
            "approvedAt": STAMP if self.balance or self.cancels else None,
            "type": self.kind,
            "method": "카드",
            "currency": self.currency,
            "totalAmount": self.amount,
            "balanceAmount": self.balance,
            "cancels": self.cancels or None,
            "checkout": {"url": self.checkout} if self.checkout else None,
            "receipt": {"url": f"{self.checkout}/receipt"} if self.balance else None,
        }


@dataclass
class Toss:
    """TossPayments; `hooks` are the webhooks it would send, oldest first."""

    payments: dict[str, Payment] = field(default_factory=dict)
    hooks: list[bytes] = field(default_factory=list)
    troubles: Troubles = field(default_factory=Troubles)
    keys: Idempotency = field(default_factory=Idempotency)
    contradicts: dict[str, str] = field(default_factory=dict)  # status told once, by order
    cards: Cards = field(default_factory=Cards)

    # ------------------------------------------------------------------ what a buyer does
    def window(self, order: str, amount: int, *, declined: bool = False) -> str:
        """Pay in its window; gives the paymentKey that comes back in the address."""
        payment = self._new(order, amount)
        payment.declined = declined
        self._hook(payment)
        return payment.key

    def _new(self, order: str, amount: int) -> Payment:
        key = f"tviva{len(self.payments):018d}"
        self.payments[key] = Payment(key, order, amount)
        return self.payments[key]

    def expire(self, key: str) -> None:
        """Let the ten minutes pass in which a payment can be confirmed."""
        self._becomes(self.payments[key], "EXPIRED")

    def taken(self, order: str) -> int:
        """Say what was taken for an order and not given back, in won."""
        return sum(p.balance for p in self.payments.values() if p.order == order)

    # ------------------------------------------------------------------ what a shop asks
    def __call__(self, asked: Asked) -> Answer:
        """Answer one request: of a shop, or of a buyer's browser."""
        if (served := self.cards.serves(asked)) is not None:
            return served
        if asked.path.startswith(WINDOW):
            return self._window(asked)
        wanted = f"Basic {b64encode(f'{KEY}:'.encode()).decode()}"
        if asked.headers.get("Authorization") != wanted:
            return refused(401, "UNAUTHORIZED_KEY")
        route = (asked.method, asked.path)
        if route == ("POST", "/v1/payments"):
            return self._write("create", asked, lambda: self._create(asked))
        if route == ("POST", "/v1/payments/confirm"):
            return self._write("confirm", asked, lambda: self._confirm(read(asked)))
        if route == ("POST", "/v1/billing/authorizations/issue"):
            return self._write("issue", asked, lambda: self.cards.issue(read(asked)))
        if found := re.fullmatch(r"/v1/billing/([^/]+)", asked.path):
            return self._card(asked, unquote(found[1]))
        if found := re.fullmatch(r"/v1/payments/([^/]+)/cancel", asked.path):
            key = unquote(found[1])
            return self._write("cancel", asked, lambda: self._cancel(key, read(asked)))
        if found := re.fullmatch(r"/v1/payments/(orders/)?([^/]+)", asked.path):
            name, find = unquote(found[2]), self._of_order if found[1] else self.payments.get
            return self.troubles.around("query", lambda: self._query(find(name)), BROKEN)
        return refused(404, "NOT_FOUND")

    def _write(self, step: str, asked: Asked, do: Callable[[], Answer]) -> Answer:
        return self.troubles.around(
            step, lambda: self.keys.once(asked.headers, asked.body, do), BROKEN
        )

    def _create(self, asked: Asked) -> Answer:
        body = read(asked)
        order, amount = str(body.get("orderId")), body.get("amount")
        wanted = {"method", "orderName", "successUrl", "failUrl"}
        if wanted - body.keys() or not isinstance(amount, int) or amount < 1:
            return refused(400, "INVALID_REQUEST")
        if self._is_paid(order):
            return refused(400, "DUPLICATED_ORDER_ID")
        payment = self._new(order, amount)
        payment.status, payment.name = "READY", str(body["orderName"])
        payment.success_url, payment.fail_url = str(body["successUrl"]), str(body["failUrl"])
        payment.checkout = f"{asked.site}{WINDOW}{payment.key}"
        return reply(200, **payment.object())

    def _is_paid(self, order: str) -> bool:
        return any(p.order == order and p.balance for p in self.payments.values())

    def _card(self, asked: Asked, key: str) -> Answer:
        """Charge a card, or forget it."""
        if asked.method == "DELETE":
            return self.troubles.around("forget", lambda: self.cards.delete(key), BROKEN)
        if asked.method != "POST":
            return refused(404, "NOT_FOUND")
        return self._write("charge", asked, lambda: self._charge(key, asked))

    def _charge(self, key: str, asked: Asked) -> Answer:
        body = read(asked)
        order, amount = str(body.get("orderId")), body.get("amount")
        if "orderName" not in body or not isinstance(amount, int) or amount < 1:
            return refused(400, "INVALID_REQUEST")
        if (refusal := self.cards.refuses(key, body)) is not None:
            return refusal
        if self._is_paid(order):
            return refused(400, "DUPLICATED_ORDER_ID")
        payment = self._new(order, amount)
        payment.name, payment.kind = str(body["orderName"]), "BILLING"
        payment.checkout = f"{asked.site}{WINDOW}{payment.key}"
        self._becomes(payment, "DONE")
        return reply(200, **payment.object())

    def _window(self, asked: Asked) -> Answer:
        payment = self.payments.get(asked.path.removeprefix(WINDOW))
        if payment is None or payment.status not in ("READY", "IN_PROGRESS"):
            return refused(404, "NOT_FOUND_PAYMENT_SESSION")
        if asked.method == "GET":
            return page("TossPayments", payment.name, payment.amount)
        if not paid(asked):
            self._becomes(payment, "ABORTED")
            return back(payment.fail_url, code="REJECT_CARD_COMPANY", orderId=payment.order)
        self._becomes(payment, "IN_PROGRESS")
        brought = {"paymentKey": payment.key, "orderId": payment.order}
        return back(payment.success_url, **brought, amount=str(payment.amount))

    def _confirm(self, body: Json) -> Answer:
        payment = self.payments.get(str(body.get("paymentKey")))
        if payment is None or payment.status == "EXPIRED":
            return refused(404, "NOT_FOUND_PAYMENT_SESSION")
        if payment.status != "IN_PROGRESS":
            return refused(400, "ALREADY_PROCESSED_PAYMENT")
        if (body.get("orderId"), body.get("amount")) != (payment.order, payment.amount):
            return refused(400, "INVALID_REQUEST")
        if payment.declined:
            self._becomes(payment, "ABORTED")
            return refused(403, "REJECT_CARD_COMPANY")
        self._becomes(payment, "DONE")
        return reply(200, **payment.object())

    def _query(self, payment: Payment | None) -> Answer:
        if payment is None:
            return refused(404, "NOT_FOUND_PAYMENT")
        told = self.contradicts.pop(payment.order, None)
        return reply(200, **payment.object() | ({"status": told} if told else {}))

    def _of_order(self, order: str) -> Payment | None:
        return next((p for p in reversed(self.payments.values()) if p.order == order), None)

    def _cancel(self, key: str, body: Json) -> Answer:
        payment = self.payments.get(key)
        if payment is None:
            return refused(404, "NOT_FOUND_PAYMENT")
        if payment.status == "CANCELED":
            return refused(400, "ALREADY_CANCELED_PAYMENT")
        amount = body.get("cancelAmount", payment.balance)
        if not body.get("cancelReason") or not isinstance(amount, int) or amount < 1:
            return refused(400, "INVALID_REQUEST")
        if amount > payment.balance:
            return refused(403, "NOT_CANCELABLE_AMOUNT")
        number = f"{key}-{len(payment.cancels)}"
        payment.cancels.append(
            {
                "cancelAmount": amount,
                "cancelReason": body["cancelReason"],
                "canceledAt": STAMP,
                "cancelStatus": "DONE",
                "transactionKey": number,
            }
        )
        self._becomes(payment, "PARTIAL_CANCELED" if payment.balance else "CANCELED")
        return reply(200, **payment.object())

    def _becomes(self, payment: Payment, status: str) -> None:
        payment.status = status
        self._hook(payment)

    def _hook(self, payment: Payment) -> None:
        event = {
            "eventType": "PAYMENT_STATUS_CHANGED",
            "createdAt": "2026-11-26T12:00:00.000000",
            "data": payment.object(),
        }
        self.hooks.append(json.dumps(event).encode())
