"""Port: accounts, their sign-in codes and their devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.ids import AccountId, DeviceId
from engine.model.account import Account, Profile, SignIn
from engine.model.code_caps import Cap, Conversion
from engine.model.device import Platform
from engine.model.policy import SignInPolicy


@dataclass(frozen=True, slots=True)
class PhoneKey:
    """A number as it is stored: a keyed hash to find it, a sealed form to send to it."""

    digest: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class DeviceDraft:
    """A device about to be signed in; ids and secrets are made by the caller."""

    account: AccountId  # used only where the account is new
    device: DeviceId
    refresh_digest: bytes
    platform: Platform = Platform.OTHER


class Accounts(Protocol):
    """Who people are and how they prove it."""

    async def find(self, phone: PhoneKey) -> AccountId | None:
        """Name the account of a number, for an operator; no client may ask."""

    async def open_code(
        self,
        phone: PhoneKey,
        code_digest: bytes,
        policy: SignInPolicy,
        *,
        now_ms: int,
        limited: bool,
        caps: Sequence[Cap] = (),
    ) -> Conversion:
        """Keep a new code for the number, in place of an older one; raises RateLimited.

        `caps` are what it counts against beside the number's own, the narrow before the wide; where
        one is reached, nothing is counted.
        """

    async def sign_in(
        self,
        phone: PhoneKey,
        code_digest: bytes,
        profile: Profile | None,
        draft: DeviceDraft,
        policy: SignInPolicy,
        *,
        now_ms: int,
        tries: Sequence[Cap] = (),
    ) -> SignIn:
        """Use up the code and sign the device in; the account is made the first time.

        Raises Unauthenticated (wrong, used, expired, too many tries; a wrong one costs a try),
        ProfileRequired (the code stays good), Forbidden (banned), RateLimited (a cap of `tries`,
        which count the wrong ones, is reached). The oldest device above
        `devices_max` is signed out.
        """

    async def rotate(
        self, refresh_digest: bytes, new_digest: bytes, policy: SignInPolicy, *, now_ms: int
    ) -> SignIn:
        """Exchange a refresh token; raises Unauthenticated. A used one ends its whole device."""

    async def sign_out(self, device: DeviceId, *, now_ms: int) -> None:
        """End a device; doing it again changes nothing."""

    async def account_of(self, device: DeviceId, account: AccountId) -> Account:
        """Return the account if this device of it may act now; raises Unauthenticated."""

    async def change(
        self,
        account: AccountId,
        *,
        nickname: str | None,
        show_read_marks: bool | None,
        contact: str | None = None,
    ) -> Account:
        """Change what is given and return the whole; an empty contact is none.

        Where that changes what the others in a room may see, an outbox row of kind
        `room.members` tells the owner of each room.
        """

    async def ask_deletion(self, account: AccountId, *, now_ms: int, erases_at_ms: int) -> int:
        """Stop the account and all its devices; return the ms at which it will be erased."""
