"""Phone numbers and sign-in codes as they are stored: hashed under a key, or sealed."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256

from cryptography.fernet import MultiFernet

from api.addresses import subscriber
from engine.model.code_caps import HOUR_S, Cap
from engine.model.policy import SignInPolicy
from engine.ports.accounts import PhoneKey

CODE_DIGITS = 6

DAY_S = 24 * HOUR_S

# Ranges of numbers are rented by the ten thousand: their messages are what pumping is paid for.
PREFIX_LESS_DIGITS = 4

# Random bytes for one code: 2^64 is so far above 10^6 that no code is noticeably more likely.
CODE_BYTES = 8


class Phones:
    """The number space is small enough to be tried out, so every hash of it takes a key."""

    def __init__(self, *, digest_key: bytes, code_key: bytes, box: MultiFernet) -> None:
        self._digest_key = digest_key
        self._code_key = code_key
        self._box = box

    def key(self, phone: str) -> PhoneKey:
        """Return the stored forms of a number in its one written form."""
        digest = hmac.digest(self._digest_key, phone.encode(), sha256)
        # The moment of sealing says when somebody signed in; nobody needs it.
        return PhoneKey(digest=digest, sealed=self._box.encrypt_at_time(phone.encode(), 0))

    def open(self, sealed: bytes) -> str:
        """Return the number again, to send to it."""
        return self._box.decrypt(sealed).decode()

    def code_caps(self, phone: str, peer: str | None, policy: SignInPolicy) -> Sequence[Cap]:
        """Name what a code counts against beside its number, the narrow before the wide.

        `peer` is the address that asks; None where it says nothing of whose one it is.
        """
        prefix = phone[:-PREFIX_LESS_DIGITS]
        caps = [
            self._cap(f"prefix {prefix}", HOUR_S, policy.codes_per_prefix_hour_max),
            self._cap("all hour", HOUR_S, policy.codes_per_hour_total_max),
            self._cap("all day", DAY_S, policy.codes_per_day_total_max),
        ]
        if peer is not None:
            most = policy.codes_per_address_hour_max
            caps.insert(0, self._cap(f"address {subscriber(peer)}", HOUR_S, most))
        return caps

    def try_caps(self, phone: str, peer: str | None, policy: SignInPolicy) -> Sequence[Cap]:
        """Name what a wrong code counts against."""
        caps = [self._cap(f"wrong number {phone}", HOUR_S, policy.wrong_codes_per_hour_max)]
        if peer is not None:
            most = policy.wrong_codes_per_address_hour_max
            caps.append(self._cap(f"wrong address {subscriber(peer)}", HOUR_S, most))
        return caps

    def _cap(self, what: str, window_s: int, most: int) -> Cap:
        return Cap(hmac.digest(self._code_key, f"cap {what}".encode(), sha256), window_s, most)

    def code_digest(self, phone: PhoneKey, code: str) -> bytes:
        """Return what is stored of a code; the same code of another number differs."""
        return hmac.digest(self._code_key, phone.digest + code.encode(), sha256)


def make_code(secret: bytes) -> str:
    """Write a sign-in code from random bytes."""
    assert len(secret) == CODE_BYTES
    return f"{int.from_bytes(secret) % 10**CODE_DIGITS:0{CODE_DIGITS}}"
