"""Ports of Clerk: its public keys, and the accounts of those who come that way.

Clerk's own ids are kept as keyed hashes only (`ClerkKey`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from engine.model.account import Profile, SignIn
from engine.model.clerk import ClerkChange
from engine.model.policy import SignInPolicy
from engine.ports.accounts import DeviceDraft


@dataclass(frozen=True, slots=True)
class ClerkKey:
    """A user of Clerk and a session of theirs, as they are found here; empty where not named."""

    user: bytes
    session: bytes


class KeySource(Protocol):
    """Where public keys come from: an address of the settings, never one of a token."""

    async def fetch(self) -> bytes:
        """Return the JWKS document; raises Unavailable."""


class ClerkAccounts(Protocol):
    """Accounts of users of Clerk."""

    async def sign_in(
        self,
        key: ClerkKey,
        profile: Profile | None,
        draft: DeviceDraft,
        policy: SignInPolicy,
        *,
        now_ms: int,
    ) -> SignIn:
        """Sign the session in as a device, again as the same one; makes the account if need be.

        Raises Unauthenticated (the session or the user has ended, or the device was signed out
        here), ProfileRequired, Forbidden (banned). Such a device has no refresh token.
        """

    async def apply(
        self, event_id: str, change: ClerkChange, key: ClerkKey, *, now_ms: int, erases_at_ms: int
    ) -> bool:
        """Do what an event says and note its id, in one transaction; False: it was noted before.

        An event may come before what it ends: then that never begins.
        """

    async def purge(self, *, now_ms: int) -> int:
        """Forget ids of events and ended sessions that can come no more; return how many."""
