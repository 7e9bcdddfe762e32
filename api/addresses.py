"""Network addresses: whose one is, and what a trusted proxy says of whom it forwards."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from engine.limits import FORWARDED_HOPS_MAX

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Whoever has one IPv6 address has all of its network.
_IPV6_SUBSCRIBER_BITS = 64


def parse_address(text: str) -> Address | None:
    """Return the address that a text names, an IPv4 one in IPv6 clothes as itself; None: none."""
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def subscriber(peer: str) -> str:
    """Name whom an address belongs to: one subscriber has 2^64 addresses of IPv6."""
    address = parse_address(peer)
    if address is None:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _IPV6_SUBSCRIBER_BITS), strict=False))
    return str(address)


def is_loopback(peer: str) -> bool:
    """Say whether a call came from this machine itself."""
    address = parse_address(peer)
    return address is not None and address.is_loopback


@dataclass(frozen=True, slots=True)
class Proxies:
    """The networks of our own proxies, whose word on where a call came from is taken."""

    networks: tuple[Network, ...] = ()

    def trusts(self, peer: str) -> bool:
        """Say whether a peer is one of our proxies."""
        address = parse_address(peer)
        return address is not None and any(
            address.version == network.version and address in network for network in self.networks
        )

    def caller(self, peer: str, forwarded: Sequence[str]) -> str:
        """Return where a call came from, by the values of its `X-Forwarded-For` headers.

        Each proxy adds whom it heard at the end, so the first hop from the right that is not a
        proxy of ours is the caller; what stands before it is only what the caller claims.
        """
        if not self.trusts(peer):
            return peer
        hops = ",".join(forwarded).rsplit(",", FORWARDED_HOPS_MAX)
        for hop in reversed(hops[-FORWARDED_HOPS_MAX:]):
            if parse_address(hop) is None:
                return peer  # not what a proxy writes: the peer is all that is known
            peer = hop.strip()
            if not self.trusts(peer):
                return peer
        return peer
