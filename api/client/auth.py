"""Written by `python -m api.sdk`, not by hand: the calls of auth."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call
from api.client.shared import FirstProfile


class CodeRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where to send a code."""

    phone: str


class CodeSent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How long the code is good, in seconds: the same for a known number and an unknown one."""

    expires_in: int


class CodeProof(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The code that came, and the first time a profile."""

    phone: str
    code: str
    profile: FirstProfile | UnsetType | None = UNSET


class Tokens(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens of a device that is signed in now; `expires_in` seconds for `access`."""

    access: str
    refresh: str
    expires_in: int
    new: bool


class RefreshProof(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refresh token, good once."""

    refresh: str


class Leaving(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether to sign out everywhere, or only here."""

    all: bool | UnsetType = UNSET


def send_code(body: CodeRequest, *, key: str | None = None) -> Call[CodeSent]:
    """Send a sign-in code to a phone, known or not."""
    return Call("POST", "/v1/auth/otp", CodeSent, status=202, body=body, key=key)


def verify_code(body: CodeProof, *, key: str | None = None) -> Call[Tokens]:
    """Sign in with the code; the account is made the first time."""
    return Call("POST", "/v1/auth/otp/verify", Tokens, body=body, key=key)


def refresh_tokens(body: RefreshProof, *, key: str | None = None) -> Call[Tokens]:
    """Exchange a refresh token; one that was used already signs its device out."""
    return Call("POST", "/v1/auth/refresh", Tokens, body=body, key=key)


def sign_out(body: Leaving | None = None) -> Call[None]:
    """Sign this device out, or all; sessions end and tokens are worth nothing."""
    return Call("POST", "/v1/auth/logout", type(None), status=204, body=body)
