"""Phone numbers and sign-in codes as they are stored: hashed under a key, or sealed."""

from __future__ import annotations

import hmac
from hashlib import sha256

from cryptography.fernet import MultiFernet

from engine.ports.accounts import PhoneKey

CODE_DIGITS = 6

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

    def code_digest(self, phone: PhoneKey, code: str) -> bytes:
        """Return what is stored of a code; the same code of another number differs."""
        return hmac.digest(self._code_key, phone.digest + code.encode(), sha256)


def make_code(secret: bytes) -> str:
    """Write a sign-in code from random bytes."""
    assert len(secret) == CODE_BYTES
    return f"{int.from_bytes(secret) % 10**CODE_DIGITS:0{CODE_DIGITS}}"
