"""Who is at the door: connections that have not said hello yet, counted by their address."""

from __future__ import annotations

import ipaddress
from collections import Counter

from engine.limits import HANDSHAKES_PER_ADDRESS_MAX

# Whoever has one IPv6 address has all of its network.
_NETWORK_BITS = 64


class Visitors:
    """Counts by address; with `trust_loopback` this machine may come as often as it likes."""

    def __init__(
        self, *, trust_loopback: bool, per_address_max: int = HANDSHAKES_PER_ADDRESS_MAX
    ) -> None:
        self._trust_loopback = trust_loopback
        self._per_address_max = per_address_max
        self._here: Counter[str] = Counter()

    def enter(self, address: str) -> str | None:
        """Count one in and return the name to count it out by; None where there are too many."""
        origin = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(origin, ipaddress.IPv6Address) and origin.ipv4_mapped is not None:
            origin = origin.ipv4_mapped
        if origin.is_loopback and self._trust_loopback:
            return "loopback"
        name = str(origin)
        if isinstance(origin, ipaddress.IPv6Address):
            name = str(ipaddress.ip_network((origin, _NETWORK_BITS), strict=False))
        if self._here[name] >= self._per_address_max:
            return None
        self._here[name] += 1
        return name

    def leave(self, name: str) -> None:
        """Count one out."""
        self._here[name] -= 1
        if self._here[name] <= 0:
            del self._here[name]

    def __len__(self) -> int:
        return self._here.total()
