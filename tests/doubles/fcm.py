"""A double of FCM: takes messages over HTTP, gives access tokens, and answers as a test says.

After https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages and /ErrorCode, read
in November 2026. It checks what FCM checks of a message; what it was sent stays as the bytes were.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from api.dev_providers.door import Answer, Asked, Door, open_door

PROJECT = "glimpse-test"
SEND = f"/v1/projects/{PROJECT}/messages:send"
TOKENS = "/token"
ACCESS = "access-of-the-double"

_DETAIL = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}
_STATUS |= {404: "NOT_FOUND"}
_STATUS |= {429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}


def refusal(status: int, code: str | None = None, *headers: tuple[str, str]) -> Answer:
    """Refuse as FCM does."""
    error: dict[str, object] = {"code": status, "message": "no", "status": _STATUS[status]}
    if code is not None:
        error["details"] = [{"@type": _DETAIL, "errorCode": code}]
    return Answer(status, json.dumps({"error": error}).encode(), headers)


@dataclass
class Fcm:
    """What was sent, and what is answered."""

    door: Door | None = None
    sent: list[bytes] = field(default_factory=list)  # bodies that were taken, as they came
    trouble: dict[str, Answer] = field(default_factory=dict)  # by token
    for_all: Answer | None = None  # also where access tokens are given
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self.door is not None
        return self.door.url

    @property
    def asked(self) -> list[Asked]:
        """What it was asked to send, also in vain."""
        assert self.door is not None
        return [one for one in self.door.asked if one.path == SEND]

    def forget(self) -> None:
        """Be as at the start: nothing was asked, and all is well."""
        assert self.door is not None
        self.door.asked.clear()
        self.sent.clear()
        self.trouble.clear()
        self.for_all = None

    def account(self) -> dict[str, str]:
        """Return a service account that is at home here."""
        return {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "1",
            "private_key": _key(),
            "client_email": f"pushes@{PROJECT}.iam.gserviceaccount.com",
            "client_id": "1",
            "token_uri": f"{self.url}{TOKENS}",
        }

    def tokens(self) -> list[str]:
        """Return to which devices something was sent, in order."""
        with self._lock:
            return [json.loads(body)["message"]["token"] for body in self.sent]

    def answer(self, asked: Asked) -> Answer:
        """Answer one call."""
        if self.for_all is not None:
            return self.for_all
        if (asked.method, asked.path) == ("POST", TOKENS):
            return _json(access_token=ACCESS, token_type="Bearer", expires_in=3600)
        if (asked.method, asked.path) != ("POST", SEND):
            return refusal(404)
        headers = {name.casefold(): value for name, value in asked.headers.items()}
        if headers.get("authorization") != f"Bearer {ACCESS}":
            return refusal(401)
        return self._take(asked.body)

    def _take(self, body: bytes) -> Answer:
        message = json.loads(body)["message"]
        token = message["token"]
        if token in self.trouble:
            return self.trouble[token]
        if not isinstance(message["notification"]["title"], str):
            return refusal(400, "INVALID_ARGUMENT")
        with self._lock:
            self.sent.append(body)
        return _json(name=f"projects/{PROJECT}/messages/{len(self.sent)}")


@contextmanager
def open_double() -> Iterator[Fcm]:
    """Serve while the block runs."""
    fcm = Fcm()
    with open_door(fcm.answer) as door:
        fcm.door = door
        yield fcm


def _json(**fields: object) -> Answer:
    return Answer(200, json.dumps(fields).encode(), (("Content-Type", "application/json"),))


@cache
def _key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, form, serialization.NoEncryption()).decode()
