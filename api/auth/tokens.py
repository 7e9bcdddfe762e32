"""Tokens: sealed access tokens that tell a client nothing, and random refresh tokens.

An access token is encrypted, not only signed, because it holds the account id and that never
leaves the server. Time is an argument everywhere.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

import msgspec
from cryptography.fernet import InvalidToken, MultiFernet

from engine.errors import Unauthenticated
from engine.ids import AccountId, DeviceId
from engine.limits import ACCESS_TOKEN_CHARS_MAX

AUDIENCE = "glimpse.v1"
REFRESH_BYTES = 32

_REFRESH = re.compile(r"[A-Za-z0-9_-]{43}\Z")


@dataclass(frozen=True, slots=True)
class Claims:
    """Who holds a token, until when."""

    account: AccountId
    device: DeviceId
    expires_at_ms: int


class _Sealed(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    audience: str
    account: str
    device: str
    issued_ms: int


class Issuer:
    """Writes access tokens."""

    def __init__(self, box: MultiFernet) -> None:
        self._box = box

    def issue(self, account: AccountId, device: DeviceId, *, now_ms: int) -> str:
        """Return an access token that is good from now on."""
        sealed = _Sealed(AUDIENCE, account, device, now_ms)
        return self._box.encrypt_at_time(msgspec.json.encode(sealed), now_ms // 1000).decode()


class Verifier:
    """Reads access tokens; whether their device was signed out meanwhile only the store knows."""

    def __init__(self, box: MultiFernet, *, ttl_s: int) -> None:
        self._box = box
        self._ttl_s = ttl_s
        self._decoder = msgspec.json.Decoder(_Sealed)

    def verify(self, token: str, now_ms: int) -> Claims:
        """Return what the token says; raises Unauthenticated for any other text."""
        if len(token) > ACCESS_TOKEN_CHARS_MAX or not token.isascii():
            raise Unauthenticated("this is not an access token")
        try:
            data = self._box.decrypt_at_time(token.encode(), self._ttl_s, now_ms // 1000)
            sealed = self._decoder.decode(data)
        except (InvalidToken, msgspec.DecodeError):
            raise Unauthenticated("this access token is not good, or not any more") from None
        expires_at_ms = sealed.issued_ms + self._ttl_s * 1000
        if sealed.audience != AUDIENCE or now_ms >= expires_at_ms:
            raise Unauthenticated("this access token is not good, or not any more")
        return Claims(AccountId(sealed.account), DeviceId(sealed.device), expires_at_ms)


def refresh_token(secret: bytes) -> str:
    """Write a refresh token."""
    assert len(secret) == REFRESH_BYTES
    return urlsafe_b64encode(secret).decode().rstrip("=")


def refresh_digest(token: str) -> bytes:
    """Return what is stored of a refresh token; raises Unauthenticated for any other text.

    A plain hash is enough: nobody guesses 256 random bits.
    """
    if not _REFRESH.match(token):
        raise Unauthenticated("this is not a refresh token")
    return sha256(token.encode()).digest()
