"""Rates of calls: a bucket for each address that signs in, and for each account."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

from engine.errors import RateLimited
from engine.limits import RATE_BUCKETS_MAX
from engine.sessions.rates import Bucket

_IPV6_SUBSCRIBER_BITS = 64


class Throttle:
    """Buckets by name; the ones not used for longest are forgotten first."""

    def __init__(self, *, per_minute: int, burst: int) -> None:
        self._per_second = per_minute / 60
        self._burst = burst
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, name: str, *, now_ms: int) -> None:
        """Take one call; raises RateLimited that says when the next may come."""
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = Bucket(per_second=self._per_second, burst=self._burst)
            if len(self._buckets) > RATE_BUCKETS_MAX:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(name)
        wait_s = bucket.take(now_ms / 1000)
        if wait_s > 0:
            raise RateLimited(retry_after_ms=int(wait_s * 1000) + 1)


def subscriber(peer: str) -> str:
    """Name whom an address belongs to: one subscriber has 2^64 addresses of IPv6."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, _IPV6_SUBSCRIBER_BITS), strict=False))
    return str(address)


def is_loopback(peer: str) -> bool:
    """Say whether a call came from this machine itself."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback
