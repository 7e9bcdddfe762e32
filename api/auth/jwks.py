"""A set of public keys that rotates: read again in time, and kept through an outage."""

from __future__ import annotations

from collections.abc import Mapping

import jwt
import trio
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from api.observe.logging import get_logger
from engine.errors import BadFrame, Unauthenticated, Unavailable
from engine.limits_outside import (
    CLERK_ASK_EVERY_S,
    CLERK_KEYS_FRESH_S,
    CLERK_KEYS_KEPT_S,
    CLERK_KEYS_MAX,
)
from engine.ports.clerk import KeySource
from engine.wire.strict_json import parse_object

# Shorter keys can be factored by whoever pays for it.
_RSA_BITS_MIN = 2_048

_log = get_logger("clerk")


class KeySet:
    """The keys of one issuer by name. Nothing in a token says where they are read."""

    def __init__(self, source: KeySource) -> None:
        self._source = source
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._read_ms: int | None = None
        self._asked_ms: int | None = None
        self._asking = trio.Lock()

    async def key(self, kid: str, *, now_ms: int) -> RSAPublicKey:
        """Return a key; raises Unauthenticated for one that is not known, Unavailable without any.

        Who asks for a known key does not wait for another's look at whether it still is one.
        """
        if self._is_due(kid, now_ms) and not (kid in self._keys and self._asking.locked()):
            async with self._asking:
                if self._is_due(kid, now_ms):
                    await self._ask(now_ms)
        if self._read_ms is None or not _within(self._read_ms, now_ms, CLERK_KEYS_KEPT_S):
            raise Unavailable("the keys of Clerk cannot be read")
        try:
            return self._keys[kid]
        except KeyError:
            raise Unauthenticated("this session token is not good, or not any more") from None

    def _is_due(self, kid: str, now_ms: int) -> bool:
        if self._asked_ms is not None and _within(self._asked_ms, now_ms, CLERK_ASK_EVERY_S):
            return False
        fresh = self._read_ms is not None and _within(self._read_ms, now_ms, CLERK_KEYS_FRESH_S)
        return not (fresh and kid in self._keys)

    async def _ask(self, now_ms: int) -> None:
        self._asked_ms = now_ms
        try:
            self._keys = read_keys(await self._source.fetch())
        except Unavailable:
            _log.warning("keys_not_read", held=len(self._keys))
        else:
            self._read_ms = now_ms


def read_keys(document: bytes) -> Mapping[str, RSAPublicKey]:
    """Return the keys of a JWKS document that sign with RS256; raises Unavailable."""
    try:
        keys = parse_object(document).get("keys")
    except BadFrame:
        keys = None
    if not isinstance(keys, list) or len(keys) > CLERK_KEYS_MAX:
        raise Unavailable("the keys of Clerk make no sense")
    found = {}
    for one in keys:
        key = _key(one) if isinstance(one, dict) else None
        if key is not None:
            found[one["kid"]] = key
    if not found:
        raise Unavailable("none of the keys of Clerk can be used")
    return found


def _key(fields: dict[str, object]) -> RSAPublicKey | None:
    """Return the one key, or None where it is of another kind or too weak."""
    meant = (fields.get("kty"), fields.get("alg", "RS256"), fields.get("use", "sig"))
    if meant != ("RSA", "RS256", "sig") or not isinstance(fields.get("kid"), str):
        return None
    try:
        key = jwt.PyJWK.from_dict(fields, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if not isinstance(key, RSAPublicKey) or key.key_size < _RSA_BITS_MIN:
        return None  # a private key that somebody published is no key to trust
    return key


def _within(then_ms: int, now_ms: int, seconds: float) -> bool:
    """Say whether a moment was so short ago; a clock that was set back has left it long ago."""
    return 0 <= now_ms - then_ms < seconds * 1000
