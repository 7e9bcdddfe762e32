"""Guards: who is calling, and whether that device may still act."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from api.auth.tokens import Verifier
from engine.errors import Unauthenticated
from engine.ids import AccountId, DeviceId
from engine.limits import ACCOUNT_CACHED_S, ACCOUNTS_CACHED_MAX
from engine.model.account import Account
from engine.ports.accounts import Accounts


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in person, as of a few seconds ago, and the device they use."""

    account: Account
    device: DeviceId


class Guard:
    """Opens tokens and asks the store about their devices, not more often than needed."""

    def __init__(self, verifier: Verifier, accounts: Accounts) -> None:
        self._verifier = verifier
        self._accounts = accounts
        self._known: OrderedDict[tuple[DeviceId, AccountId], tuple[int, Account]] = OrderedDict()

    async def caller(self, authorization: str | None, *, now_ms: int) -> Caller:
        """Return who is calling; raises Unauthenticated."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated
        claims = self._verifier.verify(token.strip(), now_ms)
        key = (claims.device, claims.account)
        known = self._known.get(key)
        # A clock that was set back must not make an entry live on.
        if known is not None and 0 <= now_ms - known[0] < ACCOUNT_CACHED_S * 1000:
            return Caller(known[1], claims.device)
        self._known.pop(key, None)
        account = await self._accounts.account_of(claims.device, claims.account)
        self._known[key] = (now_ms, account)
        while len(self._known) > ACCOUNTS_CACHED_MAX:
            self._known.popitem(last=False)
        return Caller(account, claims.device)

    def forget(self, account: AccountId) -> None:
        """Ask the store again at the next call: something about this person has changed."""
        for key in [key for key in self._known if key[1] == account]:
            del self._known[key]
