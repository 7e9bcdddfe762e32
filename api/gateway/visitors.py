"""Who is at the door: connections that have not said hello yet, counted by their address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from api.addresses import Proxies, is_loopback, subscriber
from engine.limits import HANDSHAKES_PER_ADDRESS_MAX


class Visitors:
    """Counts by address; with `trust_loopback` this machine may come as often as it likes."""

    def __init__(
        self,
        *,
        trust_loopback: bool,
        proxies: Proxies | None = None,
        per_address_max: int = HANDSHAKES_PER_ADDRESS_MAX,
    ) -> None:
        self._trust_loopback = trust_loopback
        self._proxies = proxies or Proxies()
        self._per_address_max = per_address_max
        self._here: Counter[str] = Counter()

    def enter(self, address: str) -> str | None:
        """Count one in and return the name to count it out by; None where there are too many."""
        if self._trust_loopback and is_loopback(address):
            return "loopback"
        if self._proxies.trusts(address):
            return "proxy"  # whom it forwards is counted once the head of the request is there
        name = subscriber(address)
        if self._here[name] >= self._per_address_max:
            return None
        self._here[name] += 1
        return name

    def enter_behind(self, address: str, forwarded: Sequence[str]) -> str | None:
        """Count in whom a peer forwards; a peer that is no proxy of ours forwards nobody."""
        caller = self._proxies.caller(address, forwarded)
        return "peer" if caller == address else self.enter(caller)

    def leave(self, name: str) -> None:
        """Count one out."""
        if name not in self._here:
            return
        self._here[name] -= 1
        if self._here[name] <= 0:
            del self._here[name]

    def __len__(self) -> int:
        return self._here.total()
