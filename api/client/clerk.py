"""Written by `python -m api.sdk`, not by hand: the calls of clerk."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from api.client.call import Call
from api.client.shared import FirstProfile


class ClerkProof(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A session token of Clerk, and the first time a profile."""

    token: str
    profile: FirstProfile | UnsetType | None = UNSET


class ClerkAccess(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An access token, good for `expires_in` seconds; the next one is for a new session
    token."""

    access: str
    expires_in: int
    new: bool


def sign_in_by_clerk(body: ClerkProof, *, key: str | None = None) -> Call[ClerkAccess]:
    """Sign in with a session of Clerk; the account is made the first time."""
    return Call("POST", "/v1/auth/clerk", ClerkAccess, body=body, key=key)


def hear_clerk(body: bytes) -> Call[None]:
    """Take an event that Clerk has signed; whatever is not 204 it sends again."""
    return Call("POST", "/v1/webhooks/clerk", type(None), status=204, body=body)
