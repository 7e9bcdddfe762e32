"""A double of Clerk: its own keys, its session tokens, its JWKS with every fault, its webhooks."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256

import jwt
import trio
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from engine.errors import Unavailable

ISSUER = "https://clerk.glimpse.example"
PARTY = "https://app.glimpse.example"
WEBHOOK_KEY = b"twenty-four bytes of key"
WEBHOOK_SECRET = f"whsec_{b64encode(WEBHOOK_KEY).decode()}"

Json = dict[str, object]


@cache
def rsa_key(name: str, bits: int = 2_048) -> rsa.RSAPrivateKey:
    """Make the key of a name, once in a run."""
    assert name
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    """Write the public half as PEM: what an attacker of old signed HS256 tokens with."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def jwk(kid: str, key: rsa.RSAPrivateKey) -> Json:
    """Write the public half as Clerk publishes it."""
    fields: Json = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {**fields, "kid": kid, "use": "sig", "alg": "RS256"}


def segment(data: bytes) -> str:
    """Write one part of a token."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Clerk:
    """One instance of Clerk; `kids` are its keys, of which the first signs."""

    kids: list[str] = field(default_factory=lambda: ["ins_one"])
    down: bool = False
    delay_s: float = 0.0
    body: bytes | None = None  # in place of the document
    fetches: int = 0

    async def fetch(self) -> bytes:
        """Answer as its JWKS address does; engine.ports.clerk.KeySource."""
        self.fetches += 1
        await trio.sleep(self.delay_s)
        if self.down:
            raise Unavailable
        return self.document()

    def document(self) -> bytes:
        """Write the JWKS document."""
        if self.body is not None:
            return self.body
        return json.dumps({"keys": [jwk(kid, rsa_key(kid)) for kid in self.kids]}).encode()

    def claims(self, now_ms: int, **changes: object) -> Json:
        """Say what a session token says; a change to None leaves a claim out."""
        now_s = now_ms // 1000
        claims: Json = {
            "azp": PARTY,
            "exp": now_s + 60,
            "iat": now_s,
            "iss": ISSUER,
            "nbf": now_s - 10,
            "sid": "sess_2aAbBcC",
            "sub": "user_2dDeEfF",
            "sts": "active",
            "v": 2,
        } | changes
        return {name: value for name, value in claims.items() if value is not None}

    def token(
        self, now_ms: int, headers: Mapping[str, object] | None = None, **changes: object
    ) -> str:
        """Make a session token."""
        return self.sign(json.dumps(self.claims(now_ms, **changes)).encode(), headers)

    def sign(
        self,
        payload: bytes,
        headers: Mapping[str, object] | None = None,
        key: rsa.RSAPrivateKey | None = None,
    ) -> str:
        """Sign whatever bytes with RS256, under headers that may be changed."""
        fields = {"alg": "RS256", "kid": self.kids[0], "typ": "JWT", "cat": "cl_B7d4PD111AAA"}
        head = json.dumps(fields | dict(headers or {})).encode()
        return self.sign_raw(head, payload, key)

    def sign_raw(self, head: bytes, payload: bytes, key: rsa.RSAPrivateKey | None = None) -> str:
        """Sign a header as it is written."""
        content = f"{segment(head)}.{segment(payload)}"
        signer = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
        signature = signer.sign(content.encode(), key or rsa_key(self.kids[0]))
        return f"{content}.{segment(signature)}"


def event(kind: str, **data: object) -> bytes:
    """Write an event as Clerk does."""
    return json.dumps({"object": "event", "type": kind, "data": data}).encode()


def svix(
    body: bytes, *, event_id: str = "msg_1", now_ms: int, key: bytes = WEBHOOK_KEY
) -> dict[str, str]:
    """Sign a webhook as Svix does."""
    stamp = str(now_ms // 1000)
    signature = hmac.digest(key, f"{event_id}.{stamp}.".encode() + body, sha256)
    return {
        "svix-id": event_id,
        "svix-timestamp": stamp,
        "svix-signature": f"v1,{b64encode(signature).decode()}",
    }
