"""Guards: who is calling, and whether that device may still act."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from api.auth.tokens import Verifier
from engine.errors import Unauthenticated
from engine.ids import AccountId, DeviceId
from engine.limits import ACCOUNT_CACHED_S, ACCOUNTS_CACHED_MAX
from engine.model.account import Account, check_age
from engine.model.policy import Policy
from engine.ports.accounts import Accounts
from store.days import year_of


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in person, as of a few seconds ago, and the device they use."""

    account: Account
    device: DeviceId


def check_old_enough(account: Account, policy: Policy, *, now_ms: int) -> None:
    """Raise Forbidden for who is too young by now's rule, whenever and however they came in."""
    year = year_of(now_ms, policy.timezone)
    check_age(account.birth_year, year=year, policy=policy.sign_in)


class Guard:
    """Opens tokens and asks the store about their devices, not more often than needed."""

    def __init__(self, verifier: Verifier, accounts: Accounts, policy: Policy) -> None:
        self._verifier = verifier
        self._accounts = accounts
        self._policy = policy
        self._known: OrderedDict[tuple[DeviceId, AccountId], tuple[int, Account]] = OrderedDict()

    async def caller(self, authorization: str | None, *, now_ms: int) -> Caller:
        """Return who is calling; raises Unauthenticated, Forbidden."""
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
        check_old_enough(account, self._policy, now_ms=now_ms)
        self._known[key] = (now_ms, account)
        while len(self._known) > ACCOUNTS_CACHED_MAX:
            self._known.popitem(last=False)
        return Caller(account, claims.device)

    def forget(self, account: AccountId) -> None:
        """Ask the store again at the next call: something about this person has changed."""
        for key in [key for key in self._known if key[1] == account]:
            del self._known[key]
