"""Rates of calls: a bucket for each address that signs in, and for each account.

With a Redis the buckets hold over all processes. Without its answer, signing in is refused, since
codes cost money and guesses are an attack; all else goes on with the buckets of this process.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

from api.addresses import subscriber
from engine.errors import Unavailable
from engine.ids import AccountId
from engine.model.policy import RestPolicy
from engine.ports.meter import Meter
from engine.ports.rates import Rates
from engine.sessions.rates import Rate, Taken

_NAME_BYTES = 16


class Budget(Enum):
    """What a call is counted against."""

    SIGN_IN = "sign_in"  # of an address
    CALLS = "calls"  # of an account
    SEARCHES = "searches"  # of an account
    EXPORTS = "exports"  # of an account
    UPLOADS = "uploads"  # of an account


@dataclass(frozen=True, slots=True)
class Limiter:
    """Counts calls; the names of the buckets are keyed hashes."""

    shared: Rates
    own: Rates  # of this process
    key: bytes
    policy: RestPolicy
    meter: Meter

    async def sign_in(self, peer: str, *, now_ms: int) -> Taken:
        """Count a call that signs in; raises Unavailable."""
        return await self.shared.take(
            self._name(Budget.SIGN_IN, subscriber(peer)), self._rate(Budget.SIGN_IN), now_ms=now_ms
        )

    async def call(self, account: AccountId, budget: Budget, *, now_ms: int) -> Taken:
        """Count a call of somebody who is signed in."""
        name, rate = self._name(budget, account), self._rate(budget)
        try:
            return await self.shared.take(name, rate, now_ms=now_ms)
        except Unavailable:
            self.meter.count("rates_by_this_process_total")
            return await self.own.take(name, rate, now_ms=now_ms)

    def _name(self, budget: Budget, whose: str) -> str:
        digest = hmac.digest(self.key, f"{budget.value} {whose}".encode(), sha256)
        return digest[:_NAME_BYTES].hex()

    def _rate(self, budget: Budget) -> Rate:
        return _RATES[budget](self.policy)


_RATES: dict[Budget, Callable[[RestPolicy], Rate]] = {
    Budget.SIGN_IN: lambda p: Rate(p.sign_in_calls_per_minute_max, p.sign_in_calls_burst_max),
    Budget.CALLS: lambda p: Rate(p.calls_per_minute_max, p.calls_burst_max),
    Budget.SEARCHES: lambda p: Rate(p.searches_per_minute_max, p.searches_burst_max),
    Budget.EXPORTS: lambda p: Rate(p.exports_per_minute_max, p.exports_burst_max),
    Budget.UPLOADS: lambda p: Rate(p.uploads_per_minute_max, p.uploads_burst_max),
}
