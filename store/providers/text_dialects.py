"""How providers of text messages want to be spoken to: a plain POST, Solapi's way, Twilio's way."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol
from urllib.parse import quote

import httpx
import msgspec

_SALT_BYTES = 16

# Solapi's word for "registered"; Twilio's words for what will not arrive.
_SOLAPI_TAKEN = "2000"
_TWILIO_LOST = frozenset({"failed", "undelivered", "canceled"})


class Dialect(Protocol):
    """One provider's form of a message, and how it says that it has taken it."""

    def request(self, phone: str, text: str) -> httpx.Request:
        """Write the request for one message."""

    def took(self, body: bytes) -> bool:
        """Say whether a success really is one."""


@dataclass(frozen=True, slots=True)
class PlainTexts:
    """`POST {to, text}` with a bearer token: for a gateway of one's own."""

    url: str
    token: str

    def request(self, phone: str, text: str) -> httpx.Request:
        """Write the request for one message."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Request("POST", self.url, headers=headers, json={"to": phone, "text": text})

    def took(self, body: bytes) -> bool:  # the status says all
        """Say whether a success really is one."""
        return True


class _SolapiAnswer(msgspec.Struct):
    status: str = msgspec.field(name="statusCode", default="")


@dataclass(frozen=True, slots=True)
class SolapiTexts:
    """Solapi: each request is signed with its time and a salt."""

    url: str
    key: str
    secret: str
    sender: str
    now_ms: Callable[[], int]
    random: Callable[[int], bytes]

    def request(self, phone: str, text: str) -> httpx.Request:
        """Write the request for one message."""
        date = datetime.fromtimestamp(self.now_ms() / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        salt = self.random(_SALT_BYTES).hex()
        signature = hmac.digest(self.secret.encode(), (date + salt).encode(), sha256).hex()
        headers = {
            "Authorization": f"HMAC-SHA256 apiKey={self.key}, date={date}, salt={salt}, "
            f"signature={signature}"
        }
        # Solapi takes numbers of Korea in their national form.
        to = "0" + phone.removeprefix("+82") if phone.startswith("+82") else phone
        message = {"message": {"to": to, "from": self.sender, "text": text}}
        url = f"{self.url.rstrip('/')}/messages/v4/send"
        return httpx.Request("POST", url, headers=headers, json=message)

    def took(self, body: bytes) -> bool:
        """Say whether a success really is one."""
        try:
            answer = msgspec.json.decode(body, type=_SolapiAnswer)
        except (msgspec.DecodeError, RecursionError):
            return False
        return answer.status == _SOLAPI_TAKEN


class _TwilioAnswer(msgspec.Struct):
    sid: str
    status: str


@dataclass(frozen=True, slots=True)
class TwilioTexts:
    """Twilio: a form under the account's address, with basic authentication."""

    url: str
    account: str
    token: str
    sender: str

    def request(self, phone: str, text: str) -> httpx.Request:
        """Write the request for one message."""
        account = quote(self.account, safe="")
        url = f"{self.url.rstrip('/')}/2010-04-01/Accounts/{account}/Messages.json"
        form = {"To": phone, "From": self.sender, "Body": text}
        auth = httpx.BasicAuth(self.account, self.token)
        return next(auth.auth_flow(httpx.Request("POST", url, data=form)))

    def took(self, body: bytes) -> bool:
        """Say whether a success really is one."""
        try:
            answer = msgspec.json.decode(body, type=_TwilioAnswer)
        except (msgspec.DecodeError, RecursionError):
            return False
        return bool(answer.sid) and answer.status not in _TWILIO_LOST
