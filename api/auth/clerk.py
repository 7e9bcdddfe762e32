"""Clerk at the door: session tokens verified, its ids hashed, its webhooks believed or not."""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import jwt

from api.auth.jwks import KeySet
from engine.errors import BadFrame, Unauthenticated
from engine.limits_outside import (
    CLERK_TOKEN_CHARS_MAX,
    WEBHOOK_WINDOW_S,
)
from engine.model.clerk import ClerkSession, ClerkTerms, check_claims
from engine.ports.clerk import ClerkKey
from engine.wire.strict_json import parse_object

# What a header may say. `jku`, `x5u`, `jwk` and `crit` would name keys or rules of their own.
_HEADERS = frozenset({"alg", "kid", "typ", "cat"})
_KID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")

_EVENT_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
_UNIX_S = re.compile(r"[0-9]{1,12}\Z")
_SIGNATURES_MAX = 8

# Svix writes its secrets with this in front.
_SECRET_PREFIX = "whsec_"  # noqa: S105  # what stands before every one


@dataclass(frozen=True, slots=True)
class Clerk:
    """All that is needed to let people in by Clerk."""

    terms: ClerkTerms
    keys: KeySet
    id_key: bytes
    webhook_key: bytes | None

    async def session(self, token: str, *, now_ms: int) -> ClerkSession:
        """Return whose session a token is of; raises Unauthenticated, Unavailable."""
        kid = _kid_of(token)
        key = await self.keys.key(kid, now_ms=now_ms)
        try:
            payload = jwt.PyJWS().decode(token, key, algorithms=["RS256"])
            claims = parse_object(payload)
        except (jwt.PyJWTError, BadFrame):
            raise _refusal() from None
        return check_claims(claims, self.terms, now_ms=now_ms)

    def key_of(self, user: str, session: str = "") -> ClerkKey:
        """Return Clerk's ids as they are found here."""
        return ClerkKey(user=self._digest("user", user), session=self._digest("session", session))

    def _digest(self, kind: str, name: str) -> bytes:
        return hmac.digest(self.id_key, f"{kind} {name}".encode(), sha256) if name else b""


def _kid_of(token: str) -> str:
    """Name the key of a token that is written as all of ours would be; raises Unauthenticated."""
    if len(token) > CLERK_TOKEN_CHARS_MAX or not token.isascii():
        raise _refusal()
    try:
        header, *rest = [_bytes_of(part) for part in token.split(".")]
        fields = parse_object(header)
    except (ValueError, BadFrame):
        raise _refusal() from None
    kid = fields.get("kid")
    plain = fields.keys() <= _HEADERS and fields.get("typ", "JWT") == "JWT"
    if len(rest) != 2 or not plain or fields.get("alg") != "RS256":  # noqa: PLR2004  # payload, signature
        raise _refusal()
    if not isinstance(kid, str) or not _KID.match(kid):
        raise _refusal()
    return kid


def _bytes_of(part: str) -> bytes:
    """Read base64url in its one written form: another text must not be the same token."""
    data = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if urlsafe_b64encode(data).rstrip(b"=") != part.encode():
        raise ValueError("this is not how it is written")
    return data


def _refusal() -> Unauthenticated:
    return Unauthenticated("this session token is not good, or not any more")


def parse_webhook_secret(text: str) -> bytes:
    """Return the key of a Svix secret; raises ValueError."""
    try:
        key = b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("it is not whsec_ and base64") from None
    if len(key) < 16:  # noqa: PLR2004  # Svix gives 24 bytes
        raise ValueError("it is too short")
    return key


def check_signature(key: bytes, header: Callable[[str], str], body: bytes, *, now_ms: int) -> str:
    """Return the id of a webhook that Svix has signed just now; raises Unauthenticated."""
    event_id, stamp, given = (header(f"svix-{name}") for name in ("id", "timestamp", "signature"))
    if not _EVENT_ID.match(event_id) or not _UNIX_S.match(stamp):
        raise Unauthenticated("this is not signed")
    signed = hmac.digest(key, f"{event_id}.{stamp}.".encode() + body, sha256)
    wanted = b"v1," + b64encode(signed)
    # All are compared, so that the time says nothing of which one was nearest.
    good = [hmac.compare_digest(wanted, one.encode()) for one in given.split(" ")[:_SIGNATURES_MAX]]
    if not any(good):
        raise Unauthenticated("this is not signed")
    if abs(now_ms / 1000 - int(stamp)) > WEBHOOK_WINDOW_S:
        raise Unauthenticated("this was signed at another time")
    return event_id
