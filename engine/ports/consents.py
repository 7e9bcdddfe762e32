"""Port: what people agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.ids import AccountId
from engine.model.consent import Consent


class Consents(Protocol):
    """Consents; what was said is never changed, only followed by what is said later."""

    async def say(self, account: AccountId, consent: Consent) -> None:
        """Note what somebody says; saying the same again adds nothing.

        Who takes back the consent to location is out of all groups of places at once, and such
        groups of their own end. Who takes back one of those to pushes has no token any more.
        """

    async def latest(self, account: AccountId) -> Sequence[Consent]:
        """Return what was said last of each purpose, never from a cache: a withdrawal holds now."""

    async def history(self, account: AccountId) -> Sequence[Consent]:
        """Return all that was ever said, the oldest first."""
