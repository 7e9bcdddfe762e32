"""Floods: who comes too often, says too much before the hello, or goes on beyond the rates."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
import trio

from api.addresses import Proxies
from api.gateway.visitors import Visitors
from engine.limits import EARLY_OPS_MAX
from engine.model.policy import ChatPolicy, Policy
from engine.wire.close_codes import CloseCode
from tests.gateway.house import head, open_house

FEW = Policy(chat=ChatPolicy(typing_max=2, ops_per_second_max=1, refusals_per_minute_max=5))


@pytest.mark.parametrize(
    ("address", "neighbour", "stranger"),
    [
        ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
        ("::ffff:203.0.113.7", "203.0.113.7", "203.0.113.8"),
        ("2001:db8::1", "2001:db8::ffff", "2001:db8:0:1::1"),
        ("fe80::1%eth0", "fe80::2", "2001:db8::1"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
    ],
)
def test_each_address_may_have_so_many_at_the_door(
    address: str, neighbour: str, stranger: str
) -> None:
    visitors = Visitors(trust_loopback=False, per_address_max=2)
    names = [visitors.enter(address), visitors.enter(neighbour)]
    assert names[0] is not None
    assert names == [names[0]] * 2
    assert visitors.enter(neighbour) is None
    assert visitors.enter(stranger) is not None
    visitors.leave(names[0])
    assert visitors.enter(address) == names[0]
    assert len(visitors) == 3


def test_a_bench_on_this_machine_is_not_held_up() -> None:
    visitors = Visitors(trust_loopback=True, per_address_max=1)
    assert all(visitors.enter(one) for one in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "127.9.9.9"))
    assert visitors.enter("203.0.113.7") is not None
    assert visitors.enter("203.0.113.7") is None


async def test_people_behind_a_proxy_of_ours_are_counted_by_their_own_address() -> None:
    visitors = Visitors(
        trust_loopback=False,
        proxies=Proxies((ip_network("127.0.0.0/8"),)),
        per_address_max=2,
    )
    async with open_house(visitors=visitors) as house:
        for address in ("198.51.100.1", "198.51.100.2"):
            for _ in range(2):
                waiting = await house.knock()
                await waiting.send_all(head(extra=f"X-Forwarded-For: {address}\r\n"))
        await house.until(lambda: len(visitors) == 4)
        third = await house.knock()
        await third.send_all(head(extra="X-Forwarded-For: 7.7.7.7, 198.51.100.1\r\n"))
        with trio.fail_after(2):
            while await third.receive_some():
                pass
        assert len(visitors) == 4


async def test_who_waits_at_the_door_takes_its_own_places_only() -> None:
    visitors = Visitors(trust_loopback=False, per_address_max=3)
    async with open_house(visitors=visitors) as house:
        waiting = [await house.knock() for _ in range(3)]
        await house.until(lambda: len(visitors) == 3)
        refused = await house.knock()
        with trio.fail_after(2):
            assert await refused.receive_some() == b""
        for stream in waiting:
            await stream.aclose()
        await house.until(lambda: len(visitors) == 0)
        people = [await house.person("fox") for _ in range(4)]
        assert len(people) == 4, "who has said hello is not at the door any more"


async def test_who_talks_before_the_hello_is_told_so_and_then_shown_out() -> None:
    async with open_house() as house:
        peer = await house.peer()
        for n in range(EARLY_OPS_MAX):
            await peer.send({"op": "room.close", "id": n, "room": "x"})
        for _ in range(EARLY_OPS_MAX):
            assert (await peer.hear())["code"] == "unauthenticated"
        assert await peer.closed() == CloseCode.PROTOCOL_ABUSE


async def test_who_goes_on_beyond_the_rates_is_closed_and_others_are_not() -> None:
    async with open_house(rooms=1, policy=FEW) as house:
        fox, owl = await house.person("fox"), await house.person("owl")
        for n in range(FEW.chat.refusals_per_minute_max + FEW.chat.typing_max + 1):
            await fox.send({"op": "typing", "id": n, "room": "room000000000000", "on": True})
        codes: list[str] = []
        while len(codes) < FEW.chat.refusals_per_minute_max:
            heard = await fox.hear()
            codes += [heard["code"]] if heard.get("code") == "rate_limited" else []
        assert await fox.closed() == CloseCode.PROTOCOL_ABUSE
        assert (await owl.ask("room.close", room="x"))["code"] == "not_found"
