"""Cards at the double of TossPayments: its script, its window, its billing keys.

After https://docs.tosspayments.com/guides/v2/billing/integration (`requestBillingAuth`), /reference
(billing keys: issue by `authKey`, charge, delete) and /reference/error-codes, read on 2026-11-27.
A billing key is Base64, so it has characters that an address has to quote, as the real ones have.
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from api.dev_providers.door import Answer, Asked
from api.dev_providers.page import back, page, paid
from api.dev_providers.trouble import Json, reply

CLIENT_KEY = "test_ck_glimpse"
SCRIPT = "/v2/standard"
CARD_WINDOW = "/window/card"

# As the real one: an object that knows the shop, one that knows the buyer, and a window that opens.
_SCRIPT = """
const site = new URL(document.currentScript.src).origin;
window.TossPayments = (clientKey) => ({
  payment: ({ customerKey }) => ({
    requestBillingAuth: async ({ method, successUrl, failUrl }) => {
      const asked = new URLSearchParams({ clientKey, customerKey, method, successUrl, failUrl });
      location.assign(`${site}%s?${asked}`);
    },
  }),
});
"""


@dataclass
class Card:
    """What a billing key stands for."""

    customer: str
    empty: bool = False  # the bank says no from now on


@dataclass
class Cards:
    """Cards that buyers have shown; an `authKey` comes back in an address, and is good once."""

    auths: dict[str, str] = field(default_factory=dict)  # whose
    cards: dict[str, Card] = field(default_factory=dict)  # by billing key
    deleted: set[str] = field(default_factory=set)

    @property
    def _shown(self) -> int:
        """How many there were so far."""
        return len(self.auths) + len(self.cards) + len(self.deleted)

    def serves(self, asked: Asked) -> Answer | None:
        """Answer a buyer's browser; None for what is no business of cards."""
        parts = urlsplit(asked.path)
        if parts.path == SCRIPT:
            script = (_SCRIPT % CARD_WINDOW).encode()
            return Answer(200, script, (("Content-Type", "text/javascript; charset=utf-8"),))
        if parts.path != CARD_WINDOW:
            return None
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if query.get("clientKey") != CLIENT_KEY or query.get("method") != "CARD":
            return refused(400, "INVALID_CLIENT_KEY")
        if asked.method == "GET":
            return page("TossPayments", "카드 등록 · Register a card", None)
        if not paid(asked):
            return back(query["failUrl"], code="PAY_PROCESS_CANCELED")
        customer = query["customerKey"]
        brought = {"customerKey": customer, "authKey": self.shown(customer)}
        return back(query["successUrl"], **brought)

    def shown(self, customer: str) -> str:
        """Show a card in the window; gives the authKey that comes back in the address."""
        auth = f"bln_{self._shown:016d}"
        self.auths[auth] = customer
        return auth

    def issue(self, body: Json) -> Answer:
        """Change what came back for a billing key, once."""
        auth, customer = str(body.get("authKey")), str(body.get("customerKey"))
        if auth not in self.auths:
            return refused(400, "INVALID_AUTHORIZE_AUTH_KEY")
        if self.auths[auth] != customer:
            return refused(400, "NOT_MATCHES_CUSTOMER_KEY")
        del self.auths[auth]
        key = b64encode(b"\xfb\xff\xfe" + f"{self._shown:028d}".encode()).decode()
        self.cards[key] = Card(customer)
        return reply(200, mId="tosspayments", customerKey=customer, method="카드", billingKey=key)

    def refuses(self, key: str, body: Json) -> Answer | None:
        """Say why a billing key cannot be charged; None: it can."""
        card = self.cards.get(key)
        if card is None:
            return refused(400, "INVALID_BILL_KEY_REQUEST")
        if card.customer != body.get("customerKey"):
            return refused(400, "NOT_MATCHES_CUSTOMER_KEY")
        return refused(403, "REJECT_CARD_PAYMENT") if card.empty else None

    def delete(self, key: str) -> Answer:
        """Forget a card for good."""
        if self.cards.pop(key, None) is None:
            return refused(404, "NOT_FOUND")
        self.deleted.add(key)
        return reply(200, billingKey=key)


def refused(status: int, code: str) -> Answer:
    """Refuse as Toss does."""
    return reply(status, code=code, message="결제를 처리할 수 없어요.")


def read(asked: Asked) -> Json:
    """Read a body of JSON."""
    body: Json = json.loads(asked.body)
    return body
