"""Doubles of two providers of text messages: they check what they are sent as the real ones do."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qs

from api.dev_providers.door import Answer, Asked

Taken = tuple[str, str, str]  # to, from, text

SOLAPI_KEY, SOLAPI_SECRET = "NCSAAAAAAAAAAAAA", "solapi-secret"
TWILIO_ACCOUNT, TWILIO_TOKEN = "AC0123456789abcdef", "twilio-token"


@dataclass
class Solapi:
    """Solapi; `faults` are its next answers, before it does its work again."""

    taken: list[Taken] = field(default_factory=list)
    salts: set[str] = field(default_factory=set)
    faults: list[Answer] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        """Take one message."""
        if self.faults:
            return self.faults.pop(0)
        if (asked.method, asked.path) != ("POST", "/messages/v4/send"):
            return Answer(404)
        scheme, _, rest = asked.headers["Authorization"].partition(" ")
        given = dict(part.split("=", 1) for part in rest.split(", "))
        signed = (given["date"] + given["salt"]).encode()
        wanted = hmac.digest(SOLAPI_SECRET.encode(), signed, sha256).hex()
        fresh = given["salt"] not in self.salts
        if (scheme, given["apiKey"]) != ("HMAC-SHA256", SOLAPI_KEY) or not fresh:
            return Answer(403, b'{"errorCode":"InvalidAPIKey"}')
        if given["signature"] != wanted:
            return Answer(403, b'{"errorCode":"SignatureDoesNotMatch"}')
        self.salts.add(given["salt"])
        message = json.loads(asked.body)["message"]
        self.taken.append((message["to"], message["from"], message["text"]))
        return Answer(200, b'{"statusCode":"2000","statusMessage":"ok","messageId":"M4V"}')


@dataclass
class Twilio:
    """Twilio; `faults` are its next answers, before it does its work again."""

    taken: list[Taken] = field(default_factory=list)
    faults: list[Answer] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        """Take one message."""
        if self.faults:
            return self.faults.pop(0)
        wanted = b64encode(f"{TWILIO_ACCOUNT}:{TWILIO_TOKEN}".encode()).decode()
        if asked.headers.get("Authorization") != f"Basic {wanted}":
            return Answer(401, b'{"code":20003}')
        if asked.path != f"/2010-04-01/Accounts/{TWILIO_ACCOUNT}/Messages.json":
            return Answer(404, b'{"code":20404}')
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        self.taken.append((form["To"], form["From"], form["Body"]))
        return Answer(201, b'{"sid":"SM1","status":"queued","error_code":null}')


Double = Solapi | Twilio
Make = Callable[[], Double]
