"""Guards of the rates that processes share, and of whom a call is counted against."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_REST = "tests/api/rest/test_rates.py"
_STORE = "tests/store/test_rates.py"
_ADDRESSES = "api/addresses.py"

MUTANTS = (
    Mutant(
        name="anybody-says-where-a-call-came-from",
        promises=("row 83",),
        file=_ADDRESSES,
        old="        if not self.trusts(peer):\n            return peer\n        hops",
        new="        hops",
        tests=(
            f"{_REST}::test_nobody_but_a_proxy_of_ours_says_where_a_call_came_from",
            f"{_REST}::test_others_are_who_they_are",
        ),
    ),
    Mutant(
        name="the-first-hop-is-the-caller",
        promises=("row 83",),
        file=_ADDRESSES,
        old="for hop in reversed(hops[-FORWARDED_HOPS_MAX:]):",
        new="for hop in hops[-FORWARDED_HOPS_MAX:]:",
        tests=(
            f"{_REST}::test_nobody_but_a_proxy_of_ours_says_where_a_call_came_from",
            f"{_REST}::test_the_last_hop_that_is_not_ours_is_the_caller",
            "tests/gateway/test_flood.py::test_people_behind_a_proxy_of_ours_are_counted_by_their_own_address",
        ),
    ),
    Mutant(
        name="each-address-of-a-network-is-another-subscriber",
        promises=("row 83",),
        file=_ADDRESSES,
        old="    if isinstance(address, ipaddress.IPv6Address):\n        return str(ipaddress.ip_network",
        new="    if False:\n        return str(ipaddress.ip_network",
        tests=("tests/gateway/test_flood.py::test_each_address_may_have_so_many_at_the_door",),
    ),
    Mutant(
        name="without-redis-codes-go-on",
        promises=("row 82", "row 83"),
        file="api/rest/rates.py",
        old="        return await self.shared.take(\n",
        new="        return await self.own.take(\n",
        tests=(f"{_REST}::test_without_redis_signing_in_is_refused_and_reading_goes_on",),
    ),
    Mutant(
        name="without-redis-nobody-is-counted",
        promises=("row 83",),
        file="api/rest/rates.py",
        old="            return await self.own.take(name, rate, now_ms=now_ms)\n",
        new="            return Taken(rate.burst, rate.burst, 0, 0)\n",
        tests=(f"{_REST}::test_without_redis_signing_in_is_refused_and_reading_goes_on",),
    ),
    Mutant(
        name="everybody-waits-for-a-redis-that-hangs",
        promises=("row 83",),
        file="store/redis/connection.py",
        old="            self._rests_until_s = clock() + REDIS_REST_S\n",
        new="            self._rests_until_s = 0.0\n",
        tests=(f"{_STORE}::test_a_redis_that_hangs_costs_one_wait",),
    ),
    Mutant(
        name="redis-keeps-people-out-after-the-clock-was-set-back",
        promises=("row 83",),
        file="store/redis/rates.py",
        old="due = math.min(due, now + slack + interval)\n",
        new="",
        tests=(f"{_STORE}::test_it_counts_as_the_engine_does",),
    ),
)
